/**
 * The schedule's table: work that has a time. Kinds and their verbs are joined in `schedule.ts`;
 * here are only rows. Owns the table `due`.
 */

/** Whose clock the time is on: `test` is a test tenant's own, moved by hand. */
export type DueClock = "real" | "test";
export type Due = {
  id: string;
  tenant: string;
  atMs: number;
  clock: DueClock;
  kind: string;
  ref: string;
  attempts: number;
};

const COLUMNS = "id, tenant, at_ms AS atMs, clock, kind, ref, attempts";

type NewDue = { tenant: string; atMs: number; clock: DueClock; kind: string; ref: string };

/** One row per kind and ref: scheduling it again moves its time. */
export function schedule(db: D1Database, row: NewDue): D1PreparedStatement {
  return insertDue(db, row, "UPDATE SET at_ms = excluded.at_ms, clock = excluded.clock");
}

/** As `schedule`, but a row that waits already keeps its time. */
export function scheduleOnce(db: D1Database, row: NewDue): D1PreparedStatement {
  return insertDue(db, row, "NOTHING");
}

function insertDue(db: D1Database, row: NewDue, onConflict: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO due (id, tenant, at_ms, clock, kind, ref) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO ${onConflict}`,
    )
    .bind(`${row.kind}:${row.ref}`, row.tenant, row.atMs, row.clock, row.kind, row.ref);
}

/** Takes the row away: its work is done, or is no longer wanted. */
export function unschedule(db: D1Database, kind: string, ref: string): D1PreparedStatement {
  return db.prepare("DELETE FROM due WHERE id = ?").bind(`${kind}:${ref}`);
}

/** What is due on real time by `nowMs`, earliest first. */
export async function dueOnRealTime(db: D1Database, nowMs: number, limit: number): Promise<Due[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM due WHERE clock = 'real' AND at_ms <= ? ORDER BY at_ms, id LIMIT ?`,
    )
    .bind(nowMs, limit)
    .all<Due>();
  return results;
}

/** The earliest row on a test tenant's clock that is due by `untilMs`, or null. */
export async function nextOnTestClock(
  db: D1Database,
  tenant: string,
  untilMs: number,
): Promise<Due | null> {
  return db
    .prepare(
      `SELECT ${COLUMNS} FROM due WHERE tenant = ? AND clock = 'test' AND at_ms <= ?
       ORDER BY at_ms, id LIMIT 1`,
    )
    .bind(tenant, untilMs)
    .first<Due>();
}

export async function readDue(db: D1Database, id: string): Promise<Due | null> {
  return db.prepare(`SELECT ${COLUMNS} FROM due WHERE id = ?`).bind(id).first<Due>();
}

/** Tries again later: for work that failed and whose row must stay. */
export function postpone(db: D1Database, id: string, atMs: number): D1PreparedStatement {
  return db
    .prepare("UPDATE due SET at_ms = ?, attempts = attempts + 1 WHERE id = ?")
    .bind(atMs, id);
}

/** Keeps the sweep from handing out rows again while they are being run. */
export function lease(
  db: D1Database,
  ids: readonly string[],
  untilMs: number,
): D1PreparedStatement {
  return db
    .prepare("UPDATE due SET at_ms = ?1 WHERE id IN (SELECT value FROM json_each(?2))")
    .bind(untilMs, JSON.stringify(ids));
}

/** Takes a row away that was run, unless it was scheduled anew meanwhile. */
export function finish(db: D1Database, due: Due): D1PreparedStatement {
  return db
    .prepare("DELETE FROM due WHERE id = ? AND at_ms = ? AND attempts = ?")
    .bind(due.id, due.atMs, due.attempts);
}
