/** The command that says what an installation needs, as people run it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const NODE = resolve("node_modules/.bin/node");

type Ran = { code: number; stdout: string; stderr: string };

function simulate(...args: string[]): Promise<Ran> {
  return new Promise((ran) => {
    execFile(NODE, ["scripts/simulate.ts", ...args], (error, stdout, stderr) =>
      ran({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

it("prints a table and a sentence, or JSON whose sum is that of its lines", async () => {
  const { code, stdout, stderr } = await simulate("--tenants", "100000", "--ledgers", "4");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Durable Objects +rows written +[\d,]+ +[\d,.]+ USD$/m);
  expect(stdout).toMatch(/100,000 tenants with 10,000,000,000 events a day need [\d,]+ ledger/);
  const answered = JSON.parse((await simulate("--tenants", "7", "--json")).stdout);
  const lines = answered.lines as { microUsd: string }[];
  const sum = lines.reduce((total, { microUsd }) => total + BigInt(microUsd), 0n);
  expect(String(sum)).toBe(answered.totalMicroUsd);
  expect(answered.installation.tenants).toBe(7);
});

it("refuses a file of constants that lacks one, or is none", async () => {
  const dir = mkdtempSync(join(tmpdir(), "boxcostpro-simulate-"));
  const path = join(dir, "constants.json");
  const file = JSON.parse(readFileSync("bench/constants.json", "utf8"));
  delete file.constants.d1_ms_per_full_drain;
  writeFileSync(path, JSON.stringify(file));
  const lacking = await simulate("--constants", path);
  const none = await simulate("--constants", join(dir, "none.json"));
  rmSync(dir, { recursive: true });
  expect(lacking).toEqual({
    code: 1,
    stdout: "",
    stderr:
      `${path} lacks d1_ms_per_full_drain: npm run bench -- --only constants measures them ` +
      "anew\n",
  });
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/none\.json is not there: /)]);
});
