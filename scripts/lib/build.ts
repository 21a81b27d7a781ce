/** Bundles a Worker into modules that Miniflare can run. */
import { createHash, type Hash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { V4WorkerOptions } from "miniflare";

export type Module = { type: "ESModule"; path: string; contents: string } | ByteModule;
type ByteModule = { type: "Data" | "CompiledWasm"; path: string; contents: Uint8Array };

/** A Worker's modules, the entry first, and what its configuration tells Miniflare beside them. */
export type Built = { modules: Module[]; options: Partial<V4WorkerOptions> };

/** The repository, whatever the working directory. */
export const ROOT = join(import.meta.dirname, "../..");

/** Among a bundle's modules, the file of its options. */
const OPTIONS = "options.json";

/** What the entry's module is called. */
export const ENTRY = "index.worker.js";

/** Bundles of sources that are no longer these are kept so long. */
const KEEP_MS = 3_600_000;

/**
 * The Worker that a wrangler configuration describes; `entry` takes the place of its own. Bundled
 * only where the sources are not those of an earlier bundle; `tree` is their digest, for whoever
 * builds several Workers at once.
 * Errors: one whose message is what esbuild said.
 */
export async function buildWorker(
  config: string,
  entry?: string,
  tree = treeDigest(),
): Promise<Built> {
  const main = entry ?? mainOf(config);
  const builds = join(ROOT, ".build");
  const digest = bundleDigest([config, main], tree);
  const bundled = join(builds, digest);
  if (existsSync(bundled)) return readBuilt(bundled);
  mkdirSync(builds, { recursive: true });
  const outDir = mkdtempSync(join(builds, "new-"));
  try {
    const { bundleWorker } = await import("./bundle.ts");
    const { files } = await bundleWorker(main, ROOT);
    for (const [name, contents] of files) writeFileSync(join(outDir, name), contents);
    await keepOptions(config, outDir);
    const built = readBuilt(outDir);
    dropOld(builds);
    if (bundleDigest([config, main], treeDigest()) === digest) renameSync(outDir, bundled);
    else rmSync(outDir, { recursive: true }); // a source was saved meanwhile
    return built;
  } catch (error) {
    rmSync(outDir, { recursive: true, force: true });
    if (existsSync(bundled)) return readBuilt(bundled); // another process was faster
    throw error;
  }
}

/** The entry that a wrangler configuration names. */
function mainOf(config: string): string {
  const [, main = ""] = /^main = "(.*)"$/m.exec(readFileSync(config, "utf8")) ?? [];
  return join(dirname(config), main);
}

/** Wrangler is asked once for a bundle: it takes most of a second to load. */
async function keepOptions(config: string, outDir: string): Promise<void> {
  const { unstable_getMiniflareWorkerOptions: readOptions } = await import("wrangler");
  const { workerOptions } = readOptions(config);
  // The modules are those of the bundle: no rule has to find any.
  const options = { ...workerOptions, modulesRules: undefined };
  writeFileSync(join(outDir, OPTIONS), JSON.stringify(options));
}

function readBuilt(outDir: string): Built {
  const options = JSON.parse(readFileSync(join(outDir, OPTIONS), "utf8"));
  return { modules: readModules(outDir), options };
}

/** Of all that a bundle and its options are made of. */
function bundleDigest(own: readonly string[], tree: string): string {
  return digestOf(own, createHash("sha256").update(tree));
}

/** Of what all bundles are made of; where it lies is among it. */
export function treeDigest(): string {
  const files = globSync("{src,bench,scripts/platform}/**/*.*", { cwd: ROOT }).sort();
  const shared = [
    ...globSync(".dev.vars*", { cwd: ROOT }),
    "package-lock.json",
    "tsconfig.json",
    "scripts/lib/bundle.ts",
    ...globSync("migrations/*.sql", { cwd: ROOT }).sort(),
    ...files,
  ];
  return digestOf(shared, createHash("sha256").update(ROOT));
}

function digestOf(files: readonly string[], hash: Hash): string {
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(resolve(ROOT, file)));
  return hash.digest("hex").slice(0, 32);
}

function dropOld(builds: string): void {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (name !== "compiled" && ageMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function readModules(outDir: string): Module[] {
  const names = readdirSync(outDir).filter((name) => name !== OPTIONS);
  // The largest last: the runtime's configuration is copied whenever it grows.
  const place = (name: string) => (name === ENTRY ? 0 : statSync(join(outDir, name)).size);
  names.sort((a, b) => place(a) - place(b));
  return names.map((path) => {
    const contents = readFileSync(join(outDir, path));
    if (path.endsWith(".js")) return { type: "ESModule", path, contents: contents.toString() };
    const type = path.endsWith(".wasm") ? "CompiledWasm" : "Data";
    return { type, path, contents: new Uint8Array(contents) };
  });
}
