/** /api/billing: the running period's preview, and closed periods. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { namedTenantId } from "../../accounts/tenant/tenant.ts";
import { notFound } from "../../core/errors.ts";
import { moneyJson } from "../../core/money.ts";
import { BILLED_KINDS } from "../../documents/kind/registry.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  createApi,
  jsonReply,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { spanBody } from "../subscription/subscription-schema.ts";
import { composePreview } from "./compose.ts";
import { liveCounts } from "./counted.ts";
import { currentPeriod, type Reader } from "./current.ts";
import { lineBody, periodBody, periodQuery, periodSchema, previewSchema } from "./period-schema.ts";
import { lastClosed, listPeriods, readPeriod } from "./store.ts";

export const periodRoutes = createApi<AppEnv>();

/** The tenant that is read: the actor's own, or for the operator the one it names. */
async function readerOf(env: Env, actor: Actor, named: string | undefined): Promise<Reader> {
  const tenantId = await namedTenantId(env, actor, named);
  if (tenantId === actor.tenantId) return actor;
  const { nowMs } = await tenantClock(env.DB, tenantId);
  return { tenantId, nowMs };
}

periodRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/billing/preview",
    operationId: "previewBilling",
    summary: "The running period's document as it would be made now: the closing, not written",
    tags: ["Billing"],
    security,
    request: { query: z.strictObject({ tenant_id: tenantNameInput.optional() }) },
    responses: { 200: jsonReply(previewSchema, "The preview"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const reader = await readerOf(c.env, actor, c.req.valid("query").tenant_id);
    const current = await currentPeriod(c.env, reader);
    const { row } = current.subscription;
    const [counted, before] = await Promise.all([
      liveCounts(c.env, reader.tenantId, current, reader.nowMs),
      lastClosed(c.env.DB, row.id),
    ]);
    const composed = await composePreview(c.env, { ...current, before }, counted, reader.nowMs);
    const { statement, content, totals, carried } = composed;
    const money = (minor: bigint) => moneyJson(minor, row.currency);
    const discounts = (content?.adjustments ?? []).map(({ amountMinor }) => amountMinor ?? 0n);
    return c.json(
      {
        subscription_id: row.id,
        period: spanBody(current.period),
        document: BILLED_KINDS.find((kind) => kind === content?.kind) ?? null,
        lines: statement.lines.map((line) => lineBody(line, row.currency)),
        net: money(statement.netMinor),
        carried: money(carried.reduce((sum, { netMinor }) => sum + netMinor, 0n)),
        discount: money(discounts.reduce((sum, amountMinor) => sum + amountMinor, 0n)),
        tax: money(totals?.taxMinor ?? 0n),
        total: money(totals?.totalMinor ?? 0n),
        prepaid: money(content?.prepaidMinor ?? 0n),
        currency: row.currency,
      },
      200,
    );
  },
);

periodRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/billing/periods",
    operationId: "listBillingPeriods",
    summary: "Closed periods with their lines, newest first",
    description: "A page ends early where its periods have very many lines.",
    tags: ["Billing"],
    security,
    request: { query: periodQuery },
    responses: { 200: jsonReply(pageSchema(periodSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const query = c.req.valid("query");
    const { tenantId } = await readerOf(c.env, actor, query.tenant_id);
    const limit = pageLimit(query.limit);
    const before = query.cursor ? (decodeCursor(query.cursor, 2) as [number, string]) : null;
    const filter = { tenant: tenantId, subscriptionId: query.subscription_id ?? null, before };
    const { periods, more } = await listPeriods(c.env.DB, filter, limit);
    const last = more ? periods.at(-1) : undefined;
    const next = last ? encodeCursor([last.startMs, last.id]) : null;
    return c.json({ data: periods.map(periodBody), next_cursor: next }, 200);
  },
);

periodRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/billing/periods/{id}",
    operationId: "getBillingPeriod",
    summary: "One closed period",
    tags: ["Billing"],
    security,
    request: { params: z.object({ id: z.string().max(100) }) },
    responses: { 200: jsonReply(periodSchema, "The period"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const period = await readPeriod(c.env.DB, c.req.valid("param").id);
    if (!period || !reaches(actor, period.tenant)) throw notFound("period");
    return c.json(periodBody(period), 200);
  },
);
