/** Bundles a Worker with wrangler into modules that Miniflare can run. */
import { spawn } from "node:child_process";
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
} from "node:fs";
import { join, resolve } from "node:path";

export type Module = { type: "ESModule"; path: string; contents: string } | DataModule;
type DataModule = { type: "Data" | "CompiledWasm"; path: string; contents: Uint8Array };

/** The repository, whatever the working directory. */
export const ROOT = join(import.meta.dirname, "../..");

const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** Bundles of sources that are no longer these are kept so long. */
const KEEP_MS = 3_600_000;

/**
 * The modules of the Worker that a wrangler configuration describes, the entry first; `entry` takes
 * the place of its own. Bundled only where the sources are not those of an earlier bundle.
 * Errors: one whose message is what wrangler printed.
 */
export async function buildWorker(config: string, entry?: string): Promise<Module[]> {
  const sources = entry === undefined ? [config] : [config, entry];
  const builds = join(ROOT, ".build");
  const digest = sourceDigest(sources);
  const bundled = join(builds, digest);
  if (existsSync(bundled)) return readModules(bundled);
  mkdirSync(builds, { recursive: true });
  const outDir = mkdtempSync(join(builds, "new-"));
  try {
    await bundle(sources, outDir);
    const modules = readModules(outDir);
    dropOld(builds);
    if (sourceDigest(sources) === digest) renameSync(outDir, bundled);
    else rmSync(outDir, { recursive: true }); // a source was saved meanwhile
    return modules;
  } catch (error) {
    rmSync(outDir, { recursive: true, force: true });
    if (existsSync(bundled)) return readModules(bundled); // another process was faster
    throw error;
  }
}

/** Of all that a bundle is made of. */
function sourceDigest(sources: string[]): string {
  const files = globSync("{src,bench,scripts/platform}/**/*.*", { cwd: ROOT }).sort();
  const hash = createHash("sha256");
  for (const file of [...sources, "package-lock.json", "tsconfig.json", ...files]) {
    hash.update(`${file}\0`).update(readFileSync(resolve(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 32);
}

function dropOld(builds: string): void {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (ageMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function bundle([config = "", ...entry]: string[], outDir: string): Promise<void> {
  const args = ["deploy", ...entry, "--dry-run", "--config", config, "--outdir", outDir];
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const end = () => child.kill();
  process.once("exit", end);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("exit", end);
      if (code === 0) resolve();
      else reject(new Error(`wrangler could not build the Worker:\n${printed}`));
    });
  });
}

function readModules(outDir: string): Module[] {
  const names = readdirSync(outDir).filter((name) => !/(\.map|README\.md)$/.test(name));
  names.sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")));
  return names.map((path) => {
    const contents = readFileSync(join(outDir, path));
    return path.endsWith(".js")
      ? { type: "ESModule", path, contents: contents.toString() }
      : {
          type: path.endsWith(".wasm") ? "CompiledWasm" : "Data",
          path,
          contents: new Uint8Array(contents),
        };
  });
}
