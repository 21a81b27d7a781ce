/** /api/customers: whom the tenant issues documents to. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { namedTenantId } from "../../accounts/tenant/tenant.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  problems,
  security,
  sortedPageSchema,
} from "../../platform/schema/openapi.ts";
import { balancesOf } from "../balance/balance-store.ts";
import { changeCustomer, createCustomer, customerOf } from "../party/customer.ts";
import { customerPage } from "../party/customer-list.ts";
import { seesAllOf } from "../store/viewer.ts";
import { balanceView, showBalance } from "../wire/balance-view.ts";
import { customerChange, customerInput } from "../wire/party-input.ts";
import { customerView, showCustomer } from "../wire/party-view.ts";
import { customerSortInput, idParam } from "../wire/route-parts.ts";

export const customerRoutes = createApi<AppEnv>();

customerRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/customers",
    operationId: "createCustomer",
    summary: "Add a customer",
    tags: ["Customers"],
    security,
    request: { body: jsonBody(customerInput) },
    responses: { 201: jsonReply(customerView, "The customer"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.write", "own", "theirs");
    const customer = await createCustomer(c.env, actor, c.req.valid("json"));
    return c.json(showCustomer(customer), 201);
  },
);

customerRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/customers",
    operationId: "listCustomers",
    summary: "List customers, newest first or sorted",
    tags: ["Customers"],
    security,
    request: {
      query: z.strictObject({
        q: z
          .string()
          .min(1)
          .max(200)
          .optional()
          .openapi({
            description:
              "words in the name, the e-mail address or the reference, found as by /api/search; " +
              "for the operator also the beginning of the external id of the tenant that it is",
          }),
        tenant_id: tenantNameInput.optional().openapi({
          description: "the tenant that the customer is, by id or external id (operator)",
        }),
        sort: customerSortInput,
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(sortedPageSchema(customerView), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { q = null, tenant_id: named, sort, cursor, limit } = c.req.valid("query");
    const linkedTenant = named === undefined ? undefined : await namedTenantId(c.env, actor, named);
    const asked = { text: q, linkedTenant, sort, cursor, limit };
    const { data, ...cursors } = await customerPage(c.env, actor, asked);
    return c.json({ data: data.map(showCustomer), ...cursors }, 200);
  },
);

const customerWithBalances = customerView
  .extend({
    balances: z.array(balanceView).openapi({
      description:
        "its credit balance in each currency: paid or credited beyond its invoices; none for " +
        "whoever sees only documents of their own",
    }),
  })
  .openapi("CustomerWithBalances");

customerRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/customers/{id}",
    operationId: "getCustomer",
    summary: "Read a customer, with what is held of its money",
    tags: ["Customers"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(customerWithBalances, "The customer"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const row = await customerOf(c.env, actor, c.req.valid("param").id);
    const isWhole = seesAllOf(actor, row.id);
    const whose = { tenant: row.tenant, customerId: row.id };
    const balances = isWhole ? await balancesOf(c.env.DB, whose) : [];
    return c.json({ ...showCustomer(row), balances: balances.map(showBalance) }, 200);
  },
);

customerRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/customers/{id}",
    operationId: "changeCustomer",
    summary: "Change the given fields; null clears one",
    tags: ["Customers"],
    security,
    request: { params: idParam, body: jsonBody(customerChange) },
    responses: { 200: jsonReply(customerView, "The customer"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.write", "own", "theirs");
    const { id } = c.req.valid("param");
    const customer = await changeCustomer(c.env, actor, id, c.req.valid("json"));
    return c.json(showCustomer(customer), 200);
  },
);
