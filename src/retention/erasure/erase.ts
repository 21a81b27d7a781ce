/**
 * Erasing a person: a user, whom a customer names, or a user of usage. What is billed stays exact:
 * final documents keep whom they were issued to, as the law asks, and events their quantities. R2
 * keeps a list of what was erased, by which a database that is set back is caught up.
 */
import { createHash } from "node:crypto";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { budgetReached } from "../../accounts/store/budget-store.ts";
import { isErased, tenantClock } from "../../accounts/store/clock.ts";
import { insistHourly, usedUp } from "../../accounts/store/hourly-store.ts";
import { removeUser } from "../../accounts/user/user.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";
import { blankCustomer, readCustomer, updateCustomer } from "../../documents/party/party-store.ts";
import { deletePrints } from "../../documents/render/cache/rendered.ts";
import { contentOf, searchTextOf } from "../../documents/store/row.ts";
import { readDocumentOfAnyKind } from "../../documents/store/store.ts";
import { readCatalogue } from "../../metering/catalogue/catalogue.ts";
import {
  type ErasePlace,
  eraseArchive,
  eraseSegments,
  eraseSeries,
  type UserErasure,
} from "../../metering/ledger/erase.ts";
import { readStore } from "../../metering/ledger/watermark.ts";
import { drained } from "../../metering/meter/meter.ts";
import { listEvents } from "../../metering/read/event.ts";
import { type BoundedCount, MOST_COUNTED } from "../../platform/db/bounded-count.ts";
import { commit } from "../../platform/db/db.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { homeNow } from "../../platform/db/ledgers.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId, randomToken } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { Addresses } from "./addresses.ts";
import * as store from "./erasure-store.ts";

/** Due kind: `ref` is the erasure. */
export const ERASURE_RUN = "erasure.run";

/** A meter keeps its log for a week, of which it writes series, and fills what was set back. */
const AGAIN_MS = 8 * DAY_MS;
/** Databases can be set back 30 days. */
const REMEMBERED_MS = 45 * DAY_MS;
/** It waits so long for the end of a tenant's move. */
const MOVING_MS = MINUTE_MS;

/** Where an erasure stands in R2; ids are sorted by their time. */
const recordKey = (id: string) => `erasure/${id}.json`;
const FIRST_ID = (ms: number) => makeId("ers", ms).slice(0, "ers_".length + 10);

/**
 * Erases a person of the actor's tenant: the first steps now, the rest as due work. Errors: 404;
 * 409 for the last owner; 429 where the hour's budget is used up.
 */
export async function erase(
  env: Env,
  actor: Actor,
  { kind, ref }: { kind: store.ErasureKind; ref: string },
): Promise<store.Erasure> {
  const { tenantId: tenant, realMs } = actor;
  const full = await usedUp(env.DB, actor, "erasures_per_hour", realMs);
  if (full !== null) throw budgetReached("erasures_per_hour", full);
  await insistPerson(env, actor, kind, ref);
  const id = makeId("ers", realMs);
  const salt = randomToken(16);
  const named = kind === "usage_user" ? digestOf(salt, ref) : ref;
  const record = { id, tenant, kind, ref: named, salt, askedMs: realMs };
  const target = kind === "usage_user" ? id : ref;
  const detail = { kind, erasure_id: id };
  const entry = { action: "person.erased", target, detail, answer: { made: id } };
  const taking = { name: "erasures_per_hour", count: 1, nowMs: realMs } as const;
  await commit(env.DB, [
    ...insistHourly(env.DB, actor, taking),
    store.insertErasure(env.DB, record),

    schedule(env.DB, { tenant, atMs: realMs, clock: "real", kind: ERASURE_RUN, ref: id }),
    auditRow(env.DB, actor, entry, realMs),
  ]);
  await runErasure(env, id, realMs);
  return (await store.readErasure(env.DB, id)) as store.Erasure;
}

/** Errors: 404 where there is no such person; 409 where a user is the last owner. */
async function insistPerson(
  env: Env,
  actor: Actor,
  kind: store.ErasureKind,
  ref: string,
): Promise<void> {
  if (kind === "usage_user") return;
  if (kind === "customer") {
    const customer = await readCustomer(env.DB, actor, ref);
    if (!customer) throw notFound("customer");
    if (customer.linkedTenant === null) return;
    throw new Problem("resource.conflict", "this customer is a tenant: erase its own people");
  }
  const person = await store.personOf(env.DB, actor.tenantId, ref);
  if (!person) throw notFound("user");
  if (person.removedMs === null) await removeUser(env, { ...actor, claim: undefined }, ref);
}

