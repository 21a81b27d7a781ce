/** What the exports of other products have in common. Pure. */
import {
  type Fields,
  type ForeignItem,
  isFields,
  textOf,
  Unfit,
} from "../../../../src/metering/intake/foreign.ts";
import type { RuleEvent, UsageRule } from "../../../../src/metering/intake/rule.ts";

/** A record as an event that usage rules read, or as a usage event of its own. */
export type Named =
  | {
      event: Omit<RuleEvent, "at" | "user">;
      /** Whose it is, by the other product's id; null where it names nobody. */
      subject: string | null;
      /** True where an event for which there is no rule is refused; else its type is a metric. */
      needsRule: boolean;
    }
  | { item: ForeignItem; subject: string | null };

/** What options say of records that do not say it themselves. */
export type ForeignOptions = { metric?: string | undefined; customer?: string | undefined };

/** What a record is read with. */
export type Reading = ForeignOptions & {
  rules: readonly UsageRule[];
  /** An id for a record that brings none, the same whenever the file is read. */
  name: () => string;
};

export type ForeignFormat = {
  /** The product, as people know it. */
  product: string;
  /** True for a record of JSON that is one of its events, or of its totals. */
  isRecord: (record: Fields) => boolean;
  /** True for the names of a header, in small letters. */
  isHeader: (names: ReadonlySet<string>) => boolean;
  /** Why a file cannot be imported whose first record is this, or null. */
  refusal: (record: Fields, options: ForeignOptions) => string | null;
  /** Errors: `Unfit` for a record that is wrong. */
  read: (record: Fields, reading: Reading) => Named;
  /** The record of a row, by its header's names in small letters. Errors: `Unfit`. */
  ofRow: (row: ReadonlyMap<string, string>) => Fields;
};

/** A field that is text, or a number as its text; null for none. */
export function textIn(record: Fields, name: string): string | null {
  const value = record[name];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string" || typeof value === "number") return textOf(value);
  throw new Unfit(`/${name}`, "is a text");
}

/** A field that has to be there. Errors: `Unfit`. */
export function neededText(record: Fields, name: string): string {
  const text = textIn(record, name);
  if (text === null) throw new Unfit(`/${name}`, "is missing");
  return text;
}

/** An object in a cell of text, none where it is empty. Errors: `Unfit`. */
export function objectIn(text: string | undefined, name: string): Fields {
  if (text === undefined || text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // said below
  }
  throw new Unfit(`/${name}`, "is a JSON object");
}
