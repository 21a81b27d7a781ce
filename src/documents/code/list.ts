/** Lists of codes. Pure. A list is one text until it is asked for the first time. */
import { once } from "../language/intl.ts";

export type CodeList = {
  has(code: string): boolean;
  /** The codes in the order of their source. */
  all(): readonly string[];
};

/** A list of codes that are written with blanks or line ends between them. */
export function codeList(text: string): CodeList {
  const codes = once(() => new Set(text.trim().split(/\s+/)));
  const ordered = once(() => [...codes()]);
  return { has: (code) => codes().has(code), all: ordered };
}