/** What an erasure does, in numbers: keys; drafts and final documents; or events that are live. */
export type Foreseen = { name: string; first: BoundedCount; second: BoundedCount };

/** What erasing a person would do. Errors: 404. */
export async function foresee(
  env: Env,
  { tenantId }: Pick<Actor, "tenantId">,
  { kind, ref }: { kind: store.ErasureKind; ref: string },
): Promise<Foreseen> {
  if (kind === "usage_user") {
    const range = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER };
    const filter = { metric: null, userId: ref, source: null, ...range };
    const page = { beforeSeq: Number.MAX_SAFE_INTEGER, limit: MOST_COUNTED };
    const { lines, next } = await listEvents(env, tenantId, filter, page);
    return { name: ref, first: { count: lines.length, more: next !== null }, second: NONE };
  }
  const counts = await store.countConcerned(env.DB, ref);
  if (kind === "customer") {
    const customer = await readCustomer(env.DB, { tenantId }, ref);
    if (!customer) throw notFound("customer");
    return { name: customer.name, first: counts.drafts, second: counts.final };
  }
  const person = await store.personOf(env.DB, tenantId, ref);
  if (!person) throw notFound("user");
  return { name: person.name, first: counts.keys, second: NONE };
}

const NONE: BoundedCount = { count: 0, more: false };

function digestOf(salt: string, user: string): string {
  return createHash("sha256").update(`${salt} ${user}`).digest("hex");
}

type Step = (
  env: Env,
  erasure: store.Erasure,
  place: ErasePlace,
  realMs: number,
) => Promise<ErasePlace>;

const STEPS: Readonly<Record<store.ErasureKind, readonly Step[]>> = {
  user: [remember, emailsStep, outboxStep, auditStep, clearUserStep, auditOfStep],
  customer: [
    remember,
    emailsStep,
    outboxStep,
    auditStep,
    clearCustomerStep,
    draftsStep,
    auditOfStep,
  ],
  usage_user: [
    remember,
    usage(eraseSegments),
    usage(eraseSeries),
    usage(eraseArchive),
    refusedStep,
    noteStep,
  ],
};

/** What is left to do once the tenant is erased: to say that it is done. */
const NOTHING_LEFT: Readonly<Record<store.ErasureKind, readonly Step[]>> = {
  user: [],
  customer: [],
  usage_user: [noteStep],
};

/** Before anything is erased, so that a database that is set back learns of it. */
async function remember(env: Env, erasure: store.Erasure): Promise<ErasePlace> {
  const { id, tenant, kind, ref, salt, askedMs } = erasure;
  const record: store.ErasureRecord = { id, tenant, kind, ref, salt, askedMs };
  await env.FILES.put(recordKey(id), JSON.stringify(record));
  return null;
}

/** What stands where a person's address stood. */
const aliasOf = ({ id }: store.Erasure) => `${id.replace("_", "-")}@erased.invalid`;

/** By what a person is found; what is erased already names nobody any more. */
async function tracesOf(env: Env, erasure: store.Erasure): Promise<Traced> {
  const before = known.get(erasure);
  if (before) return before;
  const { tenant, ref } = erasure;
  const alias = aliasOf(erasure);
  const isCustomer = erasure.kind === "customer";
  const all = isCustomer
    ? await store.addressesOf(env.DB, tenant, ref)
    : [(await store.personOf(env.DB, tenant, ref))?.email.toLowerCase() ?? alias];
  const list = all.filter((address) => address !== alias);
  const addresses = new Addresses(list);
  const traced = { list, addresses, alias, customer: isCustomer ? ref : null };
  known.set(erasure, traced);
  return traced;
}

type Traced = store.Traces & { list: readonly string[] };
/** Of each run. */
const known = new WeakMap<store.Erasure, Traced>();

async function emailsStep(
  env: Env,
  erasure: store.Erasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const { tenant } = erasure;
  const { list, ...traces } = await tracesOf(env, erasure);
  const after = place === null ? null : String(place[0]);
  const next = await store.clearEmails(env, tenant, { ...traces, after });
  if (next !== null) return [next];
  const { DB } = env;
  const cleared = list.flatMap((one) => store.clearAddress(DB, tenant, one, traces.alias));
  if (cleared.length > 0) await DB.batch(cleared);
  return null;
}

async function outboxStep(
  env: Env,
  erasure: store.Erasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const asked = { ...(await tracesOf(env, erasure)), after: place?.[0] ?? null };
  const next = await store.clearOutbox(env.DB, erasure.tenant, asked);
  return next === null ? null : [next];
}

