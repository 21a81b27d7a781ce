/** The README's quickstart, run exactly as it is written. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { serve, temporaryDir } from "./command.ts";

/** The shell blocks of a section, in order. */
function blocksOf(heading: string): string[] {
  const section = readFileSync("README.md", "utf8")
    .split(/^## /m)
    .find((part) => part.startsWith(heading));
  return [...(section ?? "").matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

it.skipIf(!hasCurl)("the quickstart's commands work as written", async () => {
  const stateDir = temporaryDir();
  const { url } = await serve(stateDir);
  const blocks = blocksOf("Quickstart");
  expect(blocks.length).toBeGreaterThan(3);
  // A line between answers: curl itself ends none.
  const script = blocks.join("\n").replaceAll(/^curl /gm, "echo; curl ");
  const printed = execFileSync("bash", ["-euo", "pipefail", "-c", script], {
    env: { ...process.env, PORT: new URL(url).port, STATE_DIR: stateDir },
    encoding: "utf8",
  });
  const answers = printed.split("\n").filter((line) => line.startsWith("{"));
  for (const answer of answers) expect(JSON.parse(answer)).not.toHaveProperty("code");
  expect(answers.length).toBe(script.match(/; curl /g)?.length);
});
