/**
 * `npm run bundle`: writes the Worker's modules to .build/worker, from where wrangler deploys them.
 * It runs this itself, as wrangler.toml says.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "./lib/options.ts";
import { runCommand } from "./lib/process.ts";

const USAGE = {
  command: "npm run bundle",
  about:
    "Writes the Worker's modules to .build/worker, from where wrangler deploys them. It runs " +
    "this itself, as wrangler.toml says.",
  examples: ["npm run bundle"],
} as const;

await runCommand(async () => {
  readOptions(USAGE);
  const [{ ROOT }, { bundleWorker }] = await Promise.all([
    import("./lib/build.ts"),
    import("./lib/bundle.ts"),
  ]);
  const { files } = await bundleWorker(join(ROOT, "src/index.ts"), ROOT);
  const dir = join(ROOT, ".build/worker");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const [name, contents] of files) writeFileSync(join(dir, name), contents);
});
