/** A minute in which a row of work comes due for each of many tenants, until the last is done. */
import { requestBytes, runLoad } from "./load.ts";
import { METRIC, type Product } from "./product.ts";
import { oneByOne, scaled } from "./rates.ts";
import { usedBy } from "./used.ts";

const ROWS = 100_000;
/** The kind of work: an invoice that needs no reminder, a few queries. */
const KIND = "invoice.remind";
/** How the ids of their tenants begin: others' invoices have rows of that kind, too. */
const TENANT = "ten_bench";
/** Looking at all that are left takes a fiftieth of the time at most. */
const POLL_MS = 500;
const CHUNK = 10_000;
/** Requests that write a row each, one after the other, before the minute and after it. */
const INSERTS = 2_000;

export type Swept = {
  rows: number;
  perSecond: number;
  /** Rows done before one that was due before them, at most at any time, as a part of all. */
  overtakenBy: number;
  /** How long one call of the sweep took at most. */
  sweepMs: number;
};

/** The same with what a row costs, and beside a request that writes a row. */
export type Worked = Swept & {
  cpuUs: number;
  trips: number;
  statements: number;
  messages: number;
  insert: { cpuUs: number; perSecond: number };
};

/** Measures the minute between two runs of requests that write a row each. */
export async function measureWorked(
  product: Product,
  scale: number,
  say: (text: string) => void,
): Promise<Worked> {
  const before = await measureInserts(product, scale);
  const rows = await makeDue(product, scale);
  let swept: Swept | undefined;
  const { cpu, counted } = await usedBy(product, async () => {
    swept = await measureSweep(product, rows, say);
  });
  if (!swept) throw new Error("the minute was not measured");
  const after = await measureInserts(product, scale);
  const messages = Object.values(counted.messages).reduce((total, each) => total + each, 0);
  return {
    ...swept,
    cpuUs: (cpu * 1_000) / rows,
    trips: counted.d1Trips / rows,
    statements: counted.d1Statements / rows,
    messages: messages / rows,
    insert: {
      cpuUs: Math.min(before.cpuUs, after.cpuUs),
      perSecond: Math.max(before.perSecond, after.perSecond),
    },
  };
}

async function measureInserts(product: Product, scale: number): Promise<Worked["insert"]> {
  const request = requestBytes(new URL(`${product.baseline}/insert`), {
    method: "POST",
    body: JSON.stringify({ metric: METRIC, quantity: 1, user: "user-1" }),
  });
  const requests = Array.from({ length: scaled(INSERTS, Math.max(scale, 0.1)) }, () => request);
  let seconds = 0;
  const { cpu } = await usedBy(product, async () => {
    const load = { url: product.baseline, connections: 1, ...oneByOne(requests) };
    seconds = await runLoad(load);
  });
  return { cpuUs: (cpu * 1_000) / requests.length, perSecond: requests.length / seconds };
}

/** Makes rows that came due a millisecond apart, each of a tenant; how many. */
export async function makeDue(product: Product, scale: number): Promise<number> {
  const rows = scaled(ROWS, scale);
  await makeRows(product.db, rows, Date.now() - rows);
  return rows;
}

/** Sweeps each minute, and waits for the last of the rows that were made. */
export async function measureSweep(
  product: Product,
  rows: number,
  say: (text: string) => void,
): Promise<Swept> {
  const beganMs = performance.now();
  let [overtakenBy, sweepMs, sweptMs, saidMs] = [0, 0, 0, beganMs];
  for (let left = rows; left > 0; ) {
    if (sweptMs === 0 || performance.now() - sweptMs > 60_000) {
      sweptMs = performance.now();
      await product.sweep();
      sweepMs = Math.max(sweepMs, performance.now() - sweptMs);
    }
    const askedMs = performance.now();
    const waiting = await product.db
      .prepare(
        `SELECT count(*) AS left, min(CAST(ref AS INTEGER)) AS oldest FROM due
         WHERE id > ?1 || ':' AND id < ?1 || ';' AND tenant > ?2 AND tenant < ?2 || 'z'`,
      )
      .bind(KIND, TENANT)
      .first<{ left: number; oldest: number | null }>();
    const tookMs = performance.now() - askedMs;
    left = waiting?.left ?? 0;
    // Were they done in the order of time, all that are done would be before the oldest.
    const passed = rows - left - ((waiting?.oldest ?? rows + 1) - 1);
    overtakenBy = Math.max(overtakenBy, passed / rows);
    if (performance.now() - saidMs > 10_000) {
      saidMs = performance.now();
      const parts = [left, rows, passed].map((n) => n.toLocaleString("en"));
      say(
        `due rows: ${parts[0]} of ${parts[1]} are left, of which the oldest waits for ${parts[2]}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS + 50 * tookMs));
  }
  const seconds = (performance.now() - beganMs) / 1_000;
  return { rows, perSecond: rows / seconds, overtakenBy, sweepMs };
}

async function makeRows(db: D1Database, rows: number, firstMs: number): Promise<void> {
  // As ids are: what comes last is random.
  const tenant = `'${TENANT}' || i || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + i % 32, 1)`;
  const numbers = "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)";
  for (let from = 1; from <= rows; from += CHUNK) {
    const to = Math.min(rows, from + CHUNK - 1);
    await db.batch([
      db
        .prepare(
          `INSERT INTO tenants (id, name, mode, created_ms)
           ${numbers} SELECT ${tenant}, 'Bench', 'live', 0 FROM n`,
        )
        .bind(from, to),
      db
        .prepare(
          `INSERT INTO due (id, tenant, at_ms, clock, kind, ref, lane)
           ${numbers} SELECT ?3 || ':' || i, ${tenant}, ?4 + i, 'real', ?3, i,
             ${tenant} || ' ' || ?3 FROM n`,
        )
        .bind(from, to, KIND, firstMs),
    ]);
  }
}

/** The measurement in words. */
export function workedText(worked: Worked): string {
  const { rows, perSecond, overtakenBy, sweepMs, cpuUs, insert } = worked;
  const [trips, statements, messages] = [worked.trips, worked.statements, worked.messages].map(
    (each) => each.toFixed(1),
  );
  return (
    `${rows.toLocaleString("en")} due rows of as many tenants: ${perSecond.toFixed(0)} a second, ` +
    `each ${cpuUs.toFixed(0)} µs of CPU, ${trips} trips to D1 with ${statements} statements, ` +
    `${messages} messages; who waited longest was overtaken by ` +
    `${(overtakenBy * 100).toFixed(2)} % of them; the sweep took ${sweepMs.toFixed(0)} ms; ` +
    `a request that writes a row: ${insert.perSecond.toFixed(0)} a second, ` +
    `${insert.cpuUs.toFixed(0)} µs`
  );
}
