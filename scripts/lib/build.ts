/** Bundles a Worker with wrangler into modules that Miniflare can run. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

export type Module = { type: "ESModule"; path: string; contents: string } | DataModule;
type DataModule = { type: "Data"; path: string; contents: Uint8Array };

/** The repository, whatever the working directory. */
export const ROOT = join(import.meta.dirname, "../..");

const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/**
 * The modules of the Worker that `configPath` describes, the entry first.
 * Errors: one whose message is what wrangler printed.
 */
export async function buildWorker(configPath: string): Promise<Module[]> {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  const outDir = mkdtempSync(join(ROOT, ".build", "worker-"));
  try {
    await bundle(configPath, outDir);
    return readModules(outDir);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

function bundle(configPath: string, outDir: string): Promise<void> {
  const args = ["deploy", "--dry-run", "--config", configPath, "--outdir", outDir];
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
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
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
      : { type: "Data", path, contents: new Uint8Array(contents) };
  });
}
