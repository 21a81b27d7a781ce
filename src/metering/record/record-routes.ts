/** The two recording routes: checked by hand, answered from text, since they are the hot path. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow, guard, insistAllTenants } from "../../accounts/guard/guard.ts";
import { ERRORS, invalidField, Problem } from "../../core/errors.ts";
import { quantityJson, quantityText } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { parseBody, readSent, readText } from "../../platform/http/http.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { alertBody } from "../counter/limit.ts";
import { batchItemSchema, itemSchema, MAX_ID } from "../event/item.ts";
import { quoted } from "../event/line.ts";
import type { Reply } from "../meter/reply.ts";
import { batchTypeOf, itemsOfBatch, MAX_BATCH_BYTES } from "./batch-body.ts";
import { keepBody } from "./body.ts";
import { prefersLater, prefersMinimal, recordLater } from "./later.ts";
import {
  type Accepted,
  areAllAccepted,
  askChecked,
  checkItems,
  laterOutcomes,
  type Outcome,
  outcomesOf,
  recordChecked,
} from "./record.ts";
import { batchBody, batchSchema, laterSchema, recordedSchema } from "./record-schema.ts";
import { MAX_BATCH_TENANTS, namesTenants, recordForTenants } from "./tenants.ts";
import { LATER_WARNINGS, WARNINGS, type Warning, warningOf, warningsOf } from "./warning.ts";

const MAX_SINGLE_BYTES = 64_000;

const app = createApi<AppEnv>();

const prefer =
  "Send `Prefer: respond-async` for a 202 as soon as id and time are fixed and kept; what cannot " +
  `be counted afterwards is listed at \`/api/usage/refused\`. ${LATER_WARNINGS}`;

app.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/api/usage/record",
    operationId: "recordUsage",
    summary: "Record one usage event",
    description: `Durable, deduplicated by (source, id) and counted when it answers. ${prefer}`,
    tags: ["Usage"],
    security,
    request: { body: jsonBody(itemSchema) },
    responses: {
      201: jsonReply(recordedSchema, "Recorded"),
      200: jsonReply(recordedSchema, "Recorded before, with the same payload"),
      202: jsonReply(laterSchema, "Queued"),
      ...problems(400, 409, 413, 415),
    },
  }),
);

app.post("/api/usage/record", guard, async (c) => {
  const recorder = allow(c, "usage.write");
  const value = parseBody(await readText(c, MAX_SINGLE_BYTES));
  const checked = checkItems(recorder, [{ value }], () => keyOf(c));
  const [refused] = checked.outcomes;
  if (refused) throw problemOf(refused);
  if (prefersLater(c.req.header("prefer"))) {
    await recordLater(c.env, recorder, checked);
    return jsonText(JSON.stringify({ id: checked.ids[0], message: "Usage queued" }), 202);
  }
  const [outcome] = await recordChecked(c.env, recorder, checked);
  if (outcome?.outcome !== "accepted" && outcome?.outcome !== "duplicate") {
    throw problemOf(outcome);
  }
  return jsonText(singleText(outcome), outcome.outcome === "accepted" ? 201 : 200);
});

function jsonText(text: string, status: number): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}

function problemOf(outcome: Outcome | undefined): Problem {
  if (outcome?.outcome !== "refused") throw new Error("no outcome");
  const { code, detail, errors, remainingMicro } = outcome;
  return new Problem(code, detail, {
    ...(errors ? { errors } : {}),
    ...(remainingMicro === undefined
      ? {}
      : { members: { remaining: quantityJson(remainingMicro) } }),
  });
}

const MINIMAL =
  "With `Prefer: respond-async, return=minimal` the body is kept as it was sent, compressed or " +
  "not, and read later: the answer is its `id` alone, ids that items lack are made of that or " +
  "the `Idempotency-Key`, and whatever is wrong with the body or an item is listed there. A key " +
  "of the operator has it so with `BoxCost-Tenant` alone.";

const MISSING_IDS =
  "An item without an id has one of the request's name and its position, `name:0`, `name:1` and " +
  "so on. The name is the `Idempotency-Key`: with one, a request whose items have no ids is safe " +
  "to send again too. Without one each request has a name of its own, since two that are equal " +
  "may both have happened; the answer names the ids, of refused items as well.";

app.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/api/usage/events",
    operationId: "recordUsageBatch",
    summary: "Record up to 5,000 usage events",
    description:
      "A JSON array, or one JSON object a line (application/x-ndjson), at most 2 MB. One result " +
      "for each item, in order; with ids it is safe to send again whole. With a key of the " +
      `operator items may name a \`tenant\` each, of ${MAX_BATCH_TENANTS} at most: what one is ` +
      `refused is the answer to its items alone. ${WARNINGS} ${MISSING_IDS} ${prefer} ${MINIMAL}`,
    tags: ["Usage"],
    security,
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: batchBody },
          "application/x-ndjson": { schema: batchItemSchema },
        },
      },
    },
    responses: {
      200: jsonReply(batchSchema, "What became of each item"),
      202: jsonReply(z.union([batchSchema, laterSchema]), "Queued, or kept as it was sent"),
      ...problems(400, 413, 415),
    },
  }),
);

app.post("/api/usage/events", guard, async (c) => {
  const recorder = allow(c, "usage.write", "tenants");
  const key = keyOf(c);
  const prefer = c.req.header("prefer");
  const later = prefersLater(prefer);
  if (later && !recorder.operator && prefersMinimal(prefer)) {
    const sent = await readSent(c, MAX_BATCH_BYTES);
    const type = batchTypeOf(c.req.header("content-type"));
    const id = await keepBody(c.env, recorder, { type, key, ...sent });
    return jsonText(JSON.stringify({ id, message: "Usage kept, to be read and counted" }), 202);
  }
  const text = await readText(c, MAX_BATCH_BYTES);
  const items = itemsOfBatch(batchTypeOf(c.req.header("content-type")), text);
  const name = key ?? makeId("evt", recorder.realMs);
  const named = (position: number) => `${name}:${position}`;
  if (recorder.operator && namesTenants(items)) {
    const outcomes = await recordForTenants(c.env, recorder, { items, nameId: named, later });
    return later
      ? jsonText(batchText(outcomes, 202), 202)
      : jsonText(batchText(outcomes, 201), 200);
  }
  insistAllTenants(recorder);
  const checked = checkItems(recorder, items, named);
  if (later) {
    await recordLater(c.env, recorder, checked);
    return jsonText(batchText(laterOutcomes(checked), 202), 202);
  }
  const reply = await askChecked(c.env, recorder, checked);
  if (areAllAccepted(checked, reply)) return jsonText(plainText(checked.ids, reply), 200);
  const outcomes = await outcomesOf(c.env, recorder, checked, reply);
  return jsonText(batchText(outcomes, 201), 200);
});

/** The Idempotency-Key, which names events that bring no id. Errors: 422. */
function keyOf(c: Context<AppEnv>): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  // Room for ":4999" behind it.
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > MAX_ID - 5) {
    throw invalidField("/header/Idempotency-Key", "is 1 to 195 visible ASCII characters");
  }
  return key;
}

