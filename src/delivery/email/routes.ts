/** /api/{invoices,quotes}/{id}/send, and /api/emails, the log of what was sent. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor.ts";
import { allow } from "../../accounts/guard.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/openapi.ts";
import { putSettings } from "./automatic.ts";
import { composeDocument } from "./compose.ts";
import { wakeEmail } from "./send.ts";
import { listEmails, readEmail, readSettings } from "./store.ts";
import { EMAIL_STATUSES, type EmailRow, type EmailSettings } from "./table.ts";

export const emailRoutes = createApi<AppEnv>();

const tags = ["E-mail"];
const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });
const MAX_RECIPIENTS = 10;
const address = z.email("is an e-mail address").max(254);

const emailView = z
  .object({
    id: z.string(),
    document_kind: z
      .enum(["invoice", "quote"])
      .nullable()
      .openapi({ description: "null: a notice" }),
    document_id: z.string().nullable(),
    to: z.array(z.string()),
    cc: z.array(z.string()),
    subject: z.string(),
    attachments: z.array(z.object({ name: z.string(), type: z.string(), size: z.number().int() })),
    status: z.enum(EMAIL_STATUSES),
    attempts: z.number().int(),
    provider: z.string().nullable(),
    provider_id: z.string().nullable(),
    reason: z.string().nullable().openapi({ description: "why it failed, or why it waits" }),
    created_at: z.string(),
    sent_at: z.string().nullable(),
  })
  .openapi("Email");

function showEmail(row: EmailRow): z.infer<typeof emailView> {
  return {
    id: row.id,
    document_kind: row.documentKind,
    document_id: row.documentId,
    to: row.recipients,
    cc: row.cc,
    subject: row.subject,
    attachments: row.attachments.map(({ name, type, size }) => ({ name, type, size })),
    status: row.status,
    attempts: row.attempts,
    provider: row.provider,
    provider_id: row.providerId,
    reason: row.reason,
    created_at: timeText(row.createdMs),
    sent_at: row.sentMs === null ? null : timeText(row.sentMs),
  };
}

const sendBody = z.strictObject({
  to: z
    .array(address)
    .min(1)
    .max(MAX_RECIPIENTS)
    .optional()
    .openapi({ description: "the customer's own address unless given" }),
  cc: z.array(address).max(MAX_RECIPIENTS).optional(),
  message: z.string().max(2_000).nullable().optional(),
});
const BODIES = {
  invoice: sendBody
    .extend({
      attach_xml: z
        .enum(["cii", "ubl"])
        .nullable()
        .optional()
        .openapi({ description: "the e-invoice as a file of its own, beside the PDF" }),
    })
    .openapi("InvoiceSending"),
  quote: sendBody.openapi("QuoteSending"),
};

for (const kind of ["invoice", "quote"] as const) {
  emailRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/${kind}s/{id}/send`,
      operationId: kind === "invoice" ? "sendInvoice" : "sendQuote",
      summary: `Send a final ${kind} as an e-mail with its PDF, in the ${kind}'s language`,
      tags,
      security,
      request: { params: idParam, body: jsonBody(BODIES[kind]) },
      responses: { 202: jsonReply(emailView, "It is on its way"), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write");
      const given: z.infer<(typeof BODIES)["invoice"]> = c.req.valid("json");
      const row = await composeDocument(c.env, actor, kind, c.req.valid("param").id, {
        to: given.to ?? null,
        cc: given.cc ?? [],
        message: given.message ?? null,
        xml: given.attach_xml ?? null,
      });
      c.executionCtx.waitUntil(wakeEmail(c.env, row.id));
      return c.json(showEmail(row), 202);
    },
  );
}

emailRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/emails",
    operationId: "listEmails",
    summary: "List e-mails, newest first",
    tags,
    security,
    request: {
      query: z.strictObject({
        document: z.string().max(200).optional().openapi({ description: "a document's id" }),
        status: z.enum(EMAIL_STATUSES).optional(),
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(pageSchema(emailView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    const { document: documentId, status, cursor, limit: asked } = c.req.valid("query");
    const [last] = cursor ? decodeCursor(cursor, 1) : [];
    const before = last === undefined ? undefined : String(last);
    const limit = pageLimit(asked);
    const filter = { tenant: actor.tenantId, documentId, status, before };
    const rows = await listEmails(c.env.DB, filter, limit + 1);
    return c.json(
      pageOf(rows, limit, (row) => [row.id], showEmail),
      200,
    );
  },
);

emailRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/emails/{id}",
    operationId: "getEmail",
    summary: "Read an e-mail, with what it said",
    tags,
    security,
    request: { params: idParam },
    responses: {
      200: jsonReply(emailView.extend({ html: z.string(), text: z.string() }), "The e-mail"),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    const row = await readEmail(c.env.DB, c.req.valid("param").id);
    if (row?.tenant !== actor.tenantId) throw notFound("e-mail");
    return c.json({ ...showEmail(row), html: row.html, text: row.plain }, 200);
  },
);

const settingsFields = {
  send_invoices: z.boolean().openapi({ description: "to the customer, as soon as they are final" }),
  alerts_to: z
    .array(address)
    .max(MAX_RECIPIENTS)
    .openapi({ description: "who is told of usage alerts and of endpoints that were disabled" }),
};
const settingsView = z.object(settingsFields).openapi("EmailSettings");

function showSettings({ sendInvoices, alertsTo }: EmailSettings): z.infer<typeof settingsView> {
  return { send_invoices: sendInvoices, alerts_to: alertsTo };
}

emailRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/email-settings",
    operationId: "getEmailSettings",
    summary: "Read what is sent without asking",
    tags,
    security,
    responses: { 200: jsonReply(settingsView, "The settings, or their defaults"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    return c.json(showSettings(await readSettings(c.env.DB, actor.tenantId)), 200);
  },
);

emailRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/email-settings",
    operationId: "putEmailSettings",
    summary: "Say what is sent without asking; nothing unless given",
    tags,
    security,
    request: {
      body: jsonBody(z.strictObject(settingsFields).partial().openapi("EmailSettingsInput")),
    },
    responses: { 200: jsonReply(settingsView, "The settings"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { send_invoices: sendInvoices = false, alerts_to: alertsTo = [] } = c.req.valid("json");
    return c.json(showSettings(await putSettings(c.env, actor, { sendInvoices, alertsTo })), 200);
  },
);
