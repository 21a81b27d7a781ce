/** Faults to plant in a copy of the code, each with the tests that have to notice it. */
export type Edit = { file: string; from: string; to: string };
export type Fault = { name: string; edits: Edit[]; tests: string[] };

const MODEL = "test/metering/object/model.test.ts";
const RATING = "test/billing/rating/rating.test.ts";
const RECOVERY = "test/metering/object/recovery.test.ts";
const CRASH = "test/process/crash.test.ts";

const METER = "src/metering/object/tenant-meter.ts";
const DECIDE = "src/metering/object/decide.ts";
const DRAIN = "src/metering/ledger/drain.ts";
const JOURNAL = "src/metering/object/journal.ts";
const SEEN = "src/metering/object/seen.ts";
const TERMS = "src/metering/counter/terms.ts";

export const FAULTS: Fault[] = [
  {
    name: "double count: a known event is counted again",
    edits: [
      {
        file: DECIDE,
        from: "!known.holdsAny(batch.keys, batch.n) && draft.claim(batch)",
        to: "draft.claim(batch)",
      },
    ],
    tests: [MODEL],
  },
  {
    name: "double count: two callers of one group commit send the same event",
    edits: [
      {
        file: "src/metering/object/pending-commit.ts",
        from: "if (this.ids.add(keys, at, this.seq + 1 + i)) continue;",
        to: "this.ids.add(keys, at, this.seq + 1 + i); continue;",
      },
      {
        file: DECIDE,
        from: "const known = draft.ids.find(batch.keys, at) ?? identities.find(batch.keys, at);",
        to: "const known = identities.find(batch.keys, at);",
      },
    ],
    tests: ["test/metering/object/decide.test.ts", MODEL],
  },
  {
    name: "double count: a drain that is run again adds to the rollups",
    edits: [
      {
        file: DRAIN,
        from: "ON CONFLICT (tenant, metric, quarter) DO UPDATE SET\n    total =",
        to: "OR TRUE ON CONFLICT (tenant, metric, quarter) DO UPDATE SET\n    total =",
      },
    ],
    tests: [RECOVERY],
  },
  {
    name: "lost alert: the fast path looks at hard limits only",
    edits: [
      {
        file: DECIDE,
        from: "return unfired(state, draft, limit, level).length === 0;",
        to: "return true;",
      },
    ],
    tests: ["test/metering/object/decide.test.ts", MODEL],
  },
  {
    name: "lost alert: acknowledged, but never drained",
    edits: [
      {
        file: METER,
        from: "this.#drainer.add(0, draft.alerts);",
        to: "this.#drainer.add(0, []);",
      },
    ],
    tests: [MODEL],
  },
  {
    name: "tier edge: the last unit of a tier belongs to the next (volume)",
    edits: [
      {
        file: "src/billing/price/volume.ts",
        from: "bound === null || total <= bound",
        to: "bound === null || total < bound",
      },
    ],
    tests: [RATING],
  },
  {
    name: "window edge: an event at the end belongs to the window that ends",
    edits: [
      {
        file: TERMS,
        from: "if (atMs >= window.startMs && atMs < window.endMs) return window;",
        to: "if (atMs >= window.startMs && atMs <= window.endMs) return window;",
      },
    ],
    tests: ["test/metering/object/decide.test.ts", MODEL],
  },
  {
    name: "dedupe lost at seal: a sealed generation is not asked",
    edits: [{ file: METER, from: "this.#seen.take(set);", to: "void set;" }],
    tests: [MODEL],
  },
  {
    name: "dedupe lost at merge: a merged set lacks its last slice in the filter",
    edits: [
      {
        file: SEEN,
        from: "for (const entries of added) addAll(filter, entries);\n      this.#finish",
        to: "this.#finish",
      },
    ],
    tests: ["test/metering/object/recovery.test.ts"],
  },
  {
    name: "rollback that left memory changed",
    edits: [
      {
        file: METER,
        from: "return full ? this.#seal(draft.parts, draft.seq, nowMs) : null;",
        to: `let at = this.#state.seq;
      for (const { n, keys } of draft.parts) {
        for (let i = 0; i < n; i++) this.#hot.add(keys, i * KEY_WORDS, ++at);
      }
      return full ? this.#seal([], draft.seq, nowMs) : null;`,
      },
      {
        file: METER,
        from: "for (let i = 0; i < n; i++) this.#hot.add(keys, i * KEY_WORDS, ++seq);",
        to: "seq += n;",
      },
    ],
    tests: [CRASH],
  },
  {
    name: "a segment crosses a generation",
    edits: [
      {
        file: JOURNAL,
        from: `    for (const { g, toSeq } of this.generations) {
      if (toSeq !== 0 && toSeq <= afterSeq) continue;
      const rows: LogRow[] = [];
      let chars = 0;`,
        to: `    const rows: LogRow[] = [];
    let chars = 0;
    for (const { g, toSeq } of this.generations) {
      if (toSeq !== 0 && toSeq <= afterSeq) continue;`,
      },
      {
        file: JOURNAL,
        from: "if (rows.length > 0 && chars > maxChars) break;",
        to: "if (rows.length > 0 && chars > maxChars) return { g, rows };",
      },
      {
        file: JOURNAL,
        from: "if (rows.length > 0) return { g, rows };\n    }\n    return { g: 0, rows: [] };",
        to: "}\n    return { g: rows.length > 0 ? this.open.g : 0, rows };",
      },
    ],
    tests: [MODEL],
  },
];

/** A text with its edits made. Errors: one that names an edit whose place is not there once. */
export function edited(source: string, { from, to, file }: Edit): string {
  const found = source.split(from).length - 1;
  if (found !== 1) throw new Error(`${file} holds this ${found} times, not once:\n${from}`);
  return source.replace(from, () => to);
}
