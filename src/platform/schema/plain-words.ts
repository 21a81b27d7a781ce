/**
 * Pure. What a schema refuses, in the words of all other problems: what a value is, or has, after
 * the name of its field. A schema's own messages go before these.
 */
import type { z } from "@hono/zod-openapi";

type Issue = Parameters<NonNullable<NonNullable<Parameters<typeof z.config>[0]>["customError"]>>[0];

/** Of a field's values, as many are named. */
const NAMED_VALUES = 30;

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a JSON object",
  record: "a JSON object",
  null: "null",
};
const FORMATS: Readonly<Record<string, string>> = {
  email: "an e-mail address, such as ap@acme.example",
  url: "a URL, such as https://example.com",
  date: "a day, such as 2026-01-31",
  datetime: "an RFC 3339 time, such as 2026-01-31T00:00:00Z",
};

/** An issue in plain words. */
export function plainWords(issue: Issue): string {
  const isMissing = issue.input === undefined;
  switch (issue.code) {
    case "invalid_type":
      return isMissing ? "is required" : `is ${kindOf(issue.expected)}`;
    case "invalid_value":
      return `is ${isMissing ? "required: " : ""}${valuesText(issue.values)}`;
    case "too_big":
      return mostText(issue.origin, issue.maximum, issue.inclusive ?? true);
    case "too_small":
      return leastText(issue.origin, issue.minimum, issue.inclusive ?? true);
    case "invalid_format":
      return `is ${FORMATS[issue.format] ?? "text of another form; see the API reference"}`;
    case "not_multiple_of":
      return `is a multiple of ${issue.divisor}`;
    case "invalid_union":
      return isMissing ? "is required" : unionText(issue.errors);
    case "unrecognized_keys":
      return `has fields that are not taken: ${issue.keys.slice(0, NAMED_VALUES).join(", ")}`;
    case "invalid_key":
      return `has a name that is not taken: ${issue.issues[0]?.message ?? "see the API reference"}`;
    case "invalid_element":
      return issue.issues[0]?.message ?? "has an entry that is not taken";
    default:
      return "is not valid; see the API reference";
  }
}

function kindOf(expected: string): string {
  return KINDS[expected] ?? "a number";
}

function valuesText(values: readonly unknown[]): string {
  const named = values.slice(0, NAMED_VALUES).map(String).join(", ");
  if (values.length === 1) return named;
  const more = values.length - NAMED_VALUES;
  return `one of ${named}${more > 0 ? ` and ${more} others` : ""}`;
}

/** "3 characters", "1 entry". */
function sized(origin: string, size: unknown): string | null {
  const one = Number(size) === 1;
  if (origin === "string") return `${size} ${one ? "character" : "characters"}`;
  if (origin === "array" || origin === "set") return `${size} ${one ? "entry" : "entries"}`;
  return origin === "object" ? `${size} ${one ? "member" : "members"}` : null;
}

function mostText(origin: string, most: unknown, inclusive: boolean): string {
  const size = sized(origin, most);
  if (size !== null) return `has at most ${size}`;
  return inclusive ? `is at most ${most}` : `is below ${most}`;
}

function leastText(origin: string, least: unknown, inclusive: boolean): string {
  const size = sized(origin, least);
  if (size !== null) return `has at least ${size}`;
  return inclusive ? `is ${least} or more` : `is more than ${least}`;
}

/** What any of its branches takes; where all go deeper, what the nearest one lacks. */
function unionText(branches: readonly (readonly { code?: string; path: readonly unknown[] }[])[]) {
  const kinds = branches.map(([first]) =>
    first?.code === "invalid_type" && first.path.length === 0
      ? kindOf(String((first as { expected?: unknown }).expected))
      : null,
  );
  const named = [...new Set(kinds.filter((kind) => kind !== null))];
  if (named.length > 0 && named.length === kinds.length) return `is ${named.join(" or ")}`;
  return "has another form than any that is taken; see the API reference";
}
