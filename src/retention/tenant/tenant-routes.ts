/**
 * /api/tenants/{id}/erasure, for the operator, and /api/tenant/erasure, for the tenant's owner: all
 * of a tenant is erased, after some days in which that can be taken back.
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow, insistReach } from "../../accounts/guard/guard.ts";
import { findTenant, readTenant } from "../../accounts/store/tenant-store.ts";
import { tenantParam } from "../../accounts/tenant/external-id.ts";
import { reachedTenant, tenantOf } from "../../accounts/tenant/tenant.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { DOCUMENT_YEARS, STEPS } from "./steps.ts";
import {
  askTenantErasure,
  GRACE_DAYS,
  MOST_GRACE_DAYS,
  progressOf,
  takeBackErasure,
  tenantErasureOf,
} from "./tenant-erasure.ts";
import type { TenantErasure } from "./tenant-store.ts";

export const tenantErasureRoutes = createApi<AppEnv>();

const nameField = z.string().min(1).max(200).openapi({
  description: "the tenant's name as it is, so that no other one is erased by mistake",
  example: "Northwind Ltd",
});

const operatorInput = z.strictObject({
  name: nameField,
  delay_days: z
    .number()
    .int()
    .min(0)
    .max(MOST_GRACE_DAYS)
    .default(GRACE_DAYS)
    .openapi({ description: "days in which it can be taken back; 0 begins at once" }),
});

const ownerInput = z.strictObject({ name: nameField });

const STEP_NAMES = [...new Set(STEPS.map(([name]) => name))] as [string, ...string[]];

const erasureSchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    status: z.enum(["waiting", "running", "done"]),
    asked_by: z.enum(["operator", "owner"]),
    asked_at: z.string(),
    begins_at: z.string().openapi({ description: "until then it can be taken back" }),
    begun_at: z.string().nullable(),
    step: z
      .object({ name: z.enum(STEP_NAMES), number: z.number().int(), of: z.number().int() })
      .nullable()
      .openapi({ description: "what is next while it runs; all steps are taken twice" }),
    done_at: z.string().nullable().openapi({
      description: "when all was gone but the documents that the law has kept",
    }),
    kept_documents: z
      .number()
      .int()
      .openapi({
        description: `final documents that stay for ${DOCUMENT_YEARS} years`,
      }),
    kept_until: z.string().nullable().openapi({ description: "when the last of them goes" }),
  })
  .openapi("TenantErasure");

async function bodyOf(env: Env, erasure: TenantErasure): Promise<z.infer<typeof erasureSchema>> {
  const { status, step, documents } = await progressOf(env, erasure);
  const time = (ms: number | null) => (ms === null ? null : timeText(ms));
  return {
    id: erasure.id,
    tenant_id: erasure.tenant,
    status,
    asked_by: erasure.byOperator ? "operator" : "owner",
    asked_at: timeText(erasure.askedMs),
    begins_at: timeText(erasure.beginsMs),
    begun_at: time(erasure.begunMs),
    step,
    done_at: time(erasure.doneMs),
    kept_documents: documents.count,
    kept_until: time(documents.untilMs),
  };
}

/** A tenant that the operator names, by its id also once it is erased. Errors: 404. */
async function tenantEvenErased(env: Env, actor: Actor, named: string): Promise<string> {
  const tenant = (await findTenant(env.DB, named)) ?? (await readTenant(env.DB, named));
  if (!tenant) throw notFound("tenant");
  insistReach(actor, tenant.id);
  return tenant.id;
}

const WHAT_GOES =
  "Keys and sessions end, recording is refused, and nothing is sent any more; then usage, with " +
  "archives, and all that the tenant has here go, and come back with no restore. Final documents " +
  `and what they were paid with stay for ${DOCUMENT_YEARS} years from the end of the year of ` +
  "their issue, and as long the audit log, without persons; the operator's key can read these " +
  "with `BoxCost-Tenant`. A test tenant's go at once.";

tenantErasureRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/tenants/{id}/erasure",
    operationId: "eraseTenant",
    summary: "Have a tenant erased, at once or after some days (operator)",
    description: `${WHAT_GOES} Asked once more while it waits, it begins when it was asked last.`,
    tags: ["Tenants"],
    security,
    request: { params: tenantParam, body: jsonBody(operatorInput) },
    responses: { 201: jsonReply(erasureSchema, "The erasure"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const tenant = await reachedTenant(c.env, actor, c.req.valid("param").id);
    const { name, delay_days: days } = c.req.valid("json");
    const asked = { name, days, byOperator: true };
    return c.json(await bodyOf(c.env, await askTenantErasure(c.env, actor, tenant, asked)), 201);
  },
);

tenantErasureRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants/{id}/erasure",
    operationId: "getTenantErasure",
    summary: "How a tenant's erasure stands (operator)",
    description: "A tenant that is erased is named by its id alone.",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam },
    responses: { 200: jsonReply(erasureSchema, "The erasure"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.read", "tenants");
    const tenant = await tenantEvenErased(c.env, actor, c.req.valid("param").id);
    return c.json(await bodyOf(c.env, await tenantErasureOf(c.env, tenant)), 200);
  },
);

tenantErasureRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/tenants/{id}/erasure",
    operationId: "takeBackTenantErasure",
    summary: "Take a tenant's erasure back while it waits (operator)",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam },
    responses: { 204: { description: "Nothing is erased" }, ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const tenant = await tenantEvenErased(c.env, actor, c.req.valid("param").id);
    await takeBackErasure(c.env, actor, tenant);
    return c.body(null, 204);
  },
);

tenantErasureRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/tenant/erasure",
    operationId: "eraseOwnTenant",
    summary: `Have all of the tenant erased in ${GRACE_DAYS} days`,
    description: WHAT_GOES,
    tags: ["Tenants"],
    security,
    request: { body: jsonBody(ownerInput) },
    responses: { 201: jsonReply(erasureSchema, "The erasure"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "data.erase");
    const tenant = await tenantOf(c.env, actor.tenantId);
    const asked = { name: c.req.valid("json").name, days: GRACE_DAYS, byOperator: false };
    return c.json(await bodyOf(c.env, await askTenantErasure(c.env, actor, tenant, asked)), 201);
  },
);

tenantErasureRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenant/erasure",
    operationId: "getOwnErasure",
    summary: "How the tenant's erasure stands",
    tags: ["Tenants"],
    security,
    responses: { 200: jsonReply(erasureSchema, "The erasure"), ...problems(404) },
  }),
  async (c) => {
    const { tenantId } = allow(c, "data.erase");
    return c.json(await bodyOf(c.env, await tenantErasureOf(c.env, tenantId)), 200);
  },
);

tenantErasureRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/tenant/erasure",
    operationId: "takeBackOwnErasure",
    summary: "Take the tenant's erasure back while it waits",
    tags: ["Tenants"],
    security,
    responses: { 204: { description: "Nothing is erased" }, ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "data.erase");
    await takeBackErasure(c.env, actor, actor.tenantId);
    return c.body(null, 204);
  },
);
