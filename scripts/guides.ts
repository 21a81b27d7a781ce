/** `npm run guides`: writes docs/problems.md from the list of codes, and makes all pages anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/build.ts";
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
  const { PROBLEMS_PATH, problemsText } = await import("./lib/guides/problems.ts");
  const { writeGuides } = await import("./lib/guides/write.ts");
  writeFileSync(join(ROOT, PROBLEMS_PATH), problemsText());
  writeGuides(ROOT);
});
