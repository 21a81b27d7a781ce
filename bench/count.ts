/**
 * What the platform would put on a bill, counted in the isolate: rows of objects by what they are
 * for, rows of D1, messages by queue, operations of R2. The platform's own classes are patched when
 * the counts are first asked for, so a measurement that never asks pays nothing.
 */

export type Counts = {
  /** Rows that the objects wrote: of the log, of identities, and all else. */
  logRows: number;
  identityRows: number;
  otherRows: number;
  /** Alarms that were set, each a row. */
  alarms: number;
  /** Batches that put events into the ledger. */
  drains: number;
  /** Rows that these wrote, and rows of series and frozen windows. */
  drainRows: number;
  seriesRows: number;
  /** How long each took, as its object saw it. */
  drainMs: number[];
  /** Trips to D1, and the statements that these held. */
  d1Trips: number;
  d1Statements: number;
  d1Written: number;
  d1Read: number;
  /** Bytes of the database after the last query. */
  d1Bytes: number;
  /** Messages by the binding of their queue. */
  messages: Record<string, number>;
  puts: number;
  gets: number;
  putBytes: number;
};

const NONE: Counts = {
  logRows: 0,
  identityRows: 0,
  otherRows: 0,
  alarms: 0,
  drains: 0,
  drainRows: 0,
  seriesRows: 0,
  drainMs: [],
  d1Trips: 0,
  d1Statements: 0,
  d1Written: 0,
  d1Read: 0,
  d1Bytes: 0,
  messages: {},
  puts: 0,
  gets: 0,
  putBytes: 0,
};

let counts: Counts | null = null;

/** Notes rows that a statement of an object wrote. */
export function countObjectRows(statement: unknown, rows: number): void {
  if (counts === null || rows === 0) return;
  const text = String(statement);
  if (/\blog_\d/.test(text)) counts.logRows += rows;
  else if (/\b(?:seen_\w+|filters)\b/.test(text)) counts.identityRows += rows;
  else counts.otherRows += rows;
}

/** Notes an alarm that was set. */
export function countAlarm(): void {
  if (counts !== null) counts.alarms++;
}

/** Notes a batch that an object had the ledger commit, and how long that took. */
export function countCommit(
  statements: readonly D1PreparedStatement[],
  results: readonly D1Result[],
  tookMs: number,
): void {
  if (counts === null) return;
  const rows = results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
  const isDrain = (statements as unknown as { statement: string }[]).some(({ statement }) =>
    statement.includes("INSERT INTO usage_segments"),
  );
  if (!isDrain) {
    counts.seriesRows += rows;
    return;
  }
  counts.drains++;
  counts.drainRows += rows;
  counts.drainMs.push(tookMs);
}

// biome-ignore lint/suspicious/noExplicitAny: methods of any class of the platform
type Method = (this: any, ...args: any[]) => any;

function around(value: object, name: string, make: (original: Method) => Method): void {
  const prototype = Object.getPrototypeOf(value) as Record<string, Method>;
  const original = prototype[name];
  if (!original) throw new Error(`the platform's class has no method ${name}`);
  prototype[name] = make(original);
}

type Meta = { rows_written?: number; rows_read?: number; size_after?: number };

function noteAnswer(answer: unknown): void {
  if (counts === null) return;
  counts.d1Trips++;
  for (const { meta } of [answer].flat() as { meta?: Meta }[]) {
    counts.d1Statements++;
    counts.d1Written += meta?.rows_written ?? 0;
    counts.d1Read += meta?.rows_read ?? 0;
    counts.d1Bytes = meta?.size_after ?? counts.d1Bytes;
  }
}

/** Begins to count, unless it has; answers what there is so far. */
export function countsOf(env: object): Counts {
  if (counts !== null) return counts;
  counts = structuredClone(NONE);
  const { DB, FILES, JOBS } = env as { DB: D1Database; FILES: R2Bucket; JOBS: Queue };
  const { dbSession } = DB.prepare("SELECT 1") as unknown as { dbSession: object };
  // Every way of asking goes through it, those that answer no metadata, too.
  around(dbSession, "_send", (original) => {
    return async function (...args) {
      const answer = await original.apply(this, args);
      noteAnswer(answer);
      return answer;
    };
  });
  around(FILES, "put", (original) => {
    return function (key, body, ...more) {
      if (counts !== null) {
        counts.puts++;
        counts.putBytes += body?.byteLength ?? body?.length ?? 0;
      }
      return original.call(this, key, body, ...more);
    };
  });
  around(FILES, "get", (original) => {
    return function (...args) {
      if (counts !== null) counts.gets++;
      return original.apply(this, args);
    };
  });
  const nameOf = (queue: unknown) =>
    Object.entries(env).find(([, binding]) => binding === queue)?.[0] ?? "OTHER";
  const noteMessages = (queue: unknown, n: number) => {
    if (counts === null) return;
    const name = nameOf(queue);
    counts.messages[name] = (counts.messages[name] ?? 0) + n;
  };
  around(JOBS, "send", (original) => {
    return function (...args) {
      noteMessages(this, 1);
      return original.apply(this, args);
    };
  });
  around(JOBS, "sendBatch", (original) => {
    return function (messages, ...more) {
      noteMessages(this, [...messages].length);
      return original.call(this, messages, ...more);
    };
  });
  return counts;
}
