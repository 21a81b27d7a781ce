/**
 * `npm run guides`: writes docs/problems.md from the list of codes, and makes the pages of the
 * guides anew, as `npm start` and `npm run deploy` do.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/build.ts";
import { PROBLEMS_PATH, problemsText } from "./lib/guides/problems.ts";
import { writeGuides } from "./lib/guides/write.ts";
import { readOptions } from "./lib/options.ts";
import { runCommand } from "./lib/process.ts";

const USAGE = {
  command: "npm run guides",
  about:
    "Writes docs/problems.md from the list of codes, and makes the pages of the guides anew, as " +
    "npm start and npm run deploy do.",
  examples: ["npm run guides"],
} as const;

await runCommand(async () => {
  readOptions(USAGE);
  writeFileSync(join(ROOT, PROBLEMS_PATH), problemsText());
  writeGuides(ROOT);
});
