/** Lago's subscriptions: made, changed and ended by the billing verbs, one a tenant. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { findTenants, OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { cancelSubscription } from "../../billing/lifecycle/cancel.ts";
import { changeSubscription } from "../../billing/lifecycle/change.ts";
import { createSubscription } from "../../billing/lifecycle/subscribe.ts";
import { type BasePrices, ownBasePrice } from "../../billing/plan/cycle.ts";
import {
  type Plan,
  readPlan,
  readPlanVersion,
  readVersions,
} from "../../billing/plan/plan-store.ts";
import {
  countSubscriptions,
  listSubscriptions,
  type Subscription,
} from "../../billing/subscription/store.ts";
import { planSegmentAt } from "../../billing/subscription/timeline.ts";
import { Problem } from "../../core/errors.ts";
import { INTERVALS, type Interval } from "../../core/period.ts";
import { readCustomers, readIssuer } from "../../documents/party/party-store.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { externalIdOf } from "./customer.ts";
import { invalid, lacking } from "./errors.ts";
import { keepName, newestNames } from "./name-store.ts";
import { askedPage, metaOf, valuesIn } from "./page.ts";
import { itself, objectIn, queryOf, type Route } from "./route.ts";
import {
  isLagoStatus,
  type LagoStatus,
  readSubscription,
  showSubscription,
  statusOf,
} from "./subscription.ts";
import { standing } from "./subscription-store.ts";
import { subscribersOf, tenantCalled } from "./whose.ts";

type Call = Context<AppEnv>;

/** Subscriptions of a tenant that are looked through, newest first. */
const MAX_EARLIER = 50;

/** Subscriptions as Lago shows them. The clocks of their tenants are read, all else at once. */
async function shown(env: Env, subscriptions: readonly Subscription[]): Promise<object[]> {
  const ids = [...new Set(subscriptions.map(({ row }) => row.tenant))];
  const versionIds = subscriptions.flatMap(({ log }) => log.map(({ versionId }) => versionId));
  const [versions, tenants, names, customers] = await Promise.all([
    readVersions(env.DB, versionIds),
    findTenants(env.DB, ids),
    newestNames(env.DB, ids),
    readCustomers(env.DB, OPERATOR_TENANT, { linkedTenants: ids }),
  ]);
  const rows = new Map(customers.map((row) => [row.linkedTenant, row]));
  return subscriptions.map((subscription) => {
    const { tenant: id } = subscription.row;
    const tenant = tenants.get(id);
    const row = rows.get(id);
    const named = tenant?.externalId ?? null;
    const externalCustomerId = row ? externalIdOf(row, named) : (named ?? id);
    const externalId = names.get(id) ?? externalCustomerId;
    const nowMs = tenant?.testClockMs ?? Date.now();
    return showSubscription(subscription, versions, { externalId, externalCustomerId }, nowMs);
  });
}

async function reply(c: Call, subscription: Subscription): Promise<Response> {
  const [body] = await shown(c.env, [subscription]);
  return c.json({ subscription: body });
}

/** A tenant's newest subscription that stands so, or null. */
async function standingOf(
  env: Env,
  tenant: string,
  statuses: readonly LagoStatus[],
): Promise<Subscription | null> {
  const filter = { tenant, limit: MAX_EARLIER };
  const [found, { nowMs }] = await Promise.all([
    listSubscriptions(env.DB, filter),
    tenantClock(env.DB, tenant),
  ]);
  return found.find((one) => statuses.includes(statusOf(one, nowMs))) ?? null;
}

async function create(c: Call): Promise<Response> {
  const actor = allow(c, "operator.subscriptions", "tenants");
  const read = readSubscription(await objectIn(c, "subscription"));
  if ("faults" in read) throw invalid(read.faults, "the subscription lacks what is named");
  const { subscription: asked } = read;
  const { tenantId } = await tenantCalled(c.env, actor, asked.externalCustomerId, "customer");
  if (asked.end !== null) {
    const detail = "an end is set with POST /api/subscriptions/{id}/cancel: leave it out here";
    throw invalid({ ending_at: ["value_is_invalid"] }, detail);
  }
  const plan = await planCalled(c.env, asked.planCode);
  const version = plan && (await readPlanVersion(c.env.DB, plan.id, null));
  if (!plan || !version || plan.archivedMs !== null) throw lacking("plan");
  await keepOwnName(c.env, actor, asked.externalId, tenantId);
  const held = await standingOf(c.env, tenantId, ["active", "pending"]);
  if (held) return reply(c, await changed(c.env, actor, held, plan.code));
  const { timeZone } = await readIssuer(c.env.DB, OPERATOR_TENANT, actor.tenantName);
  const made = await createSubscription(c.env, actor, {
    tenant: tenantId,
    plan: plan.code,
    planVersion: null,
    cycle: cycleOf(version),
    anchor: asked.anchor,
    timeZone,
    start: asked.start,
    trialEnd: null,
    basePrice: null,
    currency: null,
    seats: 1,
    baseTiming: null,
  });
  return reply(c, made);
}

/** A plan by its code, which is upper case here and often lower case in Lago; or null. */
async function planCalled(env: Env, code: string): Promise<Plan | null> {
  return (await readPlan(env.DB, code)) ?? readPlan(env.DB, code.toUpperCase());
}

/** How often a plan is billed, which Lago's plans say themselves: monthly where it may be. */
function cycleOf(version: BasePrices): Interval {
  const cycles = INTERVALS.filter((one) => ownBasePrice(version, one) !== null);
  const usual: Interval = "month";
  return cycles.includes(usual) ? usual : (cycles[0] ?? usual);
}

