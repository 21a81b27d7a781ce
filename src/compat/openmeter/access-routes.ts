/**
 * OpenMeter's features and what customers have of them: the limits of the subscription's plan, by
 * what was used in the running period.
 */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { type Entitlement, entitlement, entitlements } from "../../billing/usage/live.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { quantityJson } from "../../core/quantity.ts";
import { MINUTE_MS, parseTime } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readJson } from "../common/dialect.ts";
import { whoseIs } from "../common/whose.ts";
import { pagingOf } from "./customer-routes.ts";
import { customersNamed } from "./customer-store.ts";
import {
  createFeature,
  deleteFeature,
  type Feature,
  featureNamed,
  listFeatures,
} from "./feature-store.ts";

/** Adds the routes of features, entitlements' values and access below `base`. */
export function routeAccess(app: Hono<AppEnv>, base: string): void {
  app.get(`${base}/v1/features`, async (c) => {
    const slugs = new URL(c.req.url).searchParams.getAll("meterSlug");
    const all = await listFeatures(c.env, allow(c, "usage.read"));
    const features = all.filter(
      ({ meterSlug = "" }) => slugs.length === 0 || slugs.includes(meterSlug),
    );
    if (c.req.query("page") === undefined) return c.json(features);
    const { page, pageSize } = pagingOf(c);
    const items = features.slice((page - 1) * pageSize, page * pageSize);
    return c.json({ items, page, pageSize, totalCount: features.length });
  });
  app.post(`${base}/v1/features`, async (c) => {
    const actor = allow(c, "metrics.write");
    return c.json(await createFeature(c.env, actor, await readJson(c)), 201);
  });
  app.get(`${base}/v1/features/:feature`, async (c) => {
    return c.json(await featureNamed(c.env, allow(c, "usage.read"), c.req.param("feature")));
  });
  app.delete(`${base}/v1/features/:feature`, async (c) => {
    await deleteFeature(c.env, allow(c, "metrics.write"), c.req.param("feature"));
    return c.body(null, 204);
  });
  app.get(`${base}/v1/customers/:customer/access`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const reader = await customerReader(c.env, actor, c.req.param("customer"));
    return c.json({ entitlements: await accessOf(c.env, actor, reader) });
  });
  const value = "entitlements/:feature/value";
  app.get(`${base}/v1/customers/:customer/${value}`, async (c) => {
    return c.json(await customerValue(c));
  });
  app.get(`${base}/v2/customers/:customer/${value}`, async (c) => {
    return c.json({ ...(await customerValue(c)), grantBalances: {} });
  });
  app.get(`${base}/v1/subjects/:subject/${value}`, subjectValue);
}

/** A subject's value, which the older client asks for at the root, too. */
export async function subjectValue(c: Context<AppEnv>): Promise<Response> {
  const actor = allow(c, "usage.read", "tenants");
  const { actor: reader } = await whoseIs(c.env, actor, c.req.param("subject") ?? "");
  return c.json(await valueFor(c, actor, reader));
}

async function customerValue(c: Context<AppEnv>) {
  const actor = allow(c, "usage.read", "tenants");
  const reader = await customerReader(c.env, actor, c.req.param("customer") ?? "");
  return valueFor(c, actor, reader);
}

/** Whose limits a customer's are: the tenant that it is, else the key's own. Errors: 404. */
async function customerReader(env: Env, actor: Actor, name: string): Promise<Actor> {
  const row = (await customersNamed(env.DB, actor.tenantId, [name])).get(name);
  const whose = await whoseIs(env, actor, row?.linkedTenant ?? row?.id ?? name);
  // A name that is neither a customer nor a tenant is nobody's.
  if (!row && whose.userId !== null) throw notFound(`customer ${name}`);
  return whose.actor;
}

/** What is left of the feature that a path names. Errors: 422 for another time than now. */
async function valueFor(c: Context<AppEnv>, actor: Actor, reader: Actor) {
  const time = c.req.query("time");
  const atMs = time === undefined ? reader.nowMs : parseTime(time);
  if (atMs === null || Math.abs(atMs - reader.nowMs) > MINUTE_MS) {
    throw invalidField("/time", "is now: values of other times are read by a query of the meter");
  }
  const name = c.req.param("feature") ?? "";
  const feature = await featureOrNull(c.env, actor, name);
  const metric = feature === null ? name : feature.meterSlug;
  if (metric === undefined) return NO_ACCESS;
  const found = await orNone(() => entitlement(c.env, reader, metric, 0n), null);
  const isNamed = feature !== null || (found !== null && found.limitMicro !== null);
  return found !== null && isNamed ? valueBody(found) : NO_ACCESS;
}

/** A feature that nobody made may still be a metric that the plan names. */
async function featureOrNull(env: Env, actor: Actor, name: string): Promise<Feature | null> {
  try {
    return await featureNamed(env, actor, name);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

const NO_ACCESS = { hasAccess: false };

/** What a tenant has by its plan, under the keys of the features that are its metrics. */
async function accessOf(env: Env, actor: Actor, reader: Actor) {
  const [features, found] = await Promise.all([
    listFeatures(env, actor),
    orNone(() => entitlements(env, reader), []),
  ]);
  const byMetric = new Map(found.map((one) => [one.metric, one]));
  const named = features.flatMap(({ key, meterSlug }) => {
    const one = meterSlug === undefined ? undefined : byMetric.get(meterSlug);
    return one ? [[key, valueBody(one)] as const] : [];
  });
  const own = found.map((one) => [one.metric, valueBody(one)] as const);
  return Object.fromEntries([...own, ...named]);
}

/** Nobody without a subscription has access to anything. */
async function orNone<T>(work: () => Promise<T>, none: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem && error.code === "subscription.none") return none;
    throw error;
  }
}

/** What is left of a metric, as an entitlement's value. */
function valueBody({ usedMicro, limitMicro, hard }: Entitlement) {
  const usage = quantityJson(usedMicro);
  if (limitMicro === null) return { hasAccess: true, usage };
  const left = limitMicro - usedMicro;
  return {
    hasAccess: !hard || usedMicro < limitMicro,
    balance: quantityJson(left > 0n ? left : 0n),
    usage,
    overage: quantityJson(left < 0n ? -left : 0n),
    totalAvailableGrantAmount: quantityJson(limitMicro),
  };
}
