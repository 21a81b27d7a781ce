/** What each file is held to by itself: purity, docstrings, variants, lengths, names. */
import type { SourceFile } from "./rooms.ts";

/** True for a file that says of itself that it is pure, and for all of core/. */
export function isPure({ path, text }: SourceFile): boolean {
  const opening = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
  return path.startsWith("src/core/") || /\bPure\b/.test(opening);
}

const IMPURE = new RegExp(
  "\\bDate\\.now\\(|\\bnew Date\\(\\)|\\bMath\\.random\\(|(?<!\\.)\\bfetch\\(|" +
    "\\bcrypto\\.|(?<![/.\\w])env\\.[A-Z]|\\bsetTimeout\\(",
);

const COMMENT = /^\s*(\/\/|\*|\/\*)/;

/** Lines of pure files that ask for a clock, chance, the network or the environment. */
export function impureLines(files: readonly SourceFile[]): string[] {
  return linesWhere(files.filter(isPure), (line) => IMPURE.test(line) && !COMMENT.test(line));
}

/** Exported functions that say nothing of themselves in a comment right above them. */
export function undocumented(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split("\n");
    return lines.flatMap((line, i) => {
      const found = EXPORTED.exec(line);
      const name = found?.[1] ?? found?.[2];
      if (name === undefined || lines[i - 1]?.trimEnd().endsWith("*/")) return [];
      // An overload's later signatures share the first one's words.
      const overload = new RegExp(`^export (?:async )?function ${name}\\b`);
      if (lines.slice(0, i).some((earlier) => overload.test(earlier))) return [];
      return [`${path}:${i + 1} ${name} has no docstring`];
    });
  });
}

const EXPORTED = new RegExp(
  "^export (?:default )?(?:async )?(?:function\\*? (\\w+)|" +
    "const (\\w+) = (?:async )?(?:\\([^)]*\\)|\\w+) =>)",
);

/** `a, b`: an object that is made only to save lines. */
export function packedSpreads(files: readonly SourceFile[]): string[] {
  return linesWhere(files, (line) => /\.\.\.\{/.test(line) && !COMMENT.test(line));
}

/** Lines that take a bucket or an object by its binding, and not by the tenant whose it is. */
export function bareBindings(files: readonly SourceFile[], may: readonly string[]): string[] {
  return linesWhere(
    files.filter(({ path }) => !may.includes(path)),
    (line) => /\b(?:env|given)\.(?:FILES|METER)\b/.test(line) && !COMMENT.test(line),
  );
}

/** A family of variants: their names, and the files that may ask for them. */
export type Family = { family: string; names: readonly string[]; own: RegExp };

/** Lines outside a family's own files that compare something with a variant's name. */
export function variantBranches(
  files: readonly SourceFile[],
  families: readonly Family[],
): string[] {
  return families.flatMap(({ names, own }) => {
    const name = `"(?:${names.join("|")})"`;
    const asks = new RegExp(`[=!]== ${name}|${name} [=!]==|case ${name}:`);
    return linesWhere(
      files.filter(({ path }) => !own.test(path)),
      (line) => asks.test(line) && !COMMENT.test(line),
    );
  });
}

/** Lines that prepare SQL written as text, outside the files that may. */
export function textStatements(
  files: readonly SourceFile[],
  allowed: Readonly<Record<string, string>>,
): string[] {
  return linesWhere(
    files.filter(({ path }) => !(path in allowed)),
    (line) => /\.prepare\(/.test(line) && !COMMENT.test(line),
  );
}

/** Functions as the formatter lays them out: a header ending in `{`, a `}` at its indent. */
export function functionLengths(text: string): { line: number; length: number }[] {
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

/** Each migration's number that more than one file carries, but for those that were applied so. */
export function repeatedMigrations(names: readonly string[]): string[] {
  const applied = ["0009", "0010"];
  const numbers = names.map((name) => name.slice(0, 4));
  const repeated = numbers.filter((number, i) => numbers.indexOf(number) !== i);
  return [...new Set(repeated)].filter((number) => !applied.includes(number));
}

function linesWhere(files: readonly SourceFile[], matches: (line: string) => boolean): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, i) => (matches(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
  );
}
