/** What the operator does about work that is stuck: has it tried again at once. */
import type { Actor } from "../accounts/actor/actor.ts";
import { auditRow } from "../accounts/audit/audit.ts";
import { accountsNamed } from "../accounts/guard/acting.ts";
import { notFound, Problem } from "../core/errors.ts";
import { meterOf } from "../metering/meter/meter.ts";
import { commit } from "../platform/db/db.ts";
import { type Due, hasten, readDue } from "../platform/queue/due.ts";
import type { Env } from "../platform/runtime/env.ts";
import { watchOf } from "../platform/watch/watch.ts";

/**
 * Has due work run now, in place of its next attempt's time. Errors: 404; 409 `resource.conflict`
 * for work on a test clock, which runs when that is moved.
 */
export async function runWorkAgain(env: Env, actor: Actor, id: string): Promise<Due> {
  const row = await readDue(env.DB, id);
  if (!row) throw notFound("work");
  if (row.clock === "test") {
    throw new Problem("resource.conflict", "it runs when its tenant's test clock is moved");
  }
  const { tenant, kind, ref, attempts } = row;
  const entry = { action: "work.run_again", target: id, detail: { tenant, kind, ref, attempts } };
  await commit(env.DB, [
    hasten(env.DB, id, actor.realMs),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  await env.JOBS.send({ kind: "due", id });
  return { ...row, atMs: actor.realMs };
}

/** What came of a drain: how far the ledger is, or why it does not get on. */
export type DrainedNow = { upToSeq: number | null; reason: string | null };

/** Has a tenant's meter put its journal into the ledger now. Errors: 404. */
export async function drainMeterNow(env: Env, actor: Actor, name: string): Promise<DrainedNow> {
  const { realMs } = actor;
  const account = (await accountsNamed(env.DB, [name], realMs)).get(name);
  if (!account) throw notFound("tenant");
  const { tenantId } = account;
  const drained = await meterOf(env, tenantId)
    .drain(tenantId)
    .then(
      ({ upToSeq }): DrainedNow => ({ upToSeq, reason: null }),
      (error: unknown): DrainedNow => ({ upToSeq: null, reason: reasonOf(error) }),
    );
  if (drained.reason === null) {
    await watchOf(env)
      ?.noteCaughtUp(tenantId)
      .catch(() => undefined);
  }
  const entry = { action: "meter.drained", target: tenantId, detail: drained };
  await commit(env.DB, [auditRow(env.DB, actor, entry, realMs)]);
  return drained;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
