/**
 * The temporary folder of one run. A test that kills a process leaves what that process would have
 * removed at its end: runtimes, browsers and servers make theirs in here, and all of it goes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../scripts/lib/build.ts";
import { keepGuides } from "../scripts/lib/guides/kept.ts";
import { quickFolder } from "../scripts/lib/quick-folder.ts";

/**
 * Before the first test: the guides' pages are made, as for a server, and what starts from now on
 * finds the folder in TMPDIR.
 */
export default async function setup(): Promise<void> {
  await keepGuides(ROOT);
  // A short name: sockets lie in here, whose paths may have about 100 bytes.
  const folder = mkdtempSync(join(quickFolder(), "bcp-run-"));
  process.env.TMPDIR = folder;
  // Node's processes load wrangler, Miniflare and our scripts hundreds of times: they compile once.
  process.env.NODE_COMPILE_CACHE ??= join(folder, "compiled");
  // Miniflare copies its configuration once for each of these, and nothing here leaves the machine.
  delete process.env.NODE_EXTRA_CA_CERTS;
  // Last of all: the pool's runtimes still use it when the tests' own teardown is over.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}
