/** /api/usage/imports: usage from before the window that recording takes. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { itemSchema } from "../../metering/event/item-schema.ts";
import { BACK_DAYS } from "../../metering/event/window.ts";
import {
  commitImport,
  createImport,
  importOf,
  type Progress,
  revertImport,
  stageEvents,
} from "../../metering/import/import.ts";
import { dropFile } from "../../metering/import/import-file.ts";
import { type Import, listImports, metricsOfImport } from "../../metering/import/import-store.ts";
import { IMPORT_STATUSES } from "../../metering/import/table.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { tenantQuery } from "../correction/correction-routes.ts";
import { actorFor, insistMay, logForOperator } from "../correction/permit.ts";
import { detailText, wordsFor } from "../period/wording.ts";
import { type ImportPreview, previewImport, settleEnded } from "./import.ts";

export const importRoutes = createApi<AppEnv>();

const ownerQuery = z.strictObject(tenantQuery);
const idParam = z.object({ id: z.string().max(100) });

const importFields = {
  id: z.string(),
  name: z.string(),
  status: z.enum(IMPORT_STATUSES),
  staged: z.number().int().openapi({ description: "events that do not count" }),
  recorded: z.number().int().openapi({ description: "events that count" }),
  refused: z.number().int(),
  voided: z.number().int().openapi({ description: "events that counted and were taken back" }),
  created_at: z.string(),
};
const importSchema = z.object(importFields).openapi("UsageImport");
const progressSchema = z
  .object({ ...importFields, done: z.boolean().openapi({ description: "false: ask again" }) })
  .openapi("UsageImportProgress");

function importBody(row: Import): z.infer<typeof importSchema> {
  const { id, name, status, staged, recorded, refused, voided, createdMs } = row;
  return { id, name, status, staged, recorded, refused, voided, created_at: timeText(createdMs) };
}

function progressBody({ imported, done }: Progress): z.infer<typeof progressSchema> {
  return { ...importBody(imported), done };
}

const previewSchema = z
  .object({
    import: importSchema,
    outside: z.number().int().openapi({ description: "staged events in no period" }),
    running: z
      .object({
        start: z.string(),
        end: z.string(),
        events: z.number().int(),
        currency: z.string(),
        amount: z.number(),
      })
      .nullable()
      .openapi({ description: "what the running period would bill more at its end" }),
    left_out: z.number().int().openapi({
      description: "closed periods that cannot be settled now, and are not among the settlements",
    }),
    settlements: z.array(
      z.object({
        period_id: z.string(),
        start: z.string(),
        end: z.string(),
        currency: z.string(),
        amount: z.number().openapi({ description: "negative: a credit note" }),
        arithmetic: z.string(),
        detail: z.string().nullable(),
      }),
    ),
  })
  .openapi("UsageImportPreview");

function previewBody({ imported, outside, running, differences, leftOut }: ImportPreview) {
  return {
    import: importBody(imported),
    outside,
    running: running && {
      start: timeText(running.period.startMs),
      end: timeText(running.period.endMs),
      events: running.events,
      currency: running.currency,
      amount: moneyJson(running.minor, running.currency),
    },
    left_out: leftOut,
    settlements: differences.map(({ period, line, differenceMinor }) => ({
      period_id: period.id,
      start: timeText(period.startMs),
      end: timeText(period.endMs),
      currency: period.currency,
      amount: moneyJson(differenceMinor, period.currency),
      arithmetic: line.arithmetic,
      detail: detailText(line.detail, wordsFor("en", null, period.currency)),
    })),
  };
}

const importEvent = itemSchema
  .omit({ source: true, cap: true })
  .required({ id: true, timestamp: true })
  .openapi("UsageImportEvent");

importRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/usage/imports",
    operationId: "createUsageImport",
    summary: `Begin an import of usage from before the ${BACK_DAYS} days that recording takes`,
    tags: ["Usage"],
    security,
    request: { query: ownerQuery, body: jsonBody(z.strictObject({ name: lineInput(80) })) },
    responses: { 201: jsonReply(importSchema, "The import"), ...problems(404, 409) },
  }),
  async (c) => {
    const author = allow(c, "usage.void", "tenants");
    const actor = await actorFor(c.env, author, c.req.valid("query").tenant_id);
    return c.json(importBody(await createImport(c.env, actor, c.req.valid("json").name)), 201);
  },
);

importRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/imports",
    operationId: "listUsageImports",
    summary: "List imports, newest first",
    tags: ["Usage"],
    security,
    request: { query: z.strictObject({ ...tenantQuery, ...pageQuery }) },
    responses: { 200: jsonReply(pageSchema(importSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const query = c.req.valid("query");
    const actor = await actorFor(
      c.env,
      allow(c, "usage.read", "tenants", "usage"),
      query.tenant_id,
    );
    const slice = sliceOf(query);
    const { after: before, limit } = slice;
    const rows = await listImports(c.env.DB, actor.tenantId, { before, limit });
    return c.json(pageById(rows, slice, importBody), 200);
  },
);

importRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/imports/{id}",
    operationId: "getUsageImport",
    summary: "Read an import",
    tags: ["Usage"],
    security,
    request: { params: idParam, query: ownerQuery },
    responses: { 200: jsonReply(importSchema, "The import"), ...problems(404) },
  }),
  async (c) => {
    const actor = await actorFor(
      c.env,
      allow(c, "usage.read", "tenants", "usage"),
      c.req.valid("query").tenant_id,
    );
    return c.json(importBody(await importOf(c.env, actor, c.req.valid("param").id)), 200);
  },
);

importRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/usage/imports/{id}/events",
    operationId: "addUsageImportEvents",
    summary: "Add events to an open import, where they count for nothing",
    description: "All or none. The first one of an id stays, so a request is safe to send again.",
    tags: ["Usage"],
    security,
    request: {
      params: idParam,
      query: ownerQuery,
      body: jsonBody(z.strictObject({ events: z.array(importEvent).min(1).max(2_000) })),
    },
    responses: { 200: jsonReply(importSchema, "The import"), ...problems(404, 409, 413) },
  }),
  async (c) => {
    const author = allow(c, "usage.void", "tenants");
    const actor = await actorFor(c.env, author, c.req.valid("query").tenant_id);
    const { id } = await importOf(c.env, actor, c.req.valid("param").id);
    const { events } = c.req.valid("json");
    const named = [...new Set(events.map(({ metric_name }) => metric_name))];
    await insistMay(c.env, actor, "import", async () => named);
    const staged = await stageEvents(c.env, actor, id, events);
    return c.json(importBody(staged), 200);
  },
);

importRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/imports/{id}/preview",
    operationId: "previewUsageImport",
    summary: "What each closed period would settle if the import counted",
    tags: ["Usage"],
    security,
    request: { params: idParam, query: ownerQuery },
    responses: { 200: jsonReply(previewSchema, "The settlements"), ...problems(404) },
  }),
  async (c) => {
    const actor = await actorFor(
      c.env,
      allow(c, "billing.read", "tenants"),
      c.req.valid("query").tenant_id,
    );
    return c.json(previewBody(await previewImport(c.env, actor, c.req.valid("param").id)), 200);
  },
);

for (const [verb, run] of [
  ["commit", commitImport],
  ["revert", revertImport],
] as const) {
  importRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/usage/imports/{id}/${verb}`,
      operationId: `${verb}UsageImport`,
      summary:
        verb === "commit"
          ? "Let an import count; closed periods settle it with their next closing"
          : "Take an import back, whether it counts or not",
      description: "Ask again until `done`; it goes on where it stopped.",
      tags: ["Usage"],
      security,
      request: { params: idParam, query: ownerQuery },
      responses: { 200: jsonReply(progressSchema, "How far it is"), ...problems(404, 409) },
    }),
    async (c) => {
      const author = allow(c, "usage.void", "tenants");
      const actor = await actorFor(c.env, author, c.req.valid("query").tenant_id);
      const { id } = await importOf(c.env, actor, c.req.valid("param").id);
      await insistMay(c.env, actor, "import", () => metricsOfImport(c.env.DB, id));
      await logForOperator(c.env, author, actor, { action: `usage.import_${verb}`, target: id });
      const finished = await settleEnded(c.env, actor);
      const progress = await run(c.env, actor, id, finished);
      if (progress.done) await dropFile(c.env, actor, id);
      return c.json(progressBody(progress), 200);
    },
  );
}
