/** A minute in which a row of work comes due for each of many tenants, until the last is done. */
import type { Product } from "./product.ts";
import { scaled } from "./rates.ts";

const ROWS = 100_000;
/** The kind of work: an invoice that needs no reminder, a few queries. */
const KIND = "invoice.remind";
const POLL_MS = 250;
const CHUNK = 10_000;

export type Swept = {
  rows: number;
  perSecond: number;
  /** What waited longest at any time, as the part of the rows that were done before it. */
  overtakenBy: number;
  /** How long one call of the sweep took at most. */
  sweepMs: number;
};

/** Makes rows due a millisecond apart, sweeps each minute, and waits for the last of them. */
export async function measureSweep(
  product: Product,
  scale: number,
  say: (text: string) => void,
): Promise<Swept> {
  const rows = scaled(ROWS, scale);
  const firstMs = Date.now() - rows;
  await makeRows(product.db, rows, firstMs);
  const beganMs = performance.now();
  let [overtakenBy, sweepMs, sweptMs, saidMs] = [0, 0, 0, beganMs];
  for (let left = rows; left > 0; ) {
    if (sweptMs === 0 || performance.now() - sweptMs > 60_000) {
      sweptMs = performance.now();
      await product.sweep();
      sweepMs = Math.max(sweepMs, performance.now() - sweptMs);
    }
    const waiting = await product.db
      .prepare(
        `SELECT (SELECT count(*) FROM due WHERE kind = ?1) AS left,
           (SELECT min(CAST(ref AS INTEGER)) FROM due WHERE kind = ?1 AND leased = 0) AS oldest`,
      )
      .bind(KIND)
      .first<{ left: number; oldest: number | null }>();
    left = waiting?.left ?? 0;
    const passed = rows - left - (waiting?.oldest ?? rows);
    overtakenBy = Math.max(overtakenBy, passed / rows);
    if (performance.now() - saidMs > 10_000) {
      saidMs = performance.now();
      say(`due rows: ${left.toLocaleString("en")} of ${rows.toLocaleString("en")} are left`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const seconds = (performance.now() - beganMs) / 1_000;
  return { rows, perSecond: rows / seconds, overtakenBy, sweepMs };
}

async function makeRows(db: D1Database, rows: number, firstMs: number): Promise<void> {
  // As ids are: what comes last is random.
  const tenant = `'ten_bench' || i || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + i % 32, 1)`;
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
export function sweptText({ rows, perSecond, overtakenBy, sweepMs }: Swept): string {
  const [per, part] = [Math.round(perSecond), (overtakenBy * 100).toFixed(1)];
  return (
    `${rows.toLocaleString("en")} due rows of as many tenants: ${per} a second; who waited ` +
    `longest was overtaken by ${part} % of them; the sweep itself took ${Math.round(sweepMs)} ms`
  );
}
