/** /api/{invoices,quotes,…}/{id}/timeline: what happened to a document. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { kindHeading, withArticle } from "../../documents/kind/kind.ts";
import { DOCUMENT_KINDS, type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { ownDocument } from "../../documents/lifecycle/draft.ts";
import { idParam } from "../../documents/wire/route-parts.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { AUTHORS } from "./author.ts";
import { HAPPENINGS, type TimelineEntry, timelineOf } from "./timeline.ts";

export const timelineRoutes = createApi<AppEnv>();

const text = z.string();

const entryView = z
  .object({
    at: text,
    what: z.enum(HAPPENINGS),
    to: z.array(text).nullable(),
    amount: z.number().nullable(),
    views: z.number().int().nullable().openapi({ description: "how often it was opened" }),
    last_at: text.nullable().openapi({ description: "when it was opened last" }),
    document: z
      .object({ kind: z.enum(DOCUMENT_KINDS), id: text, number: text.nullable() })
      .nullable(),
    email_id: text.nullable(),
    note: text.nullable(),
    edits: z.number().int().nullable().openapi({ description: "how many edits it stands for" }),
    by: z
      .object({ kind: z.enum(AUTHORS), name: text.nullable() })
      .nullable()
      .openapi({
        description:
          "who did it, for those who may read the audit log; `operator` where it acted for you, " +
          "`system` for what the product did by itself",
      }),
  })
  .openapi("TimelineEntry");

function showEntry(entry: TimelineEntry, currency: string): z.infer<typeof entryView> {
  const { atMs, lastMs, amountMinor, what, views, note } = entry;
  return {
    at: timeText(atMs),
    what,
    to: entry.to && [...entry.to],
    amount: amountMinor === null ? null : moneyJson(BigInt(amountMinor), currency),
    views,
    last_at: lastMs === null ? null : timeText(lastMs),
    document: entry.other,
    email_id: entry.emailId,
    note,
    edits: entry.count,
    by: entry.by,
  };
}

for (const kind of DOCUMENT_KINDS) mountTimeline(kind);

function mountTimeline(kind: DocumentKind): void {
  const record = KINDS[kind];
  timelineRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${record.path}/{id}/timeline`,
      operationId: `get${record.schemaName}Timeline`,
      summary: `What happened to ${withArticle(record)} of yours, the first thing first`,
      tags: [kindHeading(record)],
      security,
      request: { params: idParam },
      responses: {
        200: jsonReply(z.object({ data: z.array(entryView) }), "The timeline"),
        ...problems(404),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const document = await ownDocument(c.env, actor, kind, c.req.valid("param").id);
      const entries = await timelineOf(c.env, document, actor);
      return c.json({ data: entries.map((one) => showEntry(one, document.currency)) }, 200);
    },
  );
}
