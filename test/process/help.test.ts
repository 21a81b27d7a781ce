/** Every command of package.json that runs a file says what it does, and what it refuses. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { readOptions, usageText } from "../../scripts/lib/options.ts";

const NODE = resolve("node_modules/.bin/node");

type Ran = { code: number; stdout: string; stderr: string };

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Record<string, string>;
};
/** Their files by what people type. */
const COMMANDS = Object.entries(scripts).flatMap(([name, line]): [string, string][] => {
  const [, file] = /\bnode (\S+\.ts)/.exec(line) ?? [];
  return file === undefined ? [] : [[name === "start" ? "npm start" : `npm run ${name}`, file]];
});

function run(file: string, arg: string): Promise<Ran> {
  return new Promise((ran) => {
    execFile(NODE, [file, arg], (error, stdout, stderr) =>
      ran({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** What each command answers, four at once. */
async function runAll(arg: string): Promise<[string, Ran][]> {
  const answers: [string, Ran][] = [];
  const rest = COMMANDS.values();
  const work = async () => {
    for (const [command, file] of rest) answers.push([command, await run(file, arg)]);
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return answers;
}

it("every command says what it does, with an example", async () => {
  expect(COMMANDS.length).toBeGreaterThan(12);
  for (const [command, { code, stdout, stderr }] of await runAll("--help")) {
    expect([command, code, stderr]).toEqual([command, 0, ""]);
    expect(stdout).toMatch(new RegExp(`^Usage: ${command} -- .*\\n\\n\\S`));
    expect(stdout).toMatch(/^Options:\n(?: {2}.*\n)* {2}--help {2,}says this$/m);
    expect(stdout).toMatch(/^Examples?:\n {2}\S/m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  }
});

it("every command refuses what it does not know in one plain message, with code 2", async () => {
  for (const [command, { code, stdout, stderr }] of await runAll("--no-such-option")) {
    expect([command, code, stdout]).toEqual([command, 2, ""]);
    expect(stderr).toBe(
      `Unknown option '--no-such-option'\n${command} -- --help says what there is.\n`,
    );
  }
});

it("options have their values, their defaults, and a line of help each", () => {
  const usage = {
    command: "npm run example",
    about: "Shows how it is done.",
    operands: { text: "FILE", least: 1, most: 1 },
    options: {
      count: { type: "string", value: "N", default: "3", about: "how often" },
      fast: { type: "boolean", default: false, about: "skips what is slow" },
    },
    environment: { STATE_DIR: "where it is" },
    examples: ["npm run example -- a.txt --count 5"],
  } as const;
  expect(readOptions(usage, ["a.txt", "--count", "5"])).toMatchObject({
    values: { count: "5", fast: false },
    positionals: ["a.txt"],
  });
  expect(() => readOptions(usage, [])).toThrow("FILE is missing");
  expect(() => readOptions(usage, ["a", "b"])).toThrow('"b" is one word too many');
  expect(() => readOptions(usage, ["a", "--count"])).toThrow("argument missing");
  expect(usageText(usage)).toBe(`Usage: npm run example -- FILE [options]

Shows how it is done.

Options:
  --count N  how often (default: 3)
  --fast     skips what is slow
  --help     says this

Environment:
  STATE_DIR  where it is

Example:
  npm run example -- a.txt --count 5
`);
});
