/** `npm run client:pack -- [FOLDER]`: the client as a file that npm installs, and how. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { ROOT } from "./lib/build.ts";
import { readOptions } from "./lib/options.ts";
import { runCommand } from "./lib/process.ts";

const DEFAULT_FOLDER = "out";

const USAGE = {
  command: "npm run client:pack",
  about:
    "Builds the TypeScript client and writes it to a folder as a file that npm installs: your " +
    "application's, or one from which you take it there.",
  operands: { text: "[FOLDER]", least: 0, most: 1 },
  examples: ["npm run client:pack", "npm run client:pack -- ../my-app"],
} as const;

await runCommand(async () => {
  const [given = DEFAULT_FOLDER] = readOptions(USAGE).positionals;
  // What is given is meant from where npm was called.
  const folder = resolve(process.env.INIT_CWD ?? ".", given);
  mkdirSync(folder, { recursive: true });
  const args = ["pack", "--silent", "--pack-destination", folder];
  const packed = execFileSync("npm", args, { cwd: join(ROOT, "client"), encoding: "utf8" });
  const file = join(folder, packed.trim().split("\n").at(-1) ?? "");
  console.log(`${relative(process.cwd(), file)}\nIn your application: npm install ${file}`);
});
