/**
 * Document numbers. Pure. A format is literal text with one year, `{YYYY}` or `{YY}`, and one run
 * of digits, `{###}`, that widens when the series outgrows it. Series start again each year, so a
 * format without its year would use numbers twice.
 */
/** Begins every number of a test tenant. */
export const TEST_PREFIX = "TEST-";

export const MAX_FORMAT_LENGTH = 40;
const FORMAT =
  /^((?:[A-Za-z0-9._-]|\{YYYY\}|\{YY\})*)\{(#{1,9})\}((?:[A-Za-z0-9._-]|\{YYYY\}|\{YY\})*)$/;

export type NumberFormat = { before: string; digits: number; after: string };

/** The parts of a format, or null for text that is none. */
export function parseFormat(text: string): NumberFormat | null {
  const match = text.length <= MAX_FORMAT_LENGTH ? FORMAT.exec(text) : null;
  if (!match) return null;
  const [, before = "", run = "", after = ""] = match;
  const years = (before + after).match(/\{YY(?:YY)?\}/g)?.length ?? 0;
  return years === 1 ? { before, digits: run.length, after } : null;
}

/** The format of a series: a test tenant's numbers say so. */
export function seriesFormat(format: NumberFormat, test: boolean): NumberFormat {
  return test ? { ...format, before: TEST_PREFIX + format.before } : format;
}
