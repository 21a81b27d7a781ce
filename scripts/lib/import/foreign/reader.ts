/** Reads the records of another product's export as usage events. Pure. */
import { parseJsonExactly } from "../../../../src/core/decimal.ts";
import {
  guessSeparator,
  isOpen,
  namedSeparator,
  parseRecord,
  separatorOf,
} from "../../../../src/metering/file/csv.ts";
import type { Reader, Reading } from "../../../../src/metering/file/format.ts";
import type { Line } from "../../../../src/metering/file/line.ts";
import { Occurrences } from "../../../../src/metering/file/occurrence.ts";
import { type Fields, isFields, Unfit } from "../../../../src/metering/intake/foreign.ts";
import type { UsageRule } from "../../../../src/metering/intake/rule.ts";
import { UserError } from "../../process.ts";
import type { ForeignOptions, Named } from "./event.ts";
import type { Placing } from "./placing.ts";
import { FOREIGN, type Found, foundText, headerOf } from "./registry.ts";

export type ForeignReading = ForeignOptions & {
  separator?: string | undefined;
  /** Records of this foreign id alone; all where it is missing. */
  only?: string | undefined;
};

const NOTHING: Reading = { events: [] };

export class ForeignReader implements Reader {
  readonly format: Found["format"];
  readonly about: string;
  readonly isList: boolean;
  readonly goesOn: ((line: Buffer) => boolean) | null;
  /** An id that was used counts once, whatever came with it: so had it in the other product. */
  readonly knowsById = true;
  prepare: (() => Promise<void>) | null = null;
  readonly #options: ForeignReading;
  readonly #rules: readonly UsageRule[];
  readonly #placing: Placing;
  readonly #occurrences = new Occurrences();
  readonly #recordIn: (text: string) => Fields | null;

  /** `rules`: of the key's own tenant. Errors: `UserError` for options that mean nothing. */
  constructor(
    found: Found,
    {
      rules,
      placing,
      ...options
    }: ForeignReading & {
      rules: readonly UsageRule[];
      placing: Placing;
    },
  ) {
    this.format = found.format;
    this.about = foundText(found);
    this.isList = found.container === "list";
    this.goesOn = found.container === "csv" ? isOpen : null;
    this.#options = options;
    this.#rules = rules;
    this.#placing = placing;
    this.#recordIn = found.container === "csv" ? this.#rows(options.separator) : recordOf;
  }

  /** A record of a file. Errors: `UserError` for a CSV header that cannot be read. */
  readLine({ text, fault }: Line): Reading {
    if (fault !== null) return { fault };
    try {
      const named = this.#namedIn(text);
      const { only } = this.#options;
      if (named === null || (only !== undefined && named.subject !== only)) return NOTHING;
      return { events: this.#placing.usagesOf(named) };
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      return { fault: `${error.at} ${error.message}`.trim() };
    }
  }

  /** Whose a record is, by the other product's id; null where that cannot be read. */
  subjectIn({ text, fault }: Line): string | null {
    if (fault !== null) return null;
    try {
      return this.#namedIn(text)?.subject ?? null;
    } catch (error) {
      if (error instanceof Unfit) return null;
      throw error;
    }
  }

  #namedIn(text: string): Named | null {
    if (text.trim() === "") return null;
    const record = this.#recordIn(text);
    if (record === null) return null;
    const name = () => this.#occurrences.idOf(text);
    return FOREIGN[this.format].read(record, { ...this.#options, rules: this.#rules, name });
  }

  #rows(given: string | undefined): (text: string) => Fields | null {
    let separator = separatorOf(given);
    let header: string[] | null = null;
    return (text) => {
      if (header === null) {
        separator ??= namedSeparator(text) ?? guessSeparator(text);
        if (namedSeparator(text) === null) header = headerOf(text, separator);
        if (header?.length === 0) throw new UserError("the header has quotes that do not close");
        return null;
      }
      const cells = parseRecord(text, separator ?? ",");
      if (!cells) throw new Unfit("", "quotes that do not close");
      if (cells.length !== header.length) {
        throw new Unfit("", `${cells.length} cells; the header has ${header.length}`);
      }
      const row = new Map(header.map((name, i) => [name, cells[i] ?? ""]));
      return FOREIGN[this.format].ofRow(row);
    };
  }
}

/** Errors: `Unfit`. */
function recordOf(text: string): Fields {
  let record: unknown;
  try {
    record = parseJsonExactly(text);
  } catch (error) {
    throw new Unfit("", `not JSON: ${(error as Error).message}`);
  }
  if (isFields(record)) return record;
  throw new Unfit("", "not a JSON object");
}
