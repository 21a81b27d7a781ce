/** /api/exports/emails, /api/email-counts and /api/bulk/emails: the log of e-mails as a whole. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { timeText } from "../../core/time.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import { createdQuery, rangeAfter } from "../../platform/http/sorted.ts";
import { stepView } from "../../platform/http/step.ts";
import {
  countsReply,
  createApi,
  idsInput,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { resendStep } from "./resend.ts";
import { handOutEmails } from "./send.ts";
import { countEmails, type EmailFilter, listEmails } from "./store.ts";
import { EMAIL_STATUSES, type EmailRow, LETTERS } from "./table.ts";

export const emailListRoutes = createApi<AppEnv>();

const tags = ["E-mail"];

/** What the log is narrowed to. */
const filterQuery = {
  ids: idsInput,
  document: z.string().max(200).optional().openapi({ description: "a document's id" }),
  status: z.enum(EMAIL_STATUSES).optional(),
  letter: z.enum(LETTERS).optional(),
  q: z.string().min(1).max(200).optional().openapi({
    description: "text of the subject or of a recipient's address; accents do not matter",
  }),
};
const filterSchema = z.strictObject(filterQuery);

function filterOf({ document, q, ids, ...rest }: z.infer<typeof filterSchema>): EmailFilter {
  return { ...rest, documentId: document, text: q, ids: ids?.split(",") };
}

const plain = (name: string, text: (row: EmailRow) => string | null) => ({ name, text });
const COLUMNS: readonly ExportColumn<EmailRow>[] = [
  plain("id", ({ id }) => id),
  plain("letter", ({ letter }) => letter),
  plain("document_id", ({ documentId }) => documentId),
  plain("document_number", ({ documentNumber }) => documentNumber),
  plain("to", ({ recipients }) => recipients.join(", ")),
  plain("cc", ({ cc }) => cc.join(", ")),
  plain("subject", ({ subject }) => subject),
  plain("status", ({ status }) => status),
  { name: "attempts", text: ({ attempts }) => String(attempts), number: true },
  plain("provider", ({ provider }) => provider),
  plain("reason", ({ reason }) => reason),
  plain("created_at", ({ createdMs }) => timeText(createdMs)),
  plain("sent_at", ({ sentMs }) => (sentMs === null ? null : timeText(sentMs))),
];

emailListRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/emails",
    operationId: "exportEmails",
    summary: "Export the log of e-mails as CSV or NDJSON, filtered as its list is",
    tags,
    security,
    request: { query: filterSchema.extend(createdQuery).extend(formatQuery) },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const viewer = allow(c, "documents.read", "own", "theirs");
    const { format, sort, ...query } = c.req.valid("query");
    const filter = { ...filterOf(query), viewer };
    const read = (last: EmailRow | null, limit: number) =>
      listEmails(c.env.DB, { ...filter, ...rangeAfter(last, sort) }, limit);
    return sendExport(c, { format, name: "emails", columns: COLUMNS, read, page: MOST_LETTERS });
  },
);

/** Rows that are read at once: each has its letter with it. */
const MOST_LETTERS = 200;

emailListRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/email-counts",
    operationId: "countEmails",
    summary: "How many e-mails there are of each status, up to a thousand of each",
    tags,
    security,
    responses: {
      200: countsReply({ status: z.enum(EMAIL_STATUSES) }),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const counts = await countEmails(c.env.DB, actor);
    return c.json({ data: EMAIL_STATUSES.map((status) => ({ status, ...counts[status] })) }, 200);
  },
);

emailListRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/bulk/emails",
    operationId: "actEmails",
    summary: "Send again what a filter leaves of the e-mails that were not sent, step by step",
    description:
      "A call does at most 50 of them, newest first. Where `next_cursor` is not null, send the " +
      "same request with it as `cursor`.",
    tags,
    security,
    request: {
      body: jsonBody(
        z
          .strictObject({
            act: z.enum(["send_again"]),
            filter: filterSchema,
            cursor: z.string().max(500).nullable().optional(),
          })
          .openapi("EmailBulkInput"),
      ),
    },
    responses: { 200: jsonReply(stepView, "What the step did"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.write", "own", "theirs");
    const { filter, cursor = null } = c.req.valid("json");
    const step = await resendStep(c.env, actor, filterOf(filter), cursor);
    c.executionCtx.waitUntil(handOutEmails(c.env, actor.tenantId, actor.realMs));
    return c.json(step, 200);
  },
);
