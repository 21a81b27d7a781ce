/** The README's quickstart, run exactly as it is written. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
  const dir = temporaryDir();
  const { url } = await serve(dir);
  const script = blocksOf("Quickstart").join("\n");
  // Between answers a line: curl ends none.
  const printed = execFileSync(
    "bash",
    ["-euo", "pipefail", "-c", script.replaceAll(/^curl /gm, "echo; curl ")],
    {
      cwd: dir,
      env: { ...process.env, PORT: new URL(url).port, STATE_DIR: dir },
      encoding: "utf8",
    },
  );
  const answers = printed.split("\n").filter((line) => line !== "");
  const calls = script.match(/^curl (?!.* -o )/gm)?.length ?? 0;
  expect(calls).toBeGreaterThan(6);
  expect(answers.length).toBe(calls);
  for (const answer of answers) expect(JSON.parse(answer)).not.toHaveProperty("code");
  const [recorded, batch, , alerts, overage] = answers.map((answer) => JSON.parse(answer));
  const percents = (of: { alerts: { threshold_percent: number }[] }) =>
    of.alerts.map(({ threshold_percent }) => threshold_percent);
  expect(percents(recorded)).toEqual([80, 90]);
  expect(percents(batch)).toEqual([100]);
  expect(alerts.alerts).toMatchObject([{ metric_name: "api_calls", threshold_percent: 100 }]);
  expect(overage.total_overage).toBe(0.05);
  expect(readFileSync(join(dir, "invoice.pdf"), "latin1")).toMatch(/^%PDF-/);
});
