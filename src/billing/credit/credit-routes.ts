/** /api/credits: the operator gives; a tenant reads what it has. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { namedTenantId } from "../../accounts/tenant/tenant.ts";
import { moneyJson } from "../../core/money.ts";
import { parseTime, timeText } from "../../core/time.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  currencyInput,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import { moneyInput } from "../price/field.ts";
import { grantCredit } from "./credit.ts";
import { type CreditBalance, listCredits } from "./credit-store.ts";

export const creditRoutes = createApi<AppEnv>();

const timeOf = (ms: number | null) => (ms === null ? null : timeText(ms));
const msOf = (text: string | undefined) => (text === undefined ? null : parseTime(text));

const creditInput = z.strictObject({
  tenant_id: tenantNameInput,
  kind: z.enum(["granted", "purchased"]),
  amount: moneyInput,
  currency: currencyInput,
  expires_at: timeInput.optional(),
  note: z.string().max(500).optional(),
});

const creditSchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    kind: z.enum(["granted", "purchased"]),
    amount: z.number(),
    remaining: z.number(),
    currency: z.string(),
    expires_at: z.string().nullable(),
    note: z.string(),
    created_at: z.string(),
  })
  .openapi("Credit");

function creditBody(row: CreditBalance): z.infer<typeof creditSchema> {
  return {
    id: row.id,
    tenant_id: row.tenant,
    kind: row.kind,
    amount: moneyJson(BigInt(row.amountMinor), row.currency),
    remaining: moneyJson(BigInt(row.leftMinor), row.currency),
    currency: row.currency,
    expires_at: timeOf(row.expiresMs),
    note: row.note,
    created_at: timeText(row.createdMs),
  };
}

creditRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/credits",
    operationId: "createCredit",
    summary: "Give a tenant credit: granted lowers what is taxed, purchased what is due (operator)",
    tags: ["Credits"],
    security,
    request: { body: jsonBody(creditInput) },
    responses: { 201: jsonReply(creditSchema, "The credit"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const body = c.req.valid("json");
    const credit = await grantCredit(c.env, actor, {
      tenant: body.tenant_id,
      kind: body.kind,
      amount: body.amount,
      currency: body.currency,
      expiresMs: msOf(body.expires_at),
      note: body.note ?? "",
    });
    return c.json(creditBody({ ...credit, leftMinor: credit.amountMinor }), 201);
  },
);

creditRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/credits",
    operationId: "listCredits",
    summary: "A tenant's credits with what is left of each",
    tags: ["Credits"],
    security,
    request: {
      query: z.strictObject({ tenant_id: tenantNameInput.optional(), ...pageQuery }),
    },
    responses: { 200: jsonReply(pageSchema(creditSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const query = c.req.valid("query");
    const tenant = await namedTenantId(c.env, actor, query.tenant_id);
    const slice = sliceOf(query);
    const rows = await listCredits(c.env.DB, tenant, { before: slice.after, limit: slice.limit });
    return c.json(pageById(rows, slice, creditBody), 200);
  },
);
