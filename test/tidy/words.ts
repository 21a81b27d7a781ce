/** What people read on pages: the product's own terms, one spelling, and days in one form. */
import type { SourceFile } from "./rooms.ts";

/** Words of the code or of machines, and spellings of elsewhere, with what pages say. */
const SAID_INSTEAD: readonly [RegExp, string][] = [
  [/\b(?:outbox|watermark|rollups?|drain(?:s|ed)?|epoch|tombstones?)\b/i, "what people know of it"],
  [/\bboundary\b/i, "the next period"],
  [/\b(?:undefined|NaN|stack trace|regex|schema|Zod)\b/, "what to do"],
  [/\bRFC \d+\b/, "an example of the form"],
  [/\b(?:finali|authori|organi|recogni)s(?:e|ed|es|ing)\b/i, "the American spelling"],
  [/\b(?:colour|honour|favour)\b(?! color)/i, "the American spelling"],
  [/\b[Tt]aken? (?:an event )?back\b/, "void"],
];

/** The sentences and labels in a page's source: texts with a blank, and lines of JSX. */
function readable(line: string): string[] {
  if (/^\s*(?:\*|\/\/|\/\*|import\b|export \{)/.test(line)) return [];
  const texts = [...line.matchAll(/"([^"]*)"|`([^`]*)`/g)].map(([, a, b]) => a ?? b ?? "");
  const isProse = texts.length === 0 && /^\s+\{?[A-Za-z][^=(){}<>]* [^=(){}<>]*$/.test(line);
  const code = /[,;:{(]\s*$|^\s*(?:return|const|let|type|await|if|for|case|throw)\b|\?:|: \w+ \|/;
  return isProse && !code.test(line) ? [line] : texts.filter((text) => text.includes(" "));
}

/** Words on pages that nobody but us knows, each with what to say instead. */
export function strangeWords(sources: readonly SourceFile[]): string[] {
  return pagesOf(sources).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) =>
      readable(line).flatMap((words) => {
        const found = SAID_INSTEAD.find(([pattern]) => pattern.test(words));
        return found ? [`${path}:${i + 1} says ${words.trim()}: say ${found[1]}`] : [];
      }),
    ),
  );
}

/** Ranges of time that a page writes by its own hand; `format.span` has their one form. */
export function handmadeSpans(sources: readonly SourceFile[]): string[] {
  const byHand = /\.day\([^)]*[eE]nd(?:Ms)? - 1\)|\.day\([^)]*\)\}? (?:to|–|-) \$?\{/;
  return pagesOf(sources).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) => (byHand.test(line) ? [`${path}:${i + 1}`] : [])),
  );
}

function pagesOf(sources: readonly SourceFile[]): SourceFile[] {
  return sources.filter(
    ({ path }) => path.startsWith("src/dashboard/") && !path.includes("/reference/"),
  );
}