async function auditStep(env: Env, erasure: store.Erasure, place: ErasePlace): Promise<ErasePlace> {
  const [atMs = 0, id = ""] = place ?? [];
  const after = [Number(atMs), String(id)] as const;
  const traces = await tracesOf(env, erasure);
  return store.clearAuditPage(env.DB, erasure.tenant, { ...traces, self: erasure.ref, after });
}

/** Drafts that one step looks at. */
const DRAFTS = 20;

/** Drafts are found by no name any more; their PDFs, which have it, are made again. */
async function draftsStep(
  env: Env,
  { tenant, ref }: store.Erasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const customer = await readCustomer(env.DB, { tenantId: tenant }, ref);
  const page = { after: String(place?.[0] ?? ""), limit: DRAFTS };
  const ids = await store.draftsOf(env.DB, ref, page);
  for (const id of ids) {
    const draft = await readDocumentOfAnyKind(env.DB, { tenantId: tenant }, id);
    if (!draft || !customer) continue;
    await store.setDraftSearch(env.DB, id, searchTextOf(customer, contentOf(draft))).run();
    await deletePrints(bucketOf(env, tenant), id);
  }
  const last = ids.at(-1);
  return last !== undefined && ids.length === DRAFTS ? [last] : null;
}

/** What the audit log says of the person itself. */
async function auditOfStep(
  env: Env,
  { tenant, ref }: store.Erasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const [atMs = 0, id = ""] = place ?? [];
  return store.clearAuditOf(env.DB, tenant, ref, [Number(atMs), String(id)]);
}

async function clearUserStep(env: Env, erasure: store.Erasure): Promise<ErasePlace> {
  const { tenant, ref } = erasure;
  await env.DB.batch([
    ...store.clearUser(env.DB, tenant, ref, aliasOf(erasure)),
    store.clearRequests(env.DB, tenant, ref),
  ]);
  return null;
}

async function clearCustomerStep(
  env: Env,
  erasure: store.Erasure,
  _: ErasePlace,
  realMs: number,
): Promise<ErasePlace> {
  const { tenant, ref } = erasure;
  const found = await readCustomer(env.DB, { tenantId: tenant }, ref);
  if (!found) return null;
  const { revision, ...customer } = found;
  const { language, currency, tax, paymentTermsDays, linkedTenant } = customer;
  const blank = blankCustomer(ref, tenant, "Erased customer");
  const kept = { ...blank, language, currency, tax, paymentTermsDays, linkedTenant };
  await commit(env.DB, updateCustomer(env.DB, kept, revision, realMs));
  return null;
}

/** A step over the ledger of a user of usage. */
function usage(
  step: (store: Store, erasure: UserErasure, place: ErasePlace) => Promise<ErasePlace>,
): Step {
  return async (env, erasure, place, realMs) => {
    const { tenant } = erasure;
    const home = await (place === null ? drained : readStore)(env, tenant);
    const { counters } = await readCatalogue(env.DB, tenant);
    const map = new Map(counters.map((counter) => [counter.metric, counter]));
    return step(home, { tenant, counters: map, realMs, ...namedBy(erasure) }, place);
  };
}

function namedBy({ id, ref, salt }: store.Erasure): Pick<UserErasure, "isUser" | "alias"> {
  const known = new Map<string, boolean>();
  const isUser = (user: string) => {
    const before = known.get(user);
    if (before !== undefined) return before;
    const is = digestOf(salt, user) === ref;
    if (known.size < KNOWN_USERS) known.set(user, is);
    return is;
  };
  return { isUser, alias: `erased_${id.slice(-8)}` };
}

const KNOWN_USERS = 20_000;

async function refusedStep(
  env: Env,
  erasure: store.Erasure,
  place: ErasePlace,
): Promise<ErasePlace> {
  const { isUser, alias } = namedBy(erasure);
  const [atMs = 0, id = ""] = place ?? [];
  const after = [Number(atMs), String(id)] as const;
  return store.clearRefused(env.DB, erasure.tenant, isUser, { alias, after });
}

async function noteStep(env: Env, erasure: store.Erasure): Promise<ErasePlace> {
  await store.noteUsageErasure((await readStore(env, erasure.tenant)).DB, erasure).run();
  return null;
}

/** Where a run is: its next step, where that goes on, and the usage's home when it began there. */
type Standing = { step: number; place: ErasePlace; epoch: number | null };

const BEGIN: Standing = { step: 0, place: null, epoch: null };

