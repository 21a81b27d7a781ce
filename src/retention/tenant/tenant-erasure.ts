/**
 * Erasing a tenant as a whole. It is asked for by its owner or by the operator, waits for some days
 * in which it can be taken back, and then goes step by step; what the law has kept goes on its day.
 * R2 has a list of those that have begun, by which a database that is set back is caught up.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { OPERATOR_TENANT, type Tenant } from "../../accounts/store/tenant-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";
import { erasedIn } from "../../metering/move/erase-usage.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import { isMoving } from "../../platform/db/ledgers.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { pageLimit } from "../../platform/http/http.ts";
import {
  directionOf,
  orderIn,
  placeIn as placeOfCursor,
  type SortedPage,
  sortedPage,
} from "../../platform/http/sorted.ts";
import { schedule, scheduleOnce, unschedule } from "../../platform/queue/due.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { eachBucket } from "../../platform/runtime/jurisdiction.ts";
import {
  FORGET_STEPS,
  forgetBefore,
  forgottenAt,
  LAST_STEPS,
  type Place,
  RECORDS,
  type Run,
  recordKey,
  STEPS,
  type Step,
  type TenantRecord,
} from "./steps.ts";
import * as store from "./tenant-store.ts";

/** Due kinds, of the operator: `ref` is the tenant. */
export const TENANT_ERASE = "tenant.erase";
export const TENANT_FORGET = "tenant.forget";

/** Days that an erasure waits unless the operator says otherwise. */
export const GRACE_DAYS = 30;
export const MOST_GRACE_DAYS = 90;
/** Isolates know keys for half a minute: what they let in meanwhile goes the second time. */
const SETTLED_MS = MINUTE_MS;
/** Databases can be set back 30 days. */
const REMEMBERED_MS = 45 * DAY_MS;
const FIRST_ID = (ms: number) => makeId("tes", ms).slice(0, "tes_".length + 10);
/** Where R2 says that an erasure was taken back: a restore does not bring it up again. */
const takenBackKey = (id: string) => `tenant-erasure-taken-back/${id}`;

/** What is asked: the tenant's name as it is, by whom, and after how many days. */
export type Asked = { name: string; days: number; byOperator: boolean };

/**
 * Asks for a tenant to be erased. The operator may ask once more, for another day. Errors: 422
 * where the name is another one; 409 for the operator's own tenant, and where one waits or began.
 */
export async function askTenantErasure(
  env: Env,
  actor: Actor,
  tenant: Tenant,
  { name, days, byOperator }: Asked,
): Promise<store.TenantErasure> {
  if (tenant.operator) {
    throw new Problem("resource.conflict", "the operator's own tenant cannot be erased");
  }
  if (name !== tenant.name) {
    throw invalidField("/name", `is not the tenant's name, which is ${tenant.name}`);
  }
  const { realMs } = actor;
  const before = await store.readTenantErasure(env.DB, tenant.id);
  if (before && (before.begunMs !== null || !byOperator)) {
    const detail = before.begunMs === null ? "it waits already" : "it has begun already";
    throw new Problem("resource.conflict", detail);
  }
  const id = makeId("tes", realMs);
  const beginsMs = realMs + days * DAY_MS;
  const detail = { erasure_id: id, days };
  const entry = { action: "tenant.erasure.asked", target: tenant.id, detail };
  const made = { tenant: tenant.id, id, askedMs: realMs, byOperator, beginsMs };
  await commit(env.DB, [
    ...(before ? [store.dropWaiting(env.DB, before), insistChanged(env.DB)] : []),
    store.insertTenantErasure(env.DB, made),
    insistChanged(env.DB),
    schedule(env.DB, dueOf(tenant.id, TENANT_ERASE, beginsMs)),
    auditRow(env.DB, actor, entry, realMs),
  ]);
  if (days === 0) await runTenantErasure(env, tenant.id, realMs);
  return insisted(await store.readTenantErasure(env.DB, tenant.id));
}

function dueOf(tenant: string, kind: string, atMs: number) {
  return { tenant: OPERATOR_TENANT, atMs, clock: "real", kind, ref: tenant } as const;
}

function insisted(erasure: store.TenantErasure | null): store.TenantErasure {
  if (erasure) return erasure;
  throw notFound("erasure");
}

/** A tenant's erasure. Errors: 404 where none was asked for. */
export async function tenantErasureOf(env: Env, tenant: string): Promise<store.TenantErasure> {
  return insisted(await store.readTenantErasure(env.DB, tenant));
}

