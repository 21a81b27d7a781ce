/** /api/invoices/{id}/explain and its like for credit notes. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { withArticle } from "../../documents/kind/kind.ts";
import { BILLED_KINDS, KINDS } from "../../documents/kind/registry.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { type ExplainedLine, explainDocument } from "./explain.ts";

export const explainRoutes = createApi<AppEnv>();

const eventsSchema = z.object({
  count: z.number().int(),
  from_seq: z.number().int().nullable(),
  to_seq: z.number().int().nullable(),
  digest: z.string().openapi({
    description: "SHA-256 of one line `<event_seq> <source> <id>` an event, newest first",
  }),
});

const explainedSchema = z
  .object({
    document_id: z.string(),
    number: z.string().nullable(),
    subscription_id: z.string().nullable(),
    period_id: z.string().nullable(),
    currency: z.string(),
    lines: z.array(
      z.object({
        position: z.number().int(),
        kind: z.string(),
        name: z.string(),
        quantity: z.number(),
        unit_price: z.number(),
        amount: z.number(),
        plan: z.string().nullable(),
        plan_version: z.number().int().nullable(),
        metric_name: z.string().nullable(),
        tier: z.number().int().nullable(),
        arithmetic: z.string().nullable(),
        start: z.string().nullable(),
        end: z.string().nullable(),
        settles: z.string().nullable().openapi({ description: "The closed period it settles" }),
        after_seq: z.number().int().nullable(),
        up_to_seq: z.number().int().nullable(),
        events: eventsSchema.nullable(),
      }),
    ),
  })
  .openapi("ExplainedDocument");

function lineBody({ line, explanation: why, events }: ExplainedLine, currency: string) {
  return {
    position: line.position,
    kind: line.kind,
    name: line.name,
    quantity: exactNumber(line.quantity),
    unit_price: exactNumber(line.unitPrice),
    amount: moneyJson(BigInt(line.amountMinor), currency),
    plan: why?.plan ?? null,
    plan_version: why?.plan_version ?? null,
    metric_name: why?.metric ?? null,
    tier: why?.tier === null || why === null ? null : why.tier + 1,
    arithmetic: why?.arithmetic ?? null,
    start: why ? timeText(why.from) : null,
    end: why ? timeText(why.to) : null,
    settles: why?.settles ?? null,
    after_seq: why?.after_seq ?? null,
    up_to_seq: why?.up_to_seq ?? null,
    events: events && {
      count: events.count,
      from_seq: events.firstSeq,
      to_seq: events.lastSeq,
      digest: events.digest,
    },
  };
}

for (const kind of BILLED_KINDS) {
  const record = KINDS[kind];
  explainRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${record.path}/{id}/explain`,
      operationId: `explain${record.schemaName}`,
      summary: `How ${withArticle(record)} came to be, down to the events`,
      tags: ["Billing"],
      security,
      request: { params: z.object({ id: z.string().max(100) }) },
      responses: { 200: jsonReply(explainedSchema, "Its lines, explained"), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "billing.read");
      const { id } = c.req.valid("param");
      const { document, lines } = await explainDocument(c.env, actor, kind, id);
      return c.json(
        {
          document_id: document.id,
          number: document.number,
          subscription_id: document.subscriptionId,
          period_id: document.billingPeriodId,
          currency: document.currency,
          lines: lines.map((line) => lineBody(line, document.currency)),
        },
        200,
      );
    },
  );
}