/** One that was done runs once more from its beginning. */
function standingOf({ step, place }: store.Erasure): Standing {
  if (step === null) return BEGIN;
  const kept = place === null ? null : (JSON.parse(place) as ErasePlace | Omit<Standing, "step">);
  // Version 0.1 kept the place alone.
  return kept === null || Array.isArray(kept)
    ? { step, place: kept as ErasePlace, epoch: null }
    : { step, ...(kept as Omit<Standing, "step">) };
}

/**
 * Before a run goes on in a ledger: null while the tenant moves to another one. Where it moved
 * since the run began there, all begins anew: what was copied before has the name still.
 */
async function atHome(db: D1Database, tenant: string, at: Standing): Promise<Standing | null> {
  const run = STEPS.usage_user[at.step];
  if (run === remember || (at.epoch !== null && run !== noteStep)) return at;
  const { epoch, isMoving } = await homeNow(db, tenant);
  if (isMoving) return null;
  return at.epoch === null || at.epoch === epoch ? { ...at, epoch } : BEGIN;
}

/** Runs an erasure's next steps; what an invocation may not do any more is done by the next one. */
export async function runErasure(given: Env, id: string, realMs: number): Promise<void> {
  const { env, hasRoom } = countingQueries(given);
  const db = env.DB;
  const erasure = await store.readErasure(db, id);
  if (!erasure) return;
  const { tenant, kind, askedMs } = erasure;
  // With the tenant all went that its erasures would look for.
  const isWhole = await isErased(db, tenant);
  const steps = isWhole ? NOTHING_LEFT[kind] : STEPS[kind];
  const row = { tenant, clock: "real", kind: ERASURE_RUN, ref: id } as const;
  let at: Standing | null = standingOf(erasure);
  while (hasRoom()) {
    at = kind === "usage_user" && !isWhole ? await atHome(db, tenant, at) : at;
    if (at === null) return void (await schedule(db, { ...row, atMs: realMs + MOVING_MS }).run());
    const run: Step | undefined = steps[at.step];
    if (!run) {
      const isRecent = realMs < askedMs + AGAIN_MS;
      const again = isRecent && kind === "usage_user";
      const isNews = erasure.doneMs === null && !isWhole;
      await db.batch([
        store.setErasure(db, id, { step: null, place: null, doneMs: realMs }),
        ...(isNews ? [await announcement(db, erasure)] : []),
        again ? schedule(db, { ...row, atMs: realMs + DAY_MS }) : unschedule(db, ERASURE_RUN, id),
      ]);
      return;
    }
    const place: ErasePlace = await run(env, erasure, at.place, realMs);
    at = { ...at, place, step: place === null ? at.step + 1 : at.step };
    const { step, ...kept } = at;
    await store.setErasure(db, id, { step, place: JSON.stringify(kept) }).run();
  }
  await schedule(given.DB, { ...row, atMs: realMs }).run();
}

/** Names nobody: an id as it was given, or of a user of usage nothing. */
async function announcement(db: D1Database, erasure: store.Erasure): Promise<D1PreparedStatement> {
  const { id, tenant, kind, ref } = erasure;
  const { nowMs } = await tenantClock(db, tenant);
  const body = { erasure_id: id, kind, ref: kind === "usage_user" ? null : ref };
  return announce(db, { id: `news_${id}`, tenant, type: "person.erased", atMs: nowMs, body });
}

/** Erasures that one look at the list takes up. */
const PAGE = 1_000;

/**
 * Compares R2's list of erasures with the database, which may have been set back, and schedules
 * those that it lacks, or that it does not have as done.
 */
export async function catchUpErasures(env: Env, nowMs: number): Promise<number> {
  let missing = 0;
  for (let startAfter = `erasure/${FIRST_ID(nowMs - REMEMBERED_MS)}`; ; ) {
    const list = await env.FILES.list({ prefix: "erasure/", startAfter, limit: PAGE });
    const ids = list.objects.map(({ key }) => key.slice("erasure/".length, -".json".length));
    const open = await store.undone(env, ids);
    for (const id of open) {
      const kept = await env.FILES.get(recordKey(id));
      if (!kept) continue;
      const record = (await kept.json()) as store.ErasureRecord;
      const { tenant } = record;
      await env.DB.batch([
        store.insertErasure(env.DB, record),
        schedule(env.DB, { tenant, atMs: nowMs, clock: "real", kind: ERASURE_RUN, ref: id }),
      ]);
      missing++;
    }
    const last = list.objects.at(-1);
    if (!list.truncated || !last) return missing;
    startAfter = last.key;
  }
}
