/**
 * A tenant's move to another ledger, while it records. Its row in the control database says what
 * comes next; every step may run again after whatever crashed, and two who go on with one move do
 * not harm each other: copy all, catch up with what was drained meanwhile, fence the old ledger, so
 * that no drain fits it, copy the rest, compare both as wholes, switch, and forget after 30 days,
 * which is as far as a restore reaches back.
 */
import { and, eq, isNull } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import type { Tenant } from "../../accounts/store/tenant-store.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import { commit, orm, statement } from "../../platform/db/db.ts";
import { jurisdictionOf, keptIn, ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import { ledgerMoves } from "../../platform/db/table.ts";
import { schedule } from "../../platform/queue/due.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logError, logWarning } from "../../platform/runtime/log.ts";
import { meterOf } from "../meter/meter.ts";
import {
  copyPage,
  forgetSome,
  marksAt,
  type Place,
  type Route,
  type Since,
  sumsAt,
} from "./copy.ts";

/** Due kinds: `ref` is the move. The first is the net below whoever goes on with it. */
export const LEDGER_MOVE = "ledger.move";
export const LEDGER_FORGET = "ledger.forget";

/** What a move does, in this order. */
export const STEPS = [
  "clear",
  "copy",
  "catch_up",
  "fence",
  "finish",
  "verify",
  "switch",
  "moved",
] as const;
export type MoveStep = (typeof STEPS)[number];

/** What one call does at most: pages of seven queries each, and time while nothing is fenced. */
const MOST_PAGES = 60;
const CALL_MS = 2 * SECOND_MS;
/** A call that crashed holds the move so long. */
const LEASE_MS = 5 * SECOND_MS;
/** Events that may be left to copy behind the fence, and passes to come so near. */
const FEW_EVENTS = 5_000;
const MOST_PASSES = 20;
const FORGET_MS = 30 * DAY_MS;
const MOST_BATCHES = 50;

type State = {
  /** Until when somebody is at work on it. */
  leaseMs: number;
  /** What the pass copies, where it is, and where the old ledger was when it began. */
  since: Since;
  place: Place;
  seen: { upTo: number; seriesUpTo: number };
  passes: number;
  rows: number;
};
/** Of a move that has done nothing yet. */
export const BEGIN: State = {
  leaseMs: 0,
  since: null,
  place: { table: 0, after: null },
  seen: { upTo: 0, seriesUpTo: 0 },
  passes: 0,
  rows: 0,
};

type Row = typeof ledgerMoves.$inferSelect;
export type Move = Omit<Row, "step" | "state"> & { step: MoveStep; state: State };

function moveOf(row: Row): Move {
  return { ...row, step: row.step as MoveStep, state: JSON.parse(row.state) as State };
}

async function readMove(db: D1Database, id: string): Promise<Move | null> {
  const [row] = await orm(db).select().from(ledgerMoves).where(eq(ledgerMoves.id, id));
  return row ? moveOf(row) : null;
}

/** The tenant's move that is under way, or null. */
async function openMove(db: D1Database, tenant: string): Promise<Move | null> {
  const isOpen = and(eq(ledgerMoves.tenant, tenant), isNull(ledgerMoves.switchedMs));
  const [row] = await orm(db).select().from(ledgerMoves).where(isOpen);
  return row ? moveOf(row) : null;
}

/** How a tenant's move stands. */
export type Moved = { tenant: string; ledger: number; step: MoveStep; rows: number };

/**
 * Moves a tenant, or goes on with its move, for some seconds: called again until the step is
 * `moved`. Errors: 422 for a ledger that is not bound, or is kept elsewhere; 409 while the tenant
 * moves to another one.
 */
export async function moveTenant(
  env: Env,
  actor: Actor,
  tenant: Tenant,
  ledger: number,
): Promise<Moved> {
  const bound = ledgersOf(env);
  if (!bound.includes(ledger)) {
    throw invalidField("/ledger", `is one of the ledgers that are bound: ${bound.join(", ")}`);
  }
  const [from, to] = [keptIn(env, tenant), jurisdictionOf(env, ledger)];
  if (from !== to) {
    const where = `ledger ${ledger} is kept ${to === null ? "anywhere" : `in ${to}`}`;
    throw invalidField("/ledger", `is in the tenant's own jurisdiction: ${where}`);
  }
  const open = await openMove(env.DB, tenant.id);
  if (open && open.toLedger !== ledger) {
    const detail = `it is being moved to ledger ${open.toLedger}: let that end first`;
    throw new Problem("resource.conflict", detail);
  }
  if (!open && tenant.ledger === ledger) {
    return { tenant: tenant.id, ledger, step: "moved", rows: 0 };
  }
  const id = open?.id ?? (await beginMove(env, actor, tenant, ledger));
  const move = await goOn(env, id);
  return { tenant: tenant.id, ledger, step: move.step, rows: move.state.rows };
}

async function beginMove(env: Env, actor: Actor, tenant: Tenant, to: number): Promise<string> {
  const id = makeId("mov", actor.realMs);
  const detail = { from: tenant.ledger, to };
  const entry = { action: "ledger.move", target: tenant.id, detail };
  const insert = orm(env.DB)
    .insert(ledgerMoves)
    .values({
      id,
      tenant: tenant.id,
      fromLedger: tenant.ledger,
      toLedger: to,
      epoch: tenant.ledgerEpoch + 1,
      step: "clear",
      state: JSON.stringify(BEGIN),
      startedMs: actor.realMs,
      changedMs: actor.realMs,
    });
  await commit(env.DB, [
    statement(env.DB, insert),
    auditRow(env.DB, actor, entry, actor.realMs),
    net(env.DB, { id, tenant: tenant.id }),
  ]);
  return id;
}

function net(db: D1Database, { id, tenant }: Pick<Row, "id" | "tenant">): D1PreparedStatement {
  const atMs = Date.now() + MINUTE_MS;
  return schedule(db, { tenant, atMs, clock: "real", kind: LEDGER_MOVE, ref: id });
}

/** Goes on with a move that nobody else is at; comes again until it has switched. Due work. */
export async function goOnWithMove(env: Env, id: string): Promise<void> {
  const move = await readMove(env.DB, id);
  if (!move || move.switchedMs !== null) return;
  await net(env.DB, move).run();
  await goOn(env, id);
}

/** What one call does of a move; as it is where somebody else is at work on it. */
async function goOn(env: Env, id: string): Promise<Move> {
  let move = await insistMove(env.DB, id);
  const untilMs = Date.now() + CALL_MS;
  if (move.step === "moved" || move.state.leaseMs > Date.now()) return move;
  move = await save(env, move, move.step, leased(move.state));
  for (let pages = 0; move.step !== "moved" && pages < MOST_PAGES; pages++) {
    const { step, state } = await takeStep(env, move);
    // Behind the fence the tenant's drains wait: nothing else comes first.
    const isFenced = step === "finish" || step === "verify" || step === "switch";
    if (step === "moved") return { ...move, step, state };
    const isNew = step !== move.step || Date.now() > move.state.leaseMs - LEASE_MS / 2;
    if (Date.now() > untilMs && !isFenced) return save(env, move, step, { ...state, leaseMs: 0 });
    move = isNew ? await save(env, move, step, leased(state)) : { ...move, step, state };
  }
  return save(env, move, move.step, { ...move.state, leaseMs: 0 });
}

async function insistMove(db: D1Database, id: string): Promise<Move> {
  const move = await readMove(db, id);
  if (move) return move;
  throw new Error(`there is no move ${id}`);
}

function leased(state: State): State {
  return { ...state, leaseMs: Date.now() + LEASE_MS };
}

/** Writes how far a move is, unless somebody else did: then that stands. */
async function save(env: Env, move: Move, step: MoveStep, state: State): Promise<Move> {
  const [now] = await env.DB.batch<Row>([
    env.DB.prepare(SAVE).bind(move.id, step, JSON.stringify(state), Date.now(), move.changedMs),
  ]);
  const row = now?.results[0];
  if (!row) throw new Problem("service.busy", "somebody else goes on with this move");
  return { ...move, step, state, changedMs: Number(row.changedMs) };
}

// `changed_ms` counts up with every change, so that no two writers take the same one.
const SAVE = `
  UPDATE ledger_moves SET step = ?2, state = ?3, changed_ms = max(?4, changed_ms + 1)
  WHERE id = ?1 AND changed_ms = ?5 AND switched_ms IS NULL
  RETURNING changed_ms AS changedMs`;

type Next = { step: MoveStep; state: State };

async function takeStep(env: Env, move: Move): Promise<Next> {
  const { step, state, tenant, epoch } = move;
  const route = {
    tenant,
    from: ledgerDb(env, move.fromLedger),
    to: ledgerDb(env, move.toLedger),
  };
  const target = await marksAt(route.to, tenant);
  // Drains go there already: a control database that was set back does not know that it ended.
  if (target.isThere && target.fenced === 0 && step !== "moved") {
    return { step: "moved", state: await switched(env, move) };
  }
  if (step === "clear") return clear(route, epoch, state);
  if (step === "fence") return fence(route, epoch, state);
  if (step === "verify") return verify(route, epoch, state);
  if (step === "switch") {
    await open(route, epoch);
    return { step: "moved", state: await switched(env, move) };
  }
  return copy(route, step, state);
}

/** Takes away what an earlier stay, or an earlier try, left in the new ledger. */
async function clear(route: Route, epoch: number, state: State): Promise<Next> {
  const { tenant, from, to } = route;
  // Before anything is read: from here on its segments stay as they are.
  await from.batch([from.prepare(MOVING).bind(tenant, epoch)]);
  await to.batch([to.prepare(CLOSE).bind(tenant, epoch)]);
  if ((await forgetSome(to, tenant, { fenced: epoch, upTo: CLEARED })) > 0) {
    return { step: "clear", state };
  }
  await to.batch([to.prepare(MARK).bind(tenant, COPIED, epoch)]);
  const { upTo, seriesUpTo } = await marksAt(from, tenant);
  const begun = { ...BEGIN, leaseMs: state.leaseMs, seen: { upTo, seriesUpTo } };
  return { step: "copy", state: begun };
}

/** What the new ledger's watermark is while it is cleared, and after that, until the switch. */
const CLEARED = -1;
const COPIED = -2;
/** Nobody may take the new ledger for the tenant's before the switch. */
const CLOSE = `
  INSERT INTO usage_watermarks (tenant, up_to, series_up_to, fenced) VALUES (?1, ${CLEARED}, 0, ?2)
  ON CONFLICT (tenant) DO UPDATE SET up_to = ${CLEARED}, series_up_to = 0, fenced = excluded.fenced
    WHERE fenced <> 0 AND fenced <> excluded.fenced`;
/** What merges of segments ask for; it goes with the fence's end, should the tenant come back. */
const MOVING = `
  INSERT INTO usage_watermarks (tenant, up_to, series_up_to, moving) VALUES (?1, 0, 0, ?2)
  ON CONFLICT (tenant) DO UPDATE SET moving = excluded.moving`;
const MARK = "UPDATE usage_watermarks SET up_to = ?2 WHERE tenant = ?1 AND fenced = ?3";

/** A page of a pass; behind its last one, the next pass, or what follows the passes. */
async function copy(route: Route, step: MoveStep, state: State): Promise<Next> {
  const { rows, next } = await copyPage(route, state.since, state.place);
  const copied = { ...state, rows: state.rows + rows };
  if (next !== null) return { step, state: { ...copied, place: next } };
  if (step === "finish") return { step: "verify", state: copied };
  const { upTo, seriesUpTo } = await marksAt(route.from, route.tenant);
  const isNear = upTo - state.seen.upTo <= FEW_EVENTS || state.passes >= MOST_PASSES;
  const pass = {
    ...copied,
    since: state.seen,
    seen: { upTo, seriesUpTo },
    place: BEGIN.place,
    passes: state.passes + 1,
  };
  return { step: isNear ? "fence" : "catch_up", state: pass };
}

/** From here on no drain fits the old ledger: what it has is all that there is to copy. */
async function fence(route: Route, epoch: number, state: State): Promise<Next> {
  const { tenant, from } = route;
  await from.batch([from.prepare(FENCE).bind(tenant, epoch)]);
  const { upTo, seriesUpTo } = await marksAt(from, tenant);
  return { step: "finish", state: { ...state, seen: { upTo, seriesUpTo } } };
}

const FENCE = `
  INSERT INTO usage_watermarks (tenant, up_to, series_up_to, fenced) VALUES (?1, 0, 0, ?2)
  ON CONFLICT (tenant) DO UPDATE SET fenced = excluded.fenced WHERE fenced = 0`;
const UNFENCE = "UPDATE usage_watermarks SET fenced = 0 WHERE tenant = ?1";

/** Compares both ledgers; where they differ, the old one is opened again, and all begins anew. */
async function verify(route: Route, epoch: number, state: State): Promise<Next> {
  const { tenant, from, to } = route;
  const [had, has] = await Promise.all([sumsAt(from, tenant), sumsAt(to, tenant)]);
  const differs = [...had].filter(([table, sums]) => has.get(table) !== sums);
  if (differs.length === 0) return { step: "switch", state };
  const tables = differs.map(([table]) => table);
  logError({ at: "ledger.move", tenant, error: "copies differ", tables });
  await from.batch([from.prepare(UNFENCE).bind(tenant)]);
  await to.batch([to.prepare(MARK).bind(tenant, CLEARED, epoch)]);
  return { step: "clear", state: { ...BEGIN, leaseMs: state.leaseMs } };
}

/** The new ledger is as far as the old one, and takes drains. */
async function open({ tenant, from, to }: Route, epoch: number): Promise<void> {
  const { upTo, seriesUpTo } = await marksAt(from, tenant);
  await to.batch([to.prepare(OPEN).bind(tenant, upTo, seriesUpTo, epoch)]);
}

const OPEN = `
  UPDATE usage_watermarks
  SET up_to = ?2, series_up_to = ?3, fenced = 0, moving = 0, merged_to = 0
  WHERE tenant = ?1 AND fenced = ?4`;

/** The tenant's row names the new ledger, and its meter hears of it; else it asks by itself. */
async function switched(env: Env, { id, tenant, toLedger, epoch, state }: Move): Promise<State> {
  const nowMs = Date.now();
  const done = { ...state, leaseMs: 0 };
  const atMs = nowMs + FORGET_MS;
  await env.DB.batch([
    env.DB.prepare(SWITCH).bind(tenant, toLedger, epoch),
    env.DB.prepare(END).bind(id, nowMs, JSON.stringify(done)),
    schedule(env.DB, { tenant, atMs, clock: "real", kind: LEDGER_FORGET, ref: id }),
  ]);
  await meterOf(env, tenant)
    .moved(tenant)
    .catch((error: unknown) => {
      logWarning({ at: "ledger.move", tenant, error });
    });
  return done;
}

const SWITCH = `
  UPDATE tenants SET ledger = ?2, ledger_epoch = ?3 WHERE id = ?1 AND ledger_epoch < ?3`;
const END = `
  UPDATE ledger_moves SET step = 'moved', state = ?3, switched_ms = ?2, changed_ms = changed_ms + 1
  WHERE id = ?1 AND switched_ms IS NULL`;

/** Forgets what a tenant left in its old ledger, but for the fence. Due work. */
export async function forgetMoved(env: Env, id: string): Promise<void> {
  const move = await insistMove(env.DB, id);
  const { tenant, fromLedger, epoch } = move;
  await meterOf(env, tenant).moved(tenant);
  const db = ledgerDb(env, fromLedger);
  // It may have come back since, or be on its way: the fence is another one then.
  const { upTo } = await marksAt(db, tenant);
  for (let batches = 1; (await forgetSome(db, tenant, { fenced: epoch, upTo })) > 0; batches++) {
    if (batches < MOST_BATCHES) continue;
    const row = { tenant, atMs: Date.now(), clock: "real", kind: LEDGER_FORGET, ref: id } as const;
    return void (await schedule(env.DB, row).run());
  }
  const query = orm(env.DB)
    .update(ledgerMoves)
    .set({ forgottenMs: Date.now() })
    .where(eq(ledgerMoves.id, id));
  await statement(env.DB, query).run();
}