/** The answer to a single event, as text. */
function singleText(outcome: Accepted): string {
  const duplicate = outcome.outcome === "duplicate";
  const { event } = outcome;
  const taken = event
    ? `,"metric_name":${quoted(event.metric)},"quantity":${quantityText(event.micro)}` +
      `,"timestamp":"${timeText(event.atMs)}","recorded_at":"${timeText(event.receivedMs)}"`
    : "";
  const { undeclared } = outcome;
  const warning = undeclared ? `,"warning":${JSON.stringify(warningOf(undeclared))}` : "";
  const message = duplicate ? "Usage was recorded before" : "Usage recorded";
  const alerts = outcome.alerts.map((alert) => JSON.stringify(alertBody(alert)));
  return (
    `{"id":${quoted(outcome.id)},"event_seq":${outcome.seq}${taken},"message":"${message}"` +
    `,"duplicate":${duplicate},"alerts":[${alerts.join(",")}]${warning}}`
  );
}

/** The answer to a batch that was accepted whole, as text: without an object for each event. */
function plainText(ids: readonly string[], reply: Reply): string {
  let seq = reply.firstSeq;
  let results = "";
  for (const id of ids) {
    const comma = results === "" ? "" : ",";
    results += `${comma}{"status":201,"id":${quoted(id)},"event_seq":${seq++}}`;
  }
  const warnings = reply.undeclared.map((undeclared) => warningOf(undeclared));
  return (
    `{"accepted":${ids.length},"duplicates":0,"refused":0,` +
    `"results":[${results}],"alerts":[]${warningsText(warnings)}}`
  );
}

/** The member "warnings" where there are any. */
function warningsText(warnings: readonly Warning[]): string {
  return warnings.length === 0 ? "" : `,"warnings":${JSON.stringify(warnings)}`;
}

/** The answer to a batch, as text. */
function batchText(outcomes: readonly Outcome[], acceptedStatus: number): string {
  let [accepted, duplicates] = [0, 0];
  const alerts: string[] = [];
  const results = outcomes.map((result) => {
    if (result.outcome === "refused") return refusedText(result);
    if (result.outcome === "accepted") accepted++;
    else duplicates++;
    const whose = result.tenant === undefined ? {} : { tenant_id: result.tenant };
    for (const alert of result.alerts)
      alerts.push(JSON.stringify({ ...alertBody(alert), ...whose }));
    const status = result.outcome === "accepted" ? acceptedStatus : 200;
    const quantity = result.event ? `,"quantity":${quantityText(result.event.micro)}` : "";
    const seq = result.seq > 0 ? `,"event_seq":${result.seq}` : "";
    return `{"status":${status},"id":${quoted(result.id)}${seq}${quantity}}`;
  });
  const refused = outcomes.length - accepted - duplicates;
  return (
    `{"accepted":${accepted},"duplicates":${duplicates},"refused":${refused},` +
    `"results":[${results.join(",")}],"alerts":[${alerts.join(",")}]` +
    `${warningsText(warningsOf(outcomes))}}`
  );
}

function refusedText(refused: Extract<Outcome, { outcome: "refused" }>): string {
  const { id, code, detail, errors, remainingMicro } = refused;
  const { status } = ERRORS[code];
  const remaining = remainingMicro === undefined ? undefined : quantityJson(remainingMicro);
  return JSON.stringify({ status, id, code, detail, errors, remaining });
}

export const recordRoutes = app;