/** Takes an erasure back that waits. Errors: 404; 409 where it has begun. */
export async function takeBackErasure(env: Env, actor: Actor, tenant: string): Promise<void> {
  const erasure = await tenantErasureOf(env, tenant);
  const begun = {
    code: "resource.conflict",
    detail: "it has begun, and cannot be undone",
  } as const;
  if (erasure.begunMs !== null) throw new Problem(begun.code, begun.detail);
  const detail = { erasure_id: erasure.id };
  const entry = { action: "tenant.erasure.taken_back", target: tenant, detail };
  // Before the row goes, so that no restore in between begins what was taken back.
  await env.FILES.put(takenBackKey(erasure.id), "");
  await commit(env.DB, [
    store.dropWaiting(env.DB, erasure),
    insistChanged(env.DB, begun),
    unschedule(env.DB, TENANT_ERASE, tenant),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
}

/** What stands of an erasure: what is next, and which documents the law still has kept. */
export type Progress = {
  status: "waiting" | "running" | "done";
  /** The step that is next, and its place among all; null unless it runs. */
  step: { name: string; number: number; of: number } | null;
  documents: { count: number; untilMs: number | null };
};

/** How an erasure stands. */
export async function progressOf(env: Env, erasure: store.TenantErasure): Promise<Progress> {
  return progressWith(erasure, await store.finalDocuments(env.DB, erasure.tenant));
}

function progressWith(
  { begunMs, doneMs, step }: store.TenantErasure,
  { count, lastDay }: store.FinalDocuments,
): Progress {
  const status = begunMs === null ? "waiting" : doneMs === null ? "running" : "done";
  const [name = ""] = STEPS[step] ?? [];
  return {
    status,
    step: status === "running" ? { name, number: step + 1, of: STEPS.length } : null,
    documents: { count, untilMs: lastDay === null ? null : forgottenAt(lastDay) },
  };
}

const NEWEST_FIRST = orderIn("-id");

/** A page of the erasures of tenants that the actor reaches, newest first. Errors: 422. */
export async function tenantErasurePage(
  { DB }: Env,
  { confinement }: Pick<Actor, "confinement">,
  cursor: string | undefined,
): Promise<SortedPage<{ erasure: store.TenantErasure; progress: Progress }>> {
  const limit = pageLimit(undefined);
  const place = cursor ? placeOfCursor(cursor, NEWEST_FIRST, 1) : null;
  const window = {
    descending: directionOf(NEWEST_FIRST, place),
    behind: place?.key ?? null,
    limit: limit + 1,
  };
  const found = await store.erasuresBehind(DB, window, confinement?.tenants ?? null);
  const { rows, ...cursors } = sortedPage(found, {
    order: NEWEST_FIRST,
    place,
    limit,
    keyOf: ({ id }) => [id],
  });
  const of = await store.finalDocumentsOf(
    DB,
    rows.map(({ tenant }) => tenant),
  );
  const data = rows.map((erasure) => {
    const documents = of.get(erasure.tenant) ?? store.NO_DOCUMENTS;
    return { erasure, progress: progressWith(erasure, documents) };
  });
  return { data, ...cursors };
}

/**
 * Runs an erasure's next steps, once its day has come; what an invocation may not do any more is
 * done by the next one. It may be killed anywhere, and run again.
 */
export async function runTenantErasure(given: Env, tenant: string, realMs: number): Promise<void> {
  const { env, hasRoom } = countingCalls(given);
  const { DB: db } = env;
  const erasure = await begun(env, await store.readTenantErasure(db, tenant), realMs);
  if (!erasure) return;
  // A move that is under way ends first: it would bring back what it reads before it is gone.
  if (await isMoving(db, tenant)) {
    await schedule(db, dueOf(tenant, TENANT_ERASE, realMs + MINUTE_MS)).run();
    return;
  }
  let { step } = erasure;
  let place = placeIn(erasure.place);
  while (hasRoom()) {
    const [, run] = STEPS[step] ?? [];
    if (!run) return endPass(env, erasure, realMs);
    place = await run({ env, erasure, realMs }, place);
    if (place === null) step++;
    const kept = place === null ? null : JSON.stringify(place);
    await store.setTenantErasure(db, tenant, { step, place: kept }).run();
  }
  await schedule(given.DB, dueOf(tenant, TENANT_ERASE, realMs)).run();
}

/** Calls of R2 after which nothing new is begun: one step may make some dozens. */
const MOST_FILE_CALLS = 300;

/** What a run asks databases and R2 through, and whether it may begin another step. */
function countingCalls(given: Env): { env: Env; hasRoom: () => boolean } {
  const { env, hasRoom } = countingQueries(given);
  let calls = 0;
  const counting = (files: R2Bucket) =>
    new Proxy(files, {
      get(target, name) {
        calls++;
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  return {
    env: { ...env, ...eachBucket(given, counting) },
    hasRoom: () => hasRoom() && calls < MOST_FILE_CALLS,
  };
}

/** The erasure as one that has begun; null where there is none, or it waits still. */
async function begun(
  env: Env,
  erasure: store.TenantErasure | null,
  realMs: number,
): Promise<store.TenantErasure | null> {
  if (!erasure || erasure.beginsMs > realMs) return null;
  if (erasure.begunMs === null) {
    const { tenant } = erasure;
    if (await env.FILES.head(takenBackKey(erasure.id))) {
      await store.dropWaiting(env.DB, erasure).run();
      return null;
    }
    await store.setTenantErasure(env.DB, tenant, { begunMs: realMs }).run();
    return { ...erasure, begunMs: realMs };
  }
  if (erasure.doneMs === null || STEPS[erasure.step]) return erasure;
  // One that was done runs once more from its beginning.
  return { ...erasure, step: 0, place: null, passes: 0 };
}

function placeIn(text: string | null): Place {
  return text === null ? null : (JSON.parse(text) as Place);
}

/** Behind the first pass comes a second one, from the beginning; behind that, the end. */
async function endPass(env: Env, erasure: store.TenantErasure, realMs: number): Promise<void> {
  const { DB } = env;
  const { tenant, id } = erasure;
  if (erasure.passes === 0) {
    const atMs = Math.max(realMs, (erasure.begunMs ?? realMs) + SETTLED_MS);
    await DB.batch([
      store.setTenantErasure(DB, tenant, { step: 0, place: null, passes: 1 }),
      schedule(DB, dueOf(tenant, TENANT_ERASE, atMs)),
    ]);
    return;
  }
  const { count, firstDay } = await store.finalDocuments(DB, tenant);
  const forgetMs = firstDay === null ? realMs : forgottenAt(firstDay);
  const by = { tenantId: OPERATOR_TENANT, keyId: "system", userId: null };
  const detail = { erasure_id: id, kept_documents: count };
  const isFirst = erasure.doneMs === null;
  await commit(DB, [
    store.setTenantErasure(DB, tenant, { passes: 2, doneMs: realMs }),
    unschedule(DB, TENANT_ERASE, tenant),
    schedule(DB, dueOf(tenant, TENANT_FORGET, forgetMs)),
    ...(isFirst
      ? [
          auditRow(DB, by, { action: "tenant.erasure.done", target: tenant, detail }, realMs),
          announce(DB, {
            id: `news_${id}`,
            tenant: OPERATOR_TENANT,
            type: "tenant.erased",
            atMs: realMs,
            body: { ...detail, tenant_id: tenant },
          }),
        ]
      : []),
  ]);
}

/** Deletes what has been kept for long enough; asks to be called when the next day comes. */
export async function forgetTenant(given: Env, tenant: string, realMs: number): Promise<void> {
  const { env, hasRoom } = countingCalls(given);
  const { DB: db } = env;
  const erasure = await store.readTenantErasure(db, tenant);
  if (!erasure?.doneMs || erasure.forgottenMs !== null) return;
  const before = [erasure.forgetBefore ?? "", forgetBefore(realMs)].sort().at(-1) ?? "";
  await store.setTenantErasure(db, tenant, { forgetBefore: before }).run();
  const run = { env, erasure, realMs };
  const isDone = await allOf(FORGET_STEPS, run, hasRoom);
  const { count, firstDay } = await store.finalDocuments(db, tenant);
  if (!isDone || (count === 0 && !(await allOf(LAST_STEPS, run, hasRoom)))) {
    await schedule(given.DB, dueOf(tenant, TENANT_FORGET, realMs)).run();
    return;
  }
  if (firstDay === null) {
    await store.setTenantErasure(db, tenant, { forgottenMs: realMs }).run();
    return;
  }
  // Where others were made of a document, it waits for theirs.
  const nextYearMs = Date.UTC(new Date(realMs).getUTCFullYear() + 1, 0, 1);
  const atMs = Math.max(forgottenAt(firstDay), nextYearMs);
  await schedule(db, dueOf(tenant, TENANT_FORGET, atMs)).run();
}

/** Takes some steps to their ends; false where there was no room for all. */
async function allOf(steps: readonly Step[], run: Run, hasRoom: () => boolean): Promise<boolean> {
  for (const step of steps) {
    let place: Place = null;
    do {
      if (!hasRoom()) return false;
      place = await step(run, place);
    } while (place !== null);
  }
  return true;
}

/** Erasures that one look at the list takes up. */
const PAGE = 1_000;

/**
 * Compares R2's list of tenants whose erasure has begun with the databases, of which any may have
 * been set back, and schedules those that one of them does not have as done; how many.
 */
export async function catchUpTenants(env: Env, nowMs: number): Promise<number> {
  let missing = 0;
  for (let startAfter = `${RECORDS}${FIRST_ID(nowMs - REMEMBERED_MS)}`; ; ) {
    const list = await env.FILES.list({ prefix: RECORDS, startAfter, limit: PAGE });
    const ids = list.objects.map(({ key }) => key.slice(RECORDS.length, -".json".length));
    for (const id of await undone(env, ids)) {
      const kept = await env.FILES.get(recordKey(id));
      if (!kept) continue;
      const record = (await kept.json()) as TenantRecord;
      await env.DB.batch([
        store.insertTenantErasure(env.DB, { ...record, begunMs: nowMs }),
        scheduleOnce(env.DB, dueOf(record.tenant, TENANT_ERASE, nowMs)),
      ]);
      missing++;
    }
    const last = list.objects.at(-1);
    if (!list.truncated || !last) return missing;
    startAfter = last.key;
  }
}

async function undone(env: Env, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const [open, ...ledgers] = await Promise.all([
    store.undoneHere(env.DB, ids),
    ...ledgersOf(env).map((ledger) => erasedIn(ledgerDb(env, ledger), ids)),
  ]);
  return new Set(ids.filter((id) => open.has(id) || ledgers.some((own) => !own.has(id))));
}
