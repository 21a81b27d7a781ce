/** The style that matters, as failing tests: one direction of imports, pure files, small pieces. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

const FOLDERS = [
  "core",
  "platform",
  "accounts",
  "metering",
  "documents",
  "billing",
  "delivery",
  "compat",
  "dashboard",
];
/** These sit over all folders, in this order. */
const TOP = ["schedule.ts", "app.ts", "index.ts"];

const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 70;
const MAX_COLUMNS = 100;

/** Made by machines, as long as what they are made of. */
const MADE = /^client.(?:dist.|src.api\.ts$)/;

const files = globSync("{src,test,scripts,bench,client}/**/*.{ts,tsx}")
  .filter((path) => !MADE.test(path))
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(path, "utf8") }));
const sources = files.filter(({ path }) => path.startsWith("src/"));

function rank(path: string): number {
  const [, first = ""] = path.split("/");
  const top = TOP.indexOf(first);
  return top >= 0 ? FOLDERS.length + top : FOLDERS.indexOf(first);
}

function importsOf(path: string, text: string): string[] {
  const found = [...text.matchAll(/(?:from|import)\s+"(\.{1,2}\/[^"]+\.tsx?)"/g)];
  return found.map((match) => normalize(join(dirname(path), match[1] ?? "")));
}

function isPure({ path, text }: { path: string; text: string }): boolean {
  const opening = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
  return path.startsWith("src/core/") || /\bPure\b/.test(opening);
}

const IMPURE = new RegExp(
  "\\bDate\\.now\\(|\\bnew Date\\(\\)|\\bMath\\.random\\(|(?<!\\.)\\bfetch\\(|" +
    "\\bcrypto\\.|(?<![/.\\w])env\\.[A-Z]|\\bsetTimeout\\(",
);

/** Functions as the formatter lays them out: a header ending in `{`, a `}` at its indent. */
function functionLengths(text: string): { line: number; length: number }[] {
  const lines = text.split("\n");
  const header = new RegExp(
    "^(\\s*)(?:export |default |async |static |private |override )*" +
      "(?:function\\b|[\\w#]+\\(.*\\).*\\{$|.*=> \\{$)",
  );
  return lines.flatMap((line, start) => {
    const indent = header.exec(line)?.[1];
    if (indent === undefined || !line.endsWith("{")) return [];
    if (/^\s*(?:if|for|while|switch|catch)\b/.test(line)) return [];
    const end = lines.findIndex((l, i) => i > start && l.startsWith(`${indent}}`));
    return end < 0 ? [] : [{ line: start + 1, length: end - start + 1 }];
  });
}

describe("the tree", () => {
  it("has files to look at", () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  it("imports only from folders listed before", () => {
    const wrong = sources.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => rank(target) < 0 || rank(target) > rank(path))
        .map((target) => `${path} imports ${relative("src", target)}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps I/O, clocks and chance out of pure files", () => {
    const wrong = sources.filter(isPure).flatMap(({ path, text }) =>
      text
        .split("\n")
        .map((line, i) => ({ line, at: `${path}:${i + 1}` }))
        .filter(({ line }) => IMPURE.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
        .map(({ at }) => at),
    );
    expect(wrong).toEqual([]);
    expect(sources.filter(isPure).length).toBeGreaterThan(8);
  });

  it("has no function over 70 lines in the product", () => {
    const wrong = files
      .filter(({ path }) => !path.startsWith("test/"))
      .flatMap(({ path, text }) =>
        functionLengths(text)
          .filter(({ length }) => length > MAX_FUNCTION_LINES)
          .map(({ line, length }) => `${path}:${line} has ${length} lines`),
      );
    expect(wrong).toEqual([]);
  });

  it("has no line over 100 columns and no file over 500 lines", () => {
    const wrong = files.flatMap(({ path, text }) => {
      const lines = text.split("\n");
      const long = lines
        .map((line, i) => ({ at: `${path}:${i + 1}`, columns: line.length }))
        .filter(({ columns }) => columns > MAX_COLUMNS)
        .map(({ at, columns }) => `${at} has ${columns} columns`);
      return lines.length > MAX_FILE_LINES + 1 ? [...long, `${path}: ${lines.length}`] : long;
    });
    expect(wrong).toEqual([]);
  });

  it("names files in kebab-case and nothing Service, Manager, Helper, utils or Impl", () => {
    const bad = files.filter(({ path }) => {
      const name = path.split("/").at(-1) ?? "";
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config|\.d)?\.tsx?$/.test(name) ||
        /(service|manager|helper|utils|impl)/.test(name)
      );
    });
    expect(bad.map(({ path }) => path)).toEqual([]);
  });
});
