/**
 * The two recording routes: checked by hand, answered from text, since they are the hot path. They
 * stand in the entry, so no schema is imported here; record-operation.ts describes them.
 */
import { type Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow, insistAllTenants } from "../../accounts/guard/guard.ts";
import { ERRORS, invalidField, Problem } from "../../core/errors.ts";
import { quantityJson, quantityText } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { parseBody, readBytes, readSent, readText, utf8Text } from "../../platform/http/http.ts";
import { jsonText } from "../../platform/http/stamp.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { alertBody } from "../counter/limit.ts";
import { MAX_ID } from "../event/item.ts";
import { quoted } from "../event/line.ts";
import type { Reply } from "../meter/reply.ts";
import { batchTypeOf, isLines, itemsOfBatch, MAX_BATCH_BYTES } from "./batch-body.ts";
import { keepBody } from "./body.ts";
import { prefersLater, prefersMinimal, recordLater } from "./later.ts";
import { plainBatchOf } from "./plain-batch.ts";
import {
  type Accepted,
  areAllAccepted,
  askChecked,
  askMeter,
  checkItems,
  laterOutcomes,
  type Outcome,
  outcomesOf,
  preparedOf,
  recordChecked,
} from "./record.ts";
import { recordingGuard } from "./starts.ts";
import { namesTenants, recordForTenants } from "./tenants.ts";
import { type Warning, warningOf, warningsOf } from "./warning.ts";

const MAX_SINGLE_BYTES = 64_000;

const app = new Hono<AppEnv>();

app.post("/api/usage/record", recordingGuard, async (c) => {
  const recorder = allow(c, "usage.write", "own", "theirs");
  const value = parseBody(await readText(c, MAX_SINGLE_BYTES));
  const checked = await checkItems(recorder, [{ value }], () => keyOf(c));
  const [refused] = checked.outcomes;
  if (refused) throw problemOf(refused);
  if (prefersLater(c.req.header("prefer"))) {
    await recordLater(c.env, recorder, checked);
    return jsonText(
      JSON.stringify({ id: checked.ids[0], message: "Usage queued" }),
      202,
      recorder.apiVersion,
    );
  }
  const [outcome] = await recordChecked(c.env, recorder, checked);
  if (outcome?.outcome !== "accepted" && outcome?.outcome !== "duplicate") {
    throw problemOf(outcome);
  }
  return jsonText(
    singleText(outcome),
    outcome.outcome === "accepted" ? 201 : 200,
    recorder.apiVersion,
  );
});

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

app.post("/api/usage/events", recordingGuard, async (c) => {
  const recorder = allow(c, "usage.write", "tenants", "theirs");
  const key = keyOf(c);
  const prefer = c.req.header("prefer");
  const later = prefersLater(prefer);
  if (later && !recorder.operator && prefersMinimal(prefer)) {
    const sent = await readSent(c, MAX_BATCH_BYTES);
    const type = batchTypeOf(c.req.header("content-type"));
    const id = await keepBody(c.env, recorder, { type, key, ...sent });
    return jsonText(
      JSON.stringify({ id, message: "Usage kept, to be read and counted" }),
      202,
      recorder.apiVersion,
    );
  }
  const bytes = await readBytes(c, MAX_BATCH_BYTES);
  const type = batchTypeOf(c.req.header("content-type"));
  const name = key ?? makeId("evt", recorder.realMs);
  if (!(later || recorder.operator || isLines(type))) {
    const answer = await recordPlain(c.env, recorder, bytes, name);
    if (answer !== null) return answer;
  }
  const items = itemsOfBatch(type, utf8Text(bytes));
  const named = namesOf(name);
  if (recorder.operator && namesTenants(items)) {
    const outcomes = await recordForTenants(c.env, recorder, { items, nameId: named, later });
    return later
      ? jsonText(batchText(outcomes, 202), 202, recorder.apiVersion)
      : jsonText(batchText(outcomes, 201), 200, recorder.apiVersion);
  }
  insistAllTenants(recorder);
  const checked = await checkItems(recorder, items, named);
  if (later) {
    await recordLater(c.env, recorder, checked);
    return jsonText(batchText(laterOutcomes(checked), 202), 202, recorder.apiVersion);
  }
  const reply = await askChecked(c.env, recorder, checked);
  if (areAllAccepted(checked, reply))
    return jsonText(plainText(checked.ids, reply), 200, recorder.apiVersion);
  const outcomes = await outcomesOf(c.env, recorder, checked, reply);
  return jsonText(batchText(outcomes, 201), 200, recorder.apiVersion);
});

function namesOf(name: string): (position: number) => string {
  return (position) => `${name}:${position}`;
}

/** Records a body without making objects of its events; null for one of which it must make some. */
async function recordPlain(
  env: Env,
  recorder: Actor,
  bytes: Uint8Array,
  name: string,
): Promise<Response | null> {
  const prepared = preparedOf(recorder.tenantId);
  const plain = plainBatchOf(recorder, bytes, prepared, name);
  if (!plain) return null;
  const reply = await askMeter(env, recorder, plain.batch);
  if (reply.statuses === null) {
    const [before, after] = aroundResults(plain.batch.n, reply);
    if (ASCII.test(after))
      return jsonText(plain.answer(reply.firstSeq, before, after), 200, recorder.apiVersion);
  }
  // Something repeats or was refused: the answer says more of each than its bytes do.
  const items = itemsOfBatch("", utf8Text(bytes));
  const checked = await checkItems(recorder, items, namesOf(name), prepared);
  const outcomes = await outcomesOf(env, recorder, checked, reply);
  return jsonText(batchText(outcomes, 201), 200, recorder.apiVersion);
}

const ASCII = /^[ -~]*$/;

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
  const taken = event ? takenText(event) : "";
  const { undeclared } = outcome;
  const warning = undeclared ? `,"warning":${JSON.stringify(warningOf(undeclared))}` : "";
  const message = duplicate ? "Usage was recorded before" : "Usage recorded";
  const alerts = outcome.alerts.map((alert) => JSON.stringify(alertBody(alert)));
  return (
    `{"id":${quoted(outcome.id)},"event_seq":${outcome.seq}${taken},"message":"${message}"` +
    `,"duplicate":${duplicate},"alerts":[${alerts.join(",")}]${warning}}`
  );
}

/** What was taken of an event; most happen when they are received. */
function takenText({ metric, micro, atMs, receivedMs }: NonNullable<Accepted["event"]>): string {
  const at = timeText(atMs);
  const received = receivedMs === atMs ? at : timeText(receivedMs);
  return (
    `,"metric_name":${quoted(metric)},"quantity":${quantityText(micro)}` +
    `,"timestamp":"${at}","recorded_at":"${received}"`
  );
}

/** The answer to a batch that was accepted whole, as text: without an object for each event. */
function plainText(ids: readonly string[], reply: Reply): string {
  const [before, after] = aroundResults(ids.length, reply);
  let seq = reply.firstSeq;
  let results = "";
  for (const id of ids) {
    const comma = results === "" ? "" : ",";
    results += `${comma}{"status":201,"id":${quoted(id)},"event_seq":${seq++}}`;
  }
  return before + results + after;
}

/** What stands before and behind the results of a batch that was accepted whole. */
function aroundResults(n: number, reply: Reply): [before: string, after: string] {
  const warnings = reply.undeclared.map((undeclared) => warningOf(undeclared));
  return [
    `{"accepted":${n},"duplicates":0,"refused":0,"results":[`,
    `],"alerts":[]${warningsText(warnings)}}`,
  ];
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
