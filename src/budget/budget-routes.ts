/** /api/tenants/{id}/budgets, which the operator sets, and /api/tenant/budgets, the key's own. */

import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../accounts/actor/actor.ts";
import { allow } from "../accounts/guard/guard.ts";
import { tenantParam } from "../accounts/tenant/external-id.ts";
import { reachedTenant } from "../accounts/tenant/tenant.ts";
import { BUDGET_NAMES, budgetNamed } from "../core/budget.ts";
import { budgetChangeInput } from "../platform/schema/budget.ts";
import { createApi, jsonBody, jsonReply, problems, security } from "../platform/schema/openapi.ts";
import {
  type BudgetChange,
  budgetsOf,
  changeBudgets,
  SOURCES,
  type TenantBudget,
} from "./budget.ts";

export const budgetRoutes = createApi<AppEnv>();

const budgetSchema = z
  .object({
    name: z.enum(BUDGET_NAMES),
    title: z.string(),
    unit: z.string().openapi({ description: "bytes, or what is counted" }),
    limit: z.number().int().nullable().openapi({ description: "null: no limit" }),
    source: z.enum(SOURCES).openapi({ description: "who set the limit" }),
    used: z.number().int().nullable().openapi({ description: "null: not counted between calls" }),
    when_reached: z
      .string()
      .openapi({ description: "what to do then, beside asking the operator" }),
  })
  .openapi("Budget");

const budgetsSchema = z.object({ data: z.array(budgetSchema) });

function showBudgets(budgets: readonly TenantBudget[]): z.infer<typeof budgetsSchema> {
  return {
    data: budgets.map(({ name, limit, source, used }) => {
      const { title, unit, whenReached } = budgetNamed(name);
      return { name, title, unit, limit, source, used, when_reached: whenReached };
    }),
  };
}

budgetRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants/{id}/budgets",
    operationId: "getTenantBudgets",
    summary: "What a tenant may have and do at most, with what it uses",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam },
    responses: { 200: jsonReply(budgetsSchema, "All budgets"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.read", "tenants");
    const { id: tenantId } = await reachedTenant(c.env, actor, c.req.valid("param").id);
    return c.json(showBudgets(await budgetsOf(c.env, { tenantId })), 200);
  },
);

budgetRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/tenants/{id}/budgets",
    operationId: "setTenantBudgets",
    summary: "Set what a tenant may have and do at most",
    description:
      "Budgets that are missing stay as they are; null takes back what was set. Where there is " +
      "more than a limit already, it stays, and what would need more answers 429 " +
      "`budget.reached`.",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam, body: jsonBody(budgetChangeInput) },
    responses: { 200: jsonReply(budgetsSchema, "All budgets"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const change = Object.fromEntries(
      Object.entries(c.req.valid("json")).filter(([, value]) => value !== undefined),
    ) as BudgetChange;
    const { id } = c.req.valid("param");
    return c.json(showBudgets(await changeBudgets(c.env, actor, id, change)), 200);
  },
);

budgetRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenant/budgets",
    operationId: "getOwnBudgets",
    summary: "What the key's own tenant may have and do at most, with what it uses",
    tags: ["Tenants"],
    security,
    responses: { 200: jsonReply(budgetsSchema, "All budgets"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "billing.read");
    return c.json(showBudgets(await budgetsOf(c.env, actor)), 200);
  },
);
