/** The products whose exports are read, and how a file is told to be one of them. Pure. */

import { guessSeparator, parseRecord } from "../../../../src/metering/file/csv.ts";
import { type Fields, isFields } from "../../../../src/metering/intake/foreign.ts";
import { UserError } from "../../process.ts";
import { firstItem } from "../list-scanner.ts";
import type { ForeignFormat, ForeignOptions } from "./event.ts";
import { lago } from "./lago.ts";
import { openmeter } from "./openmeter.ts";
import { stripe } from "./stripe.ts";

export const FOREIGN = { openmeter, stripe, lago } satisfies Record<string, ForeignFormat>;
export type ForeignName = keyof typeof FOREIGN;
export const FOREIGN_NAMES = Object.keys(FOREIGN) as ForeignName[];

/** How records stand in a file: one a line, as items of lists in JSON, or as rows of CSV. */
export type Container = "lines" | "list" | "csv";
/** What a file was found to be. */
export type Found = { format: ForeignName; container: Container };

const CONTAINERS: Record<Container, string> = {
  lines: "an object a line",
  list: "lists in JSON",
  csv: "CSV",
};

/** What people are told of what was found. */
export function foundText({ format, container }: Found): string {
  return `Read as ${FOREIGN[format].product}'s, ${CONTAINERS[container]}`;
}

/**
 * What a file is that begins with `head`, or null where it is none of these products'. `named`:
 * the only one that it may be. Errors: `UserError` for what cannot be imported, and where it is
 * not what was named.
 */
export function foundIn(head: string, options: ForeignOptions, named?: ForeignName): Found | null {
  const start = head.trimStart();
  const names = named === undefined ? FOREIGN_NAMES : [named];
  const found = /^[[{]/.test(start) ? inJson(start, names) : inCsv(start, names);
  if (found) {
    const refusal = FOREIGN[found.format].refusal(found.first, options);
    if (refusal !== null) throw new UserError(refusal);
    return { format: found.format, container: found.container };
  }
  if (named === undefined) return null;
  const shown = JSON.stringify(start.split(/\r?\n/, 1)[0]?.slice(0, 80));
  throw new UserError(
    `the file is no export of ${FOREIGN[named].product}'s events: it begins ${shown}. Leave ` +
      "--format out to have its form told, or name the columns of CSV with --map",
  );
}

type First = Found & { first: Fields };

function inJson(start: string, names: readonly ForeignName[]): First | null {
  const [line = ""] = start.split(/\r?\n/, 1);
  const whole = recordIn(line);
  const own = whole && names.find((name) => FOREIGN[name].isRecord(whole));
  if (whole && own) return { format: own, container: "lines", first: whole };
  const first = recordIn(firstItem(start) ?? "");
  const inside = first && names.find((name) => FOREIGN[name].isRecord(first));
  return first && inside ? { format: inside, container: "list", first } : null;
}

function recordIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function inCsv(start: string, names: readonly ForeignName[]): First | null {
  const [line = ""] = start.split(/\r?\n/, 1);
  const header = headerOf(line, guessSeparator(line));
  const format = names.find((name) => FOREIGN[name].isHeader(new Set(header)));
  if (format === undefined) return null;
  const first = Object.fromEntries(header.map((name) => [name, ""]));
  return { format, container: "csv", first };
}

/** The names of a header, in small letters; none where its quotes do not close. */
export function headerOf(line: string, separator: string): string[] {
  return (parseRecord(line, separator) ?? []).map((name) => name.trim().toLowerCase());
}
