/** Which row an entry of the log is about, by its action: `describeSubjects` is told it once. */
import type { Named, Subject } from "./image.ts";

let subjects: Readonly<Record<string, Subject | null>> = {};

/** Says what entries are about, by the beginning of their action; null where no row changes. */
export function describeSubjects(all: Readonly<Record<string, Subject | null>>): void {
  subjects = all;
}

/** An action without its last word: `invoice.link.create`, `invoice.link`, `invoice`. */
const LAST_WORD = /[._][^._]*$/;

/** The subject of an entry with its row, or null. */
export function subjectOf(entry: Named & { action: string }): { of: Subject; id: string } | null {
  for (let name = entry.action; ; name = name.replace(LAST_WORD, "")) {
    const of = subjects[name];
    if (of === null) return null;
    if (of) return { of, id: of.id?.(entry) ?? entry.target };
    if (!LAST_WORD.test(name)) return null;
  }
}
