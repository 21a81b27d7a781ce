/** /api/{invoices,quotes,credit-notes}/{id}/send, and /api/emails, the log of what was sent. */

import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { timeText } from "../../core/time.ts";
import { DOCUMENT_KINDS, KINDS } from "../../documents/kind/registry.ts";
import { E_INVOICE_FORMATS } from "../../documents/render/pack/registry.ts";
import { createdPage, createdQuery } from "../../platform/http/sorted.ts";
import { emailInput } from "../../platform/schema/email.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  problems,
  security,
  sortedPageSchema,
} from "../../platform/schema/openapi.ts";
import { MAX_RECIPIENTS } from "../transport/recipient.ts";
import { composeDocument, reminderOf } from "./compose.ts";
import { REPORT_KINDS } from "./provider/contract.ts";
import { resendEmail } from "./resend.ts";
import { letterOf } from "./sealed-letter.ts";
import { handOutEmails, insistMayWait, waitingOf } from "./send.ts";
import { listEmails, listReports, ownEmail } from "./store.ts";
import { EMAIL_STATUSES, type EmailReport, type EmailRow, LETTERS } from "./table.ts";

export const emailRoutes = createApi<AppEnv>();

const tags = ["E-mail"];
const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });

const emailView = z
  .object({
    id: z.string(),
    letter: z.enum(LETTERS),
    document_kind: z.enum(DOCUMENT_KINDS).nullable().openapi({ description: "null: a notice" }),
    document_id: z.string().nullable(),
    to: z.array(z.string()),
    cc: z.array(z.string()),
    subject: z.string(),
    attachments: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        size: z.number().int(),
        inline: z.boolean().openapi({ description: "shown by the letter itself" }),
      }),
    ),
    status: z.enum(EMAIL_STATUSES),
    attempts: z.number().int(),
    provider: z.string().nullable(),
    provider_id: z.string().nullable(),
    reason: z.string().nullable().openapi({ description: "why it failed, or why it waits" }),
    created_at: z.string(),
    sent_at: z.string().nullable(),
  })
  .openapi("Email");

/** As the API answers it; `waits` says why a queued one is not sent yet. */
function showEmail(row: EmailRow, waits: string | null): z.infer<typeof emailView> {
  return {
    id: row.id,
    letter: row.letter,
    document_kind: row.documentKind,
    document_id: row.documentId,
    to: row.recipients,
    cc: row.cc,
    subject: row.subject,
    attachments: row.attachments.map(({ name, type, size, cid }) => ({
      name,
      type,
      size,
      inline: cid !== undefined,
    })),
    status: row.status,
    attempts: row.attempts,
    provider: row.provider,
    provider_id: row.providerId,
    reason: waits ?? row.reason,
    created_at: timeText(row.createdMs),
    sent_at: row.sentMs === null ? null : timeText(row.sentMs),
  };
}

const reportView = z
  .object({
    address: z.string(),
    kind: z.enum(REPORT_KINDS),
    reason: z.string().nullable(),
    at: z.string(),
  })
  .openapi("EmailReport");

function showReport({ address, kind, reason, atMs }: EmailReport): z.infer<typeof reportView> {
  return { address, kind, reason, at: timeText(atMs) };
}

const sendBody = z.strictObject({
  to: z
    .array(emailInput)
    .min(1)
    .max(MAX_RECIPIENTS)
    .optional()
    .openapi({ description: "the customer's own address unless given" }),
  cc: z.array(emailInput).max(MAX_RECIPIENTS).optional(),
  message: z.string().max(2_000).nullable().optional(),
});
const withXml = sendBody.extend({
  attach_xml: z
    .enum(E_INVOICE_FORMATS)
    .nullable()
    .optional()
    .openapi({ description: "the e-invoice as a file of its own, beside the PDF" }),
});

const withReminder = withXml.extend({
  reminder: z
    .boolean()
    .optional()
    .openapi({ description: "as a reminder of what is due, instead of the invoice's own letter" }),
});

for (const kind of DOCUMENT_KINDS) {
  const { noun, path, schemaName, eInvoice, owed } = KINDS[kind];
  const plain = eInvoice ? withXml : sendBody;
  const body = (owed ? withReminder : plain).openapi(`${schemaName}Sending`);
  emailRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/${path}/{id}/send`,
      operationId: `send${schemaName}`,
      summary: `Send a final ${noun} as an e-mail with its PDF, in the ${noun}'s language`,
      tags,
      security,
      request: { params: idParam, body: jsonBody(body) },
      responses: { 202: jsonReply(emailView, "It is on its way"), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const given: z.infer<typeof withReminder> = c.req.valid("json");
      await insistMayWait(c.env, actor, actor.realMs);
      const { id } = c.req.valid("param");
      const occasion = given.reminder
        ? await reminderOf(c.env, actor, kind, id)
        : ({ letter: "document" } as const);
      const row = await composeDocument(c.env, actor, kind, id, {
        occasion,
        to: given.to ?? null,
        cc: given.cc ?? [],
        message: given.message ?? null,
        xml: given.attach_xml ?? null,
      });
      c.executionCtx.waitUntil(handOutEmails(c.env, actor.tenantId, actor.realMs));
      const waits = await waitingOf(c.env, actor.tenantId, actor.realMs);
      return c.json(showEmail(row, waits(row)), 202);
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
        letter: z.enum(LETTERS).optional(),
        q: z.string().min(1).max(200).optional().openapi({
          description: "text of the subject or of a recipient's address; accents do not matter",
        }),
        ...createdQuery,
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(sortedPageSchema(emailView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { document: documentId, q: text, status, letter, ...query } = c.req.valid("query");
    const filter = { viewer: actor, documentId, text, status, letter };
    const { data, ...cursors } = await createdPage(
      query,
      (range, limit) => listEmails(c.env.DB, { ...filter, ...range }, limit),
      ({ id }) => id,
    );
    const waits = await waitingOf(c.env, actor.tenantId, actor.realMs);
    return c.json({ data: data.map((row) => showEmail(row, waits(row))), ...cursors }, 200);
  },
);

emailRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/emails/{id}/resend",
    operationId: "resendEmail",
    summary: "Send an e-mail again that failed or was suppressed, as it was written",
    tags,
    security,
    request: { params: idParam },
    responses: { 202: jsonReply(emailView, "It is on its way"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.write", "own", "theirs");
    const row = await resendEmail(c.env, actor, c.req.valid("param").id);
    c.executionCtx.waitUntil(handOutEmails(c.env, actor.tenantId, actor.realMs));
    const waits = await waitingOf(c.env, actor.tenantId, actor.realMs);
    return c.json(showEmail(row, waits(row)), 202);
  },
);

emailRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/emails/{id}",
    operationId: "getEmail",
    summary: "Read an e-mail, with what it said and what the provider reported",
    tags,
    security,
    request: { params: idParam },
    responses: {
      200: jsonReply(
        emailView.extend({ html: z.string(), text: z.string(), reports: z.array(reportView) }),
        "The e-mail",
      ),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const row = await ownEmail(c.env.DB, actor, c.req.valid("param").id);
    const reports = (await listReports(c.env.DB, row.id)).map(showReport);
    const { html, plain } = await letterOf(c.env, row);
    const waits = await waitingOf(c.env, actor.tenantId, actor.realMs);
    return c.json({ ...showEmail(row, waits(row)), html, text: plain, reports }, 200);
  },
);
