/**
 * Runs a page's code as a reader would: shell blocks in order in one shell, named ones as the files
 * that they are. What stands under a block as its answer has to be its answer.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

export type Block = {
  language: string;
  /** Whose content it is: the first line of JavaScript names it, as `// app.mjs`. */
  file: string | null;
  code: string;
};

/** Every block of code of a page, in order. */
export function blocksOf(path: string): Block[] {
  const blocks = readFileSync(path, "utf8").matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, language = "", code = ""]) => {
    const [, file = null] = (language === "js" && /^\/\/ (\S+\.mjs)\n/.exec(code)) || [];
    return { language, file, code };
  });
}

export type Place = {
  /** Where shell blocks begin. */
  cwd: string;
  /** Where the reader's own files lie. */
  app: string;
  env: Record<string, string>;
};

/** What the caller has done already: it takes a minute, and does not end. */
const STARTED = "npm ci && npm start\n";
/** Begins what a block printed, on a line of its own. */
const MARK = "--- block ";

/** Requests that fail end the shell, and each answer has lines of its own. */
const PRELUDE = `set -euo pipefail
curl() { local code=0; command curl --fail-with-body "$@" || code=$?; echo; return $code; }
`;

/** Runs a page. Errors: one that shows what was printed, where a command fails. */
export async function runPage(path: string, before: string, place: Place): Promise<void> {
  const blocks = blocksOf(path).map((block) =>
    block.code === STARTED ? { ...block, language: "text", code: "" } : block,
  );
  for (const { file, code } of blocks)
    if (file !== null) writeFileSync(join(place.app, file), code);
  const shell = blocks.map(({ language, code }, i) =>
    language === "sh" ? `echo; echo "${MARK}${i}"\n${code}` : "",
  );
  const printed = await runShell(`${PRELUDE}${before}\n${shell.join("\n")}`, path, place);
  for (const [i, { language, code }] of blocks.entries()) {
    const answer = printed.get(lastShellBefore(blocks, i));
    if (answer === undefined) continue; // an answer to nothing that is run: it is only shown
    const where = `${path}, block ${i + 1}`;
    if (language === "json") {
      expect(answerIn(answer), where).toMatchObject(JSON.parse(code));
    }
    if (language === "text") {
      for (const line of code.trim().split("\n")) expect(answer, where).toContain(line.trim());
    }
  }
}

/** The place of the shell block that one with an answer belongs to. */
function lastShellBefore(blocks: readonly Block[], at: number): number {
  return blocks.slice(0, at).findLastIndex(({ language }) => language === "sh");
}

/** The last answer in JSON that a block printed. Errors: where it printed none. */
function answerIn(printed: string): unknown {
  const lines = printed.split("\n").filter((line) => /^[[{]/.test(line));
  const last = lines.at(-1);
  if (last === undefined) throw new Error(`no answer in:\n${printed}`);
  return JSON.parse(last);
}

/** What each block printed, by its place. */
async function runShell(
  script: string,
  path: string,
  { cwd, env }: Place,
): Promise<Map<number, string>> {
  const child = spawn("bash", ["-c", script], { cwd, env: { ...process.env, ...env } });
  const [out, err] = [[], []] as [Buffer[], Buffer[]];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const [code] = await once(child, "close");
  const stdout = Buffer.concat(out).toString();
  if (code !== 0) throw new Error(`${path} ends with ${code}:\n${stdout}\n${Buffer.concat(err)}`);
  const parts = stdout.split(new RegExp(`^${MARK}(\\d+)\n`, "m")).slice(1);
  const printed = new Map<number, string>();
  for (let i = 0; i < parts.length; i += 2) printed.set(Number(parts[i]), parts[i + 1] ?? "");
  return printed;
}
