/** Bundles a Worker into modules that Miniflare can run. */
import { createHash } from "node:crypto";
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

export type Module = { type: "ESModule"; path: string; contents: string } | ByteModule;
type ByteModule = { type: "Data" | "CompiledWasm"; path: string; contents: Uint8Array };

/** The repository, whatever the working directory. */
export const ROOT = join(import.meta.dirname, "../..");

/** What the entry's module is called. */
export const ENTRY = "index.worker.js";

/** Bundles of sources that are no longer these are kept so long. */
const KEEP_MS = 3_600_000;

/**
 * The modules of the Worker whose entry is at `entry`, or named by a wrangler configuration there;
 * the entry first. Bundled only where the sources are not those of an earlier bundle.
 * Errors: one whose message is what esbuild said.
 */
export async function buildWorker(entry: string): Promise<Module[]> {
  const source = entry.endsWith(".toml") ? mainOf(entry) : entry;
  const builds = join(ROOT, ".build");
  const digest = sourceDigest(source);
  const bundled = join(builds, digest);
  if (existsSync(bundled)) return readModules(bundled);
  mkdirSync(builds, { recursive: true });
  const outDir = mkdtempSync(join(builds, "new-"));
  try {
    const { bundleWorker } = await import("./bundle.ts");
    const { files } = await bundleWorker(source, ROOT);
    for (const [name, contents] of files) writeFileSync(join(outDir, name), contents);
    const modules = readModules(outDir);
    dropOld(builds);
    if (sourceDigest(source) === digest) renameSync(outDir, bundled);
    else rmSync(outDir, { recursive: true }); // a source was saved meanwhile
    return modules;
  } catch (error) {
    rmSync(outDir, { recursive: true, force: true });
    if (existsSync(bundled)) return readModules(bundled); // another process was faster
    throw error;
  }
}

/** The entry that a wrangler configuration names. */
function mainOf(config: string): string {
  const [, main = ""] = /^main = "(.*)"$/m.exec(readFileSync(config, "utf8")) ?? [];
  return join(dirname(config), main);
}

/** Of all that a bundle is made of. */
function sourceDigest(source: string): string {
  const files = globSync("{src,bench,scripts/platform}/**/*.*", { cwd: ROOT }).sort();
  const more = ["package-lock.json", "tsconfig.json", "scripts/lib/bundle.ts"];
  const hash = createHash("sha256").update(`${resolve(ROOT, source)}\0`);
  for (const file of [resolve(ROOT, source), ...more, ...files]) {
    hash.update(`${file}\0`).update(readFileSync(resolve(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 32);
}

function dropOld(builds: string): void {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (name !== "worker" && ageMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function readModules(outDir: string): Module[] {
  const names = readdirSync(outDir);
  names.sort((a, b) => Number(b === ENTRY) - Number(a === ENTRY));
  return names.map((path) => {
    const contents = readFileSync(join(outDir, path));
    if (path.endsWith(".js")) return { type: "ESModule", path, contents: contents.toString() };
    const type = path.endsWith(".wasm") ? "CompiledWasm" : "Data";
    return { type, path, contents: new Uint8Array(contents) };
  });
}
