/**
 * `npm run scalar`: fetches the reference's library anew from its package, of the version and with
 * the hash in lib/scalar.ts. For a newer one, change the version there; this says its hash.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./lib/build.ts";
import { runCommand, UserError } from "./lib/process.ts";
import { SCALAR_PATH, SCALAR_SHA256, SCALAR_VERSION } from "./lib/scalar.ts";

const FILE = "package/dist/browser/standalone.js";

await runCommand(async () => {
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-scalar-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  const name = `@scalar/api-reference@${SCALAR_VERSION}`;
  execFileSync("npm", ["pack", name, "--silent", "--pack-destination", dir], { stdio: "pipe" });
  const [tarball = ""] = readdirSync(dir);
  execFileSync("tar", ["xzf", tarball, FILE], { cwd: dir });
  const bytes = readFileSync(join(dir, FILE));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== SCALAR_SHA256) throw new UserError(`${name} has the hash ${sha256}`);
  writeFileSync(join(ROOT, SCALAR_PATH), bytes);
  console.log(`${SCALAR_PATH} is ${name}, ${bytes.length} bytes`);
});
