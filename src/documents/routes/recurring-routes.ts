/** /api/recurring-invoices: invoices that repeat. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import {
  changeRecurring,
  createRecurring,
  recurringOf,
  removeRecurring,
} from "../recurring/recurring.ts";
import { listRecurring } from "../recurring/recurring-store.ts";
import {
  recurringChange,
  recurringInput,
  recurringView,
  showRecurring,
} from "../wire/recurring-view.ts";
import { idParam } from "../wire/route-parts.ts";

export const recurringRoutes = createApi<AppEnv>();

const described = { tags: ["Recurring invoices"], security };
const path = "/api/recurring-invoices";

recurringRoutes.openapi(
  createRoute({
    ...described,
    method: "post",
    path,
    operationId: "createRecurringInvoice",
    summary: "Have an invoice repeated, as drafts, final or sent",
    request: { body: jsonBody(recurringInput) },
    responses: { 201: jsonReply(recurringView, "The recurring invoice"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "documents");
    return c.json(showRecurring(await createRecurring(c.env, actor, c.req.valid("json"))), 201);
  },
);

recurringRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path,
    operationId: "listRecurringInvoices",
    summary: "List recurring invoices, newest first",
    request: {
      query: z.strictObject({ ...pageQuery, customer_id: z.string().max(200).optional() }),
    },
    responses: { 200: jsonReply(pageSchema(recurringView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "documents");
    const query = c.req.valid("query");
    const slice = sliceOf(query);
    const { after: before, limit } = slice;
    const whose = query.customer_id === undefined ? {} : { customerId: query.customer_id };
    const rows = await listRecurring(c.env.DB, actor.tenantId, { before, limit, ...whose });
    return c.json(pageById(rows, slice, showRecurring), 200);
  },
);

recurringRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path: `${path}/{id}`,
    operationId: "getRecurringInvoice",
    summary: "Read a recurring invoice",
    request: { params: idParam },
    responses: { 200: jsonReply(recurringView, "The recurring invoice"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "documents");
    return c.json(showRecurring(await recurringOf(c.env, actor, c.req.valid("param").id)), 200);
  },
);

recurringRoutes.openapi(
  createRoute({
    ...described,
    method: "patch",
    path: `${path}/{id}`,
    operationId: "changeRecurringInvoice",
    summary: "Change the given fields of a recurring invoice; pause it, or go on with it",
    request: { params: idParam, body: jsonBody(recurringChange) },
    responses: { 200: jsonReply(recurringView, "The recurring invoice"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "documents");
    const { id } = c.req.valid("param");
    const changed = await changeRecurring(c.env, actor, id, c.req.valid("json"));
    return c.json(showRecurring(changed), 200);
  },
);

recurringRoutes.openapi(
  createRoute({
    ...described,
    method: "delete",
    path: `${path}/{id}`,
    operationId: "deleteRecurringInvoice",
    summary: "End a recurring invoice for good; the invoices that it made stay",
    request: { params: idParam },
    responses: { 204: { description: "It is gone" }, ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "documents");
    await removeRecurring(c.env, actor, c.req.valid("param").id);
    return c.body(null, 204);
  },
);