/** Keeps what a subscription is called, where that is no name of its tenant already. */
async function keepOwnName(
  env: Env,
  actor: Actor,
  externalId: string,
  tenant: string,
): Promise<void> {
  const whose = (await subscribersOf(env, actor, [externalId])).get(externalId);
  const isFree = whose === undefined || whose instanceof Problem || whose.userId !== null;
  if (!isFree && whose.actor.tenantId === tenant) return;
  const taken = { external_id: ["value_already_exist"] };
  const detail = "this external_id is another customer's: choose one that none has had";
  if (!isFree) throw invalid(taken, detail);
  if (externalId.length > MAX_NAME) {
    throw invalid({ external_id: ["value_is_too_long"] }, `has at most ${MAX_NAME} characters`);
  }
  const entry = { action: "subscription.named", target: tenant, detail: { externalId } };
  try {
    await commit(env.DB, [
      ...keepName(env.DB, { externalId, tenant, createdMs: actor.realMs }),
      auditRow(env.DB, actor, entry, actor.realMs),
    ]);
  } catch (error) {
    const isTaken = error instanceof Problem && error.code === "tenants.external_id_taken";
    throw isTaken ? invalid(taken, detail) : error;
  }
}

const MAX_NAME = 200;

/**
 * Lago's rule for a plan that is assigned again: the same changes nothing, a dearer one holds at
 * once, a cheaper one from the next cycle on.
 */
async function changed(
  env: Env,
  actor: Actor,
  held: Subscription,
  planCode: string,
): Promise<Subscription> {
  const { row, log } = held;
  const { nowMs } = await tenantClock(env.DB, row.tenant);
  const segment = planSegmentAt(log, Math.max(nowMs, row.startMs));
  const versions = await readVersions(env.DB, segment ? [segment.versionId] : []);
  if (versions.get(segment?.versionId ?? "")?.planCode === planCode) return held;
  const plan = await readPlan(env.DB, planCode);
  const version = plan && (await readPlanVersion(env.DB, plan.id, null));
  const price = version && ownBasePrice(version, row.cycle);
  const isCheaper = price !== null && BigInt(price) < (segment?.basePriceMinor ?? 0n);
  return changeSubscription(env, actor, row.id, {
    plan: planCode,
    planVersion: null,
    basePrice: null,
    seats: null,
    when: isCheaper ? "period_end" : "now",
  });
}

/** The tenant of a subscription's name, where the actor may read its billing. */
async function subscriberOf(c: Call, id: string): Promise<string> {
  const actor = allow(c, "billing.read", "tenants");
  const { tenantId } = await tenantCalled(c.env, actor, id, "subscription");
  return tenantId;
}

function statusAsked(query: URLSearchParams): LagoStatus {
  const asked = query.get("status") || "active";
  if (isLagoStatus(asked)) return asked;
  throw invalid({ status: ["value_is_invalid"] }, "status is one that subscriptions have");
}

async function findOne(c: Call, id: string): Promise<Response> {
  const tenant = await subscriberOf(c, id);
  const found = await standingOf(c.env, tenant, [statusAsked(queryOf(c))]);
  if (!found) throw lacking("subscription");
  return reply(c, found);
}

async function terminate(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "operator.subscriptions", "tenants");
  const { tenantId } = await tenantCalled(c.env, actor, id, "subscription");
  const found = await standingOf(c.env, tenantId, [statusAsked(queryOf(c))]);
  if (!found) throw lacking("subscription");
  return reply(c, await cancelSubscription(c.env, actor, found.row.id, "now"));
}

async function listAll(c: Call): Promise<Response> {
  const actor = allow(c, "billing.read", "tenants");
  const query = queryOf(c);
  return listOf(c, actor, query.get("external_customer_id"), query);
}

async function listOfCustomer(c: Call, id: string): Promise<Response> {
  const actor = allow(c, "billing.read", "tenants");
  return listOf(c, actor, id, queryOf(c));
}

async function listOf(
  c: Call,
  actor: Actor,
  customer: string | null,
  query: URLSearchParams,
): Promise<Response> {
  const page = askedPage(query);
  const names = [customer, query.get("external_id")].filter((name) => name !== null && name !== "");
  const tenants = new Set<string>();
  for (const name of names) {
    const { tenantId } = await tenantCalled(c.env, actor, name as string, "customer");
    tenants.add(tenantId);
  }
  const statuses = valuesIn(query, "status").filter(isLagoStatus);
  const where = standing(statuses.length > 0 ? statuses : ["active"], {
    realMs: actor.realMs,
    planCode: query.get("plan_code")?.toUpperCase() || null,
  });
  const own = reaches(actor, actor.tenantId) && !actor.operator ? actor.tenantId : null;
  const [named = own] = tenants;
  const among = actor.operator ? (actor.confinement?.tenants ?? null) : null;
  const filter = { tenant: named, among, where };
  if (tenants.size > 1) return c.json({ subscriptions: [], meta: metaOf(page, 0) });
  const [rows, total] = await Promise.all([
    listSubscriptions(c.env.DB, { ...filter, limit: page.size, offset: page.offset }),
    countSubscriptions(c.env.DB, filter),
  ]);
  return c.json({ subscriptions: await shown(c.env, rows), meta: metaOf(page, total) });
}

/** What Lago has below a subscription. */
const PARTS = ["alerts", "charges", "entitlements", "fixed_charges", "lifetime_usage"];

export const subscriptionRoutes: readonly Route[] = [
  { method: "POST", path: /^\/subscriptions$/, answer: create },
  { method: "GET", path: /^\/subscriptions$/, answer: listAll },
  { method: "GET", path: /^\/customers\/(.+)\/subscriptions$/, answer: listOfCustomer },
  { method: "GET", path: itself("subscriptions", PARTS), answer: findOne },
  { method: "DELETE", path: itself("subscriptions", PARTS), answer: terminate },
];
