/**
 * The chain of a tenant's audit log. A row gets its place in the batch of its write; its hash, for
 * which the database has no function, soon after: with the minute's sweep, and before every read of
 * the chain. Until then a row that is taken away leaves a gap.
 */
import { BEGINNING, endFault, type Fault, follow, type Place } from "../../core/chain.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { AuditLogRow } from "./audit.ts";
import {
  type AuditHead,
  endEarlier,
  hashAt,
  noteVerified,
  readHead,
  rowsBehind,
  type Seal,
  unnumberedRows,
  unsealedHeads,
  unsealedRows,
  writeSeals,
} from "./chain-store.ts";
import { entryHash, entryOf, linkOf } from "./sealed-entry.ts";

const ROWS_AT_ONCE = 500;
const LOGS_AT_ONCE = 100;
/** What one sweep does at most; the next one goes on. */
const STEPS_OF_A_SWEEP = 10;

/** Seals what waits of all logs, by steps: some minutes' work of a busy installation at most. */
export async function sealLogs(db: D1Database, nowMs: number): Promise<void> {
  for (let step = 0; step < STEPS_OF_A_SWEEP; step++) {
    const heads = await unsealedHeads(db, LOGS_AT_ONCE);
    if (heads.length === 0) return;
    await sealStep(db, heads, nowMs);
  }
}

/** Seals a tenant's log to its end; answers how far that is. */
export async function sealLog(
  db: D1Database,
  tenant: string,
  nowMs: number,
): Promise<AuditHead | null> {
  for (;;) {
    const head = await readHead(db, tenant);
    if (!head || head.sealedSeq >= head.seq) return head;
    await sealStep(db, [head], nowMs);
  }
}

async function sealStep(db: D1Database, heads: readonly AuditHead[], nowMs: number): Promise<void> {
  const numbered = heads.filter(({ sealedSeq, earlier }) => sealedSeq >= earlier);
  const rows = numbered.length > 0 ? await unsealedRows(db, numbered, ROWS_AT_ONCE) : [];
  const logs = numbered.map((head) => ({ head, rows: rowsOf(head.tenant, rows) }));
  const [earlier] = heads.filter(({ sealedSeq, earlier }) => sealedSeq < earlier);
  if (earlier) {
    const first = await unnumberedRows(db, earlier.tenant, ROWS_AT_ONCE);
    if (first.length === 0) await endEarlier(db, earlier).run();
    const placed = first.map((row, i) => ({ ...row, seq: earlier.sealedSeq + i + 1 }));
    logs.push({ head: earlier, rows: placed });
  }
  const seals: Seal[] = [];
  const places: (Place & { tenant: string })[] = [];
  for (const { head, rows: own } of logs) {
    if (own.length === 0) continue;
    const made = await sealsOf(head, own);
    const last = made.at(-1);
    seals.push(...made);
    if (last) places.push({ tenant: head.tenant, seq: last.seq, hash: last.hash });
  }
  if (seals.length > 0) await db.batch(writeSeals(db, seals, places, nowMs));
}

function rowsOf(tenant: string, rows: readonly AuditLogRow[]): AuditLogRow[] {
  return rows.filter((row) => row.tenant === tenant).sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
}

async function sealsOf({ sealedHash }: AuditHead, rows: readonly AuditLogRow[]): Promise<Seal[]> {
  const seals: Seal[] = [];
  let previous = sealedHash;
  for (const row of rows) {
    const entry = entryOf(row);
    previous = await entryHash(previous, entry, sha256Hex);
    seals.push({ id: row.id, seq: entry.seq, hash: previous });
  }
  return seals;
}

/** Faults that one answer names. */
const MOST_FAULTS = 20;
/** Entries that one call walks through. */
const WALK = 5_000;

/** How far a walk came, whether it is at the end, and what it found. */
export type Walked = { to: Place; head: Place; done: boolean; faults: Fault[] };

/** Walks through a tenant's log behind a place, where the last walk ended; says what is wrong. */
export async function verifyLog(
  db: D1Database,
  tenant: string,
  { after, nowMs }: { after: number; nowMs: number },
): Promise<Walked> {
  const sealed = await sealLog(db, tenant, nowMs);
  if (!sealed) return { to: BEGINNING, head: BEGINNING, done: true, faults: [] };
  const head = { seq: sealed.sealedSeq, hash: sealed.sealedHash };
  let place: Place = { seq: after, hash: (await hashAt(db, tenant, after)) ?? "" };
  const faults: Fault[] = [];
  let done = false;
  for (let walked = 0; walked < WALK && !done; ) {
    const range = { after: place.seq, until: head.seq, most: ROWS_AT_ONCE };
    const rows = await rowsBehind(db, tenant, range);
    for (const row of rows) {
      const next = await follow(place, await linkOf(entryOf(row), sha256Hex), sha256Hex);
      place = next.place;
      if (next.fault) faults.push(next.fault);
    }
    walked += rows.length;
    done = rows.length < ROWS_AT_ONCE;
    const last = done ? endFault(place, head) : null;
    if (last) faults.push(last);
  }
  // Only what was walked through from its beginning, without a fault, is said to be whole.
  const [first] = faults;
  const whole = first ? first.seq - 1 : place.seq;
  const isNext = after <= (sealed.verifiedSeq ?? 0);
  if (isNext && whole >= after) await noteVerified(db, tenant, whole, nowMs).run();
  return { to: place, head, done, faults: faults.slice(0, MOST_FAULTS) };
}
