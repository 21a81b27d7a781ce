/**
 * Usage from before the window that recording takes: staged under a name, where it counts for
 * nothing; then committed to the meter, or taken back. Both go on where they stopped.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { parseTime } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { tuplesOf } from "../event/body.ts";
import { DEFAULT_SOURCE, type LineTuple } from "../event/line.ts";
import { findEvent, insistCountable, takeBack } from "../read/event.ts";
import { checkItems, type Recorder, recordChecked } from "../record/record.ts";
import {
  type Fate,
  type Import,
  type ImportStatus,
  insertImport,
  insertStaged,
  insistCapacity,
  insistStatus,
  markRecorded,
  markVoided,
  readImport,
  readRecorded,
  readStaged,
  setImportStatus,
} from "./import-store.ts";
import { IMPORT_STATUSES } from "./table.ts";

export const MAX_IMPORT_EVENTS = 50_000;
/** Events that one read of the staged takes, and that one call commits or takes back. */
const CHUNK = 2_000;
const COMMIT_CHUNKS = 5;
const REVERT_EVENTS = 200;

/** Begins an import under a name. Errors: 409 for a name that is taken. */
export async function createImport(env: Env, actor: Actor, name: string): Promise<Import> {
  const { tenantId: tenant, nowMs } = actor;
  const id = makeId("imp", actor.realMs);
  try {
    await commit(env.DB, [
      insertImport(env.DB, { id, tenant, name, createdMs: nowMs }),
      insistRoom(env.DB, actor, "open_imports"),
      insistRoom(env.DB, actor, "stored_bytes"),
      auditRow(env.DB, actor, { action: "usage.import_created", target: id }, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "usage_imports")) throw error;
    throw new Problem("resource.conflict", `an import is called ${name} already`);
  }
  return importOf(env, actor, id);
}

/** One import of the caller's tenant. Errors: 404. */
export async function importOf(
  env: Env,
  { tenantId }: Pick<Actor, "tenantId">,
  id: string,
): Promise<Import> {
  const found = await readImport(env.DB, tenantId, id);
  if (!found) throw notFound("import");
  return found;
}

export type ImportItem = { id: string; timestamp: string };

/**
 * Adds events to an open import; the first one of an id stays. Errors: 404, 409 where it is no
 * longer open, 413 for too many, 422 for a time that is not past.
 */
export async function stageEvents(
  env: Env,
  actor: Actor,
  importId: string,
  items: readonly ImportItem[],
): Promise<Import> {
  const { id, name } = await importOf(env, actor, importId);
  const late = items.findIndex(({ timestamp }) => (parseTime(timestamp) ?? 0) > actor.nowMs);
  if (late >= 0) throw invalidField(`/events/${late}/timestamp`, "is not past yet");
  // A source of its own: no other event's identity is met, whenever the import is committed.
  const rows = items.map((item) => ({
    id: item.id,
    item: JSON.stringify({ ...item, source: `import:${name}` }),
  }));
  await commit(env.DB, [
    insistStatus(env.DB, id, ["open"]),
    insertStaged(env.DB, id, rows),
    insistCapacity(env.DB, id, MAX_IMPORT_EVENTS),
    insistRoom(env.DB, actor, "stored_bytes"),
  ]);
  return importOf(env, actor, id);
}

/** The tenant itself records what is imported, from any time on. */
function recorderOf({ tenantId, nowMs, role, metricNames }: Actor): Recorder {
  const oldestMs = Number.MIN_SAFE_INTEGER;
  return { tenantId, nowMs, role, metricNames, userId: null, oldestMs };
}

/** The staged events as the lines that the ledger would hold. */
export async function stagedLines(env: Env, actor: Actor, importId: string): Promise<LineTuple[]> {
  const tuples: LineTuple[] = [];
  for (let after = ""; ; ) {
    const rows = await readStaged(env.DB, importId, { after, limit: CHUNK });
    const { batch } = await checkItems(recorderOf(actor), rows.map(rawOf), () => null);
    tuples.push(...tuplesOf(batch.body));
    after = rows.at(-1)?.id ?? after;
    if (rows.length < CHUNK) return tuples;
  }
}

function rawOf({ item }: { item: string }) {
  return { value: JSON.parse(item) as unknown };
}

export type Progress = { imported: Import; done: boolean };

/**
 * Records the staged events, some thousands a call; `finished` goes into the batch that ends it.
 * Errors: 404, 409 where it was taken back.
 */
export async function commitImport(
  env: Env,
  actor: Actor,
  importId: string,
  finished: D1PreparedStatement[],
): Promise<Progress> {
  const found = await importOf(env, actor, importId);
  const { id, status } = found;
  if (status === "committed") return { imported: found, done: true };
  await begin(env, actor, id, ["open", "committing"], "committing");
  for (let chunk = 0; chunk < COMMIT_CHUNKS; chunk++) {
    const rows = await readStaged(env.DB, id, { after: "", limit: CHUNK });
    if (rows.length > 0) await recordStaged(env, actor, id, rows);
    if (rows.length < CHUNK) return end(env, actor, id, "committing", "committed", finished);
  }
  return { imported: await importOf(env, actor, id), done: false };
}

async function recordStaged(
  env: Env,
  actor: Actor,
  importId: string,
  rows: readonly { id: string; item: string }[],
): Promise<void> {
  const recorder = recorderOf(actor);
  const checked = await checkItems(recorder, rows.map(rawOf), () => null);
  const outcomes = await recordChecked(env, recorder, checked);
  const fates = rows.map(({ id }, i): Fate => {
    const outcome = outcomes[i];
    if (outcome && outcome.outcome !== "refused") return { id, seq: outcome.seq, refused: null };
    return { id, seq: null, refused: outcome?.code ?? "internal" };
  });
  await env.DB.batch(markRecorded(env.DB, importId, fates));
}

/**
 * Takes an import back: what counts is voided, some hundreds of events a call, and the rest never
 * will. A commit that ran meanwhile may leave some that count: ask again. Errors: 404.
 */
export async function revertImport(
  env: Env,
  actor: Actor,
  importId: string,
  finished: D1PreparedStatement[],
): Promise<Progress> {
  const found = await importOf(env, actor, importId);
  const { id, status, recorded } = found;
  if (status === "reverted" && recorded === 0) return { imported: found, done: true };
  await begin(env, actor, id, IMPORT_STATUSES, "reverting");
  const rows = await readRecorded(env.DB, id, REVERT_EVENTS);
  for (const row of rows) {
    const line = await findEvent(env, actor.tenantId, DEFAULT_SOURCE, `seq_${row.seq}`);
    await insistCountable(env, actor.tenantId, line);
    await takeBack(env, actor, line);
    await markVoided(env.DB, id, row.id).run();
  }
  if (rows.length < REVERT_EVENTS) {
    return end(env, actor, id, "reverting", "reverted", finished);
  }
  return { imported: await importOf(env, actor, id), done: false };
}

async function begin(
  env: Env,
  actor: Actor,
  id: string,
  from: readonly ImportStatus[],
  to: ImportStatus,
): Promise<void> {
  await commit(env.DB, [
    insistStatus(env.DB, id, from),
    setImportStatus(env.DB, id, to, actor.realMs),
    auditRow(env.DB, actor, { action: `usage.import_${to}`, target: id }, actor.realMs),
  ]);
}

async function end(
  env: Env,
  actor: Actor,
  id: string,
  from: ImportStatus,
  to: ImportStatus,
  finished: D1PreparedStatement[],
): Promise<Progress> {
  await commit(env.DB, [
    insistStatus(env.DB, id, [from]),
    setImportStatus(env.DB, id, to, actor.realMs),
    ...finished,
  ]);
  return { imported: await importOf(env, actor, id), done: true };
}
