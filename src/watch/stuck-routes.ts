/** /api/dead-letters, and having stuck work tried again: for the operator. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../accounts/actor/actor.ts";
import { allow } from "../accounts/guard/guard.ts";
import { workBody, workSchema } from "../accounts/tenant/work-routes.ts";
import { timeText } from "../core/time.ts";
import { pageById, sliceOf } from "../platform/http/slice.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../platform/schema/openapi.ts";
import { drainMeterNow, runWorkAgain } from "./again.ts";
import {
  type DeadLetter,
  dropDeadLetter,
  type ListedLetter,
  listDeadLetters,
  readDeadLetter,
  runDeadLetter,
} from "./dead-letter.ts";

export const stuckRoutes = createApi<AppEnv>();

const tags = ["Tenants"];
const idParam = z.object({ id: z.string().max(300).openapi({ description: "its id" }) });

const letterFields = {
  id: z.string(),
  queue: z.string().openapi({ description: "The queue of dead letters that it fell into" }),
  kind: z.string().openapi({ description: "What the message asks for" }),
  tenant_id: z.string().nullable(),
  ref: z.string().nullable().openapi({ description: "What it is about, such as a due row's id" }),
  given_up_at: z.string(),
  bytes: z.number().int(),
};
const letterSchema = z.object(letterFields).openapi("DeadLetter");
const wholeLetterSchema = z
  .object({
    ...letterFields,
    message: z.record(z.string(), z.unknown()).openapi({ description: "As it was sent" }),
  })
  .openapi("DeadLetterWithMessage");

function letterBody({ id, queue, kind, tenant, ref, atMs, bytes }: ListedLetter) {
  return { id, queue, kind, tenant_id: tenant, ref, given_up_at: timeText(atMs), bytes };
}

function wholeLetter(row: DeadLetter) {
  const bytes = new TextEncoder().encode(row.body).length;
  const message = JSON.parse(row.body) as Record<string, unknown>;
  return { ...letterBody({ ...row, bytes }), message };
}

stuckRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/dead-letters",
    operationId: "listDeadLetters",
    summary: "Messages that a queue gave up, the first one first (operator)",
    tags,
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(letterSchema), "A page"), ...problems() },
  }),
  async (c) => {
    allow(c, "operator.tenants");
    const slice = sliceOf(c.req.valid("query"));
    return c.json(pageById(await listDeadLetters(c.env.DB, slice), slice, letterBody), 200);
  },
);

stuckRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/dead-letters/{id}",
    operationId: "getDeadLetter",
    summary: "A message that a queue gave up, whole (operator)",
    tags,
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(wholeLetterSchema, "The dead letter"), ...problems(404) },
  }),
  async (c) => {
    allow(c, "operator.tenants");
    return c.json(wholeLetter(await readDeadLetter(c.env.DB, c.req.valid("param").id)), 200);
  },
);

stuckRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/dead-letters/{id}/run",
    operationId: "runDeadLetter",
    summary: "Send a dead letter to its queue again, and keep it no longer (operator)",
    tags,
    security,
    request: { params: idParam },
    responses: { 204: { description: "It is in its queue again" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    await runDeadLetter(c.env, actor, c.req.valid("param").id);
    return c.body(null, 204);
  },
);

stuckRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/dead-letters/{id}",
    operationId: "dropDeadLetter",
    summary: "Drop a dead letter: what it asks for is not done (operator)",
    tags,
    security,
    request: { params: idParam },
    responses: { 204: { description: "It is gone" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    await dropDeadLetter(c.env, actor, c.req.valid("param").id);
    return c.body(null, 204);
  },
);

stuckRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/failing-work/{id}/run",
    operationId: "runFailingWork",
    summary: "Have due work tried again at once (operator)",
    tags,
    security,
    request: { params: idParam },
    responses: { 202: jsonReply(workSchema, "It is on its way"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    return c.json(workBody(await runWorkAgain(c.env, actor, c.req.valid("param").id)), 202);
  },
);

const drainedSchema = z
  .object({
    up_to_seq: z.number().int().nullable().openapi({ description: "How far the ledger has it" }),
    reason: z.string().nullable().openapi({ description: "Why it does not get on" }),
  })
  .openapi("DrainedMeter");

stuckRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/tenants/{id}/drain",
    operationId: "drainMeter",
    summary: "Have a tenant's meter put its journal into the ledger now (operator)",
    description:
      "A meter does so by itself within seconds, and tries again for as long as it cannot. This " +
      "asks at once, and answers why it does not get on.",
    tags,
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(drainedSchema, "What came of it"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    const { upToSeq, reason } = await drainMeterNow(c.env, actor, c.req.valid("param").id);
    return c.json({ up_to_seq: upToSeq, reason }, 200);
  },
);
