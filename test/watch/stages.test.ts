/**
 * How far each stage is behind: its lag moves once the stage is stopped, and is nothing again once
 * it goes on. A database of its own, since the first of all rows is looked at.
 */
import { applyD1Migrations, createMessageBatch, runDurableObjectAlarm } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { insertTenant } from "../../src/accounts/store/tenant-store.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import { emailRow, queueStatements, sendEmail } from "../../src/delivery/email/send.ts";
import { secretText } from "../../src/delivery/transport/signature.ts";
import { fanOut } from "../../src/delivery/webhook/deliver.ts";
import worker from "../../src/index.ts";
import { sweepWatched } from "../../src/jobs.ts";
import { readStore } from "../../src/metering/ledger/watermark.ts";
import { METRICS_PUSH } from "../../src/metering/metric/metric.ts";
import { schedule } from "../../src/platform/queue/due.ts";
import { relay } from "../../src/platform/queue/outbox.ts";
import { makeId, randomToken, seal } from "../../src/platform/runtime/crypto.ts";
import type { Env, Job } from "../../src/platform/runtime/env.ts";
import { sendBeats } from "../../src/platform/watch/beat.ts";
import { watchOf } from "../../src/platform/watch/watch.ts";
import { USAGE_ARCHIVE } from "../../src/retention/archive/retain.ts";
import { saveWalk } from "../../src/retention/archive/walk-store.ts";
import { ERASURE_RUN } from "../../src/retention/erasure/erase.ts";
import { TENANT_ERASE, TENANT_FORGET } from "../../src/retention/tenant/tenant-erasure.ts";
import { type StageId, seeStages } from "../../src/watch/stages.ts";
import { announced, attemptNext, quietEnv, receive, URL_OF_HOOK } from "../delivery/receiver.ts";
import { call, makeTenant } from "../support/api.ts";

const DB = bindings.QUIET_DB;

let env: Env;
let sent: ReturnType<typeof quietEnv>["sent"];

beforeAll(async () => {
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS);
  // The day of another file's sweep, which that file has at a time of its own.
  await DB.prepare("DELETE FROM retention_walk").run();
});
beforeEach(async () => {
  await DB.batch(
    ["outbox", "due", "webhook_deliveries", "emails"].map((table) =>
      DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  const quiet = quietEnv();
  ({ sent } = quiet);
  const all = quiet.env.WATCH as DurableObjectNamespace;
  const own = all.idFromName(randomToken(8));
  const WATCH = { get: () => all.get(own), idFromName: () => own } as unknown as typeof all;
  env = { ...quiet.env, DB, WATCH, EMAIL_PROVIDER: "resend", EMAIL_KEY: "key" };
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function lagOf(id: StageId, nowMs: number): Promise<number> {
  const { stages } = await seeStages(env, nowMs);
  return stages.find((stage) => stage.id === id)?.lagMs ?? -1;
}

/** A live tenant in the database of this test. */
async function tenant(): Promise<string> {
  const id = makeId("ten", Date.now());
  const row = { id, name: "Live Ltd", mode: "live" as const, operator: false, testClockMs: null };
  await insertTenant(DB, { ...row, eventsPerMinute: null, createdMs: Date.now() }).run();
  return id;
}

const QUEUES = {
  news: "boxcostpro-news",
  jobs: "boxcostpro-jobs",
  upkeep: "boxcostpro-upkeep",
  quick: "boxcostpro-deliveries",
  slow: "boxcostpro-deliveries-slow",
  intake: "boxcostpro-intake",
  busy: "boxcostpro-intake-busy",
  mails: "boxcostpro-mails",
} as const;

/** Hands over what queues took, those of `lanes`, until none of it is left. */
async function consume(lanes: readonly (keyof typeof QUEUES)[]): Promise<void> {
  const isMine = ({ lane }: { lane: string }) => lanes.includes(lane as keyof typeof QUEUES);
  for (let taken = sent.filter(isMine); taken.length > 0; taken = sent.filter(isMine)) {
    sent.splice(0, sent.length, ...sent.filter((one) => !isMine(one)));
    for (const { lane, job } of taken) {
      const message = { id: randomToken(8), timestamp: new Date(), attempts: 1, body: job };
      const queue = QUEUES[lane as keyof typeof QUEUES];
      await worker.queue(createMessageBatch<Job>(queue, [message]), env);
    }
  }
}

it("outbox: while nobody consumes the queue, and not once somebody does", async () => {
  const nowMs = Date.now();
  expect(await lagOf("outbox", nowMs)).toBe(0);
  const event = await announced(env, await tenant());
  expect(await lagOf("outbox", event.atMs + 5 * MINUTE_MS)).toBe(5 * MINUTE_MS);
  await relay(DB, env.NEWS, nowMs);
  expect(await lagOf("outbox", event.atMs + HOUR_MS)).toBe(HOUR_MS);
  await consume(["news"]);
  expect(await lagOf("outbox", event.atMs + HOUR_MS)).toBe(0);
});

it.each([
  ["jobs", "news"],
  ["jobs", "jobs"],
  ["jobs", "upkeep"],
  ["intake", "intake"],
  ["intake", "busy"],
  ["deliveries", "quick"],
  ["deliveries", "slow"],
  ["mails", "mails"],
] as const)("%s: while the queue %s is not consumed", async (stage, stopped) => {
  const nowMs = Date.now();
  await sendBeats(env, nowMs);
  await sendBeats(env, nowMs + MINUTE_MS);
  const others = Object.keys(QUEUES).filter((lane) => lane !== stopped);
  await consume(others as (keyof typeof QUEUES)[]);
  const { stages } = await seeStages(env, nowMs + 10 * MINUTE_MS);
  const lags = stages.flatMap(({ id, lagMs }) => (lagMs > 0 ? [[id, lagMs]] : []));
  expect(lags).toEqual([[stage, 10 * MINUTE_MS]]);
  await consume([stopped]);
  expect(await lagOf(stage, nowMs + 10 * MINUTE_MS)).toBe(0);
});

it("due and sweep: while no sweep comes", async () => {
  const nowMs = Date.now();
  const ref = await tenant();
  const row = { tenant: ref, atMs: nowMs, clock: "real", kind: METRICS_PUSH, ref } as const;
  await schedule(DB, row).run();
  await watchOf(env)?.swept(nowMs);
  const laterMs = nowMs + 10 * MINUTE_MS;
  expect(await lagOf("due", laterMs)).toBe(10 * MINUTE_MS);
  expect(await lagOf("sweep", laterMs)).toBe(10 * MINUTE_MS);
  await sweepWatched(env, laterMs);
  await consume(["jobs"]);
  expect(await lagOf("due", laterMs)).toBe(0);
  expect(await lagOf("sweep", laterMs)).toBe(0);
});

it.each([
  ["archive", USAGE_ARCHIVE],
  ["erasure", ERASURE_RUN],
  ["erasure", TENANT_ERASE],
  ["erasure", TENANT_FORGET],
] as const)("%s: while its work of the kind %s is not handed out", async (stage, kind) => {
  const nowMs = Date.now();
  const ref = await tenant();
  await schedule(DB, { tenant: ref, atMs: nowMs, clock: "real", kind, ref }).run();
  const laterMs = nowMs + 10 * MINUTE_MS;
  expect(await lagOf(stage, laterMs)).toBe(10 * MINUTE_MS);
  await sweepWatched(env, laterMs);
  await consume(["jobs", "upkeep"]);
  expect(await lagOf(stage, laterMs)).toBe(0);
});

it("archive: while nobody looks at the tenants for old usage", async () => {
  const nowMs = Date.now();
  const day = Math.floor(nowMs / DAY_MS);
  const walk = { day, afterTenant: "", done: true };
  await saveWalk(DB, walk).run();
  expect(await lagOf("archive", (day + 1) * DAY_MS)).toBe(0);
  expect(await lagOf("archive", (day + 1) * DAY_MS + HOUR_MS)).toBe(HOUR_MS);
  await saveWalk(DB, { ...walk, day: day + 1 }).run();
  expect(await lagOf("archive", (day + 1) * DAY_MS + HOUR_MS)).toBe(0);
  await DB.prepare("DELETE FROM retention_walk").run();
});

it("deliveries: while the receiver is down", async () => {
  const owner = await tenant();
  const endpoint = makeId("ep", Date.now());
  await DB.prepare(
    `INSERT INTO webhook_endpoints (id, tenant, url, events, created_ms, host, proven_ms)
     VALUES (?, ?, ?, '[]', 1, 'hooks.example.invalid', 1)`,
  )
    .bind(endpoint, owner, URL_OF_HOOK)
    .run();
  const nowMs = Date.now();
  await fanOut(env, await announced(env, owner), nowMs);
  const id = await DB.prepare("SELECT id FROM webhook_deliveries").first<string>("id");
  const attempt = () => attemptNext(env, id ?? "", () => nowMs + HOUR_MS);
  receive(() => new Response("down", { status: 503 }));
  await attempt();
  expect(await lagOf("deliveries", nowMs + HOUR_MS)).toBe(HOUR_MS);
  vi.restoreAllMocks();
  const secret = secretText(crypto.getRandomValues(new Uint8Array(24)));
  const sealed = await seal(env.DELIVERY_SECRET ?? "", endpoint, secret);
  await DB.prepare(
    "INSERT INTO webhook_secrets (id, endpoint, sealed, created_ms) VALUES ('s', ?, ?, 1)",
  )
    .bind(endpoint, sealed)
    .run();
  receive(() => new Response("thanks"));
  await attempt();
  expect(await lagOf("deliveries", nowMs + HOUR_MS)).toBe(0);
});

it("mails: while the provider is down", async () => {
  const nowMs = Date.now();
  const id = makeId("eml", nowMs);
  const mail = { subject: "S", html: "<p>S</p>", plain: "S", attachments: [], cc: [] };
  const row = emailRow({
    ...mail,
    id,
    tenant: await tenant(),
    scope: "",
    letter: "notice",
    fromName: "Live Ltd",
    replyTo: null,
    recipients: ["buyer@example.com"],
    createdMs: nowMs,
  });
  env.EMAIL_FROM = "bills@example.com";
  await DB.batch(await queueStatements(env, row));
  receive(() => new Response("down", { status: 503 }));
  await sendEmail(env, id, nowMs);
  expect(await lagOf("mails", nowMs + HOUR_MS)).toBe(HOUR_MS);
  vi.restoreAllMocks();
  receive(() => Response.json({ id: "sent" }));
  await sendEmail(env, id, nowMs + HOUR_MS);
  expect(await lagOf("mails", nowMs + HOUR_MS)).toBe(0);
});

it("journal: while the ledger takes nothing of a meter", async () => {
  const main = bindings as unknown as Env;
  const { tenantId, key } = await makeTenant();
  const behind = async () => {
    const { meters } = await seeStages(main, Date.now() + HOUR_MS);
    return meters.find((meter) => meter.tenant === tenantId);
  };
  const { DB: ledger } = await readStore(main, tenantId);
  await ledger
    .prepare(
      `CREATE TRIGGER stopped BEFORE INSERT ON usage_segments WHEN NEW.tenant = '${tenantId}'
     BEGIN SELECT RAISE(ABORT, 'the ledger is stopped'); END`,
    )
    .run();
  const event = { metric_name: "api_calls", quantity: 1 };
  await call(key, "POST", "/api/usage/record", event);
  const meter = main.METER.get(main.METER.idFromName(tenantId));
  await runDurableObjectAlarm(meter);
  const seen = await vi.waitUntil(behind);
  expect(seen).toMatchObject({ events: 1, halted: false });
  expect(seen?.reason).toContain("the ledger is stopped");
  const { stages } = await seeStages(main, Date.now() + HOUR_MS);
  expect(stages.find(({ id }) => id === "journal")?.lagMs).toBeGreaterThanOrEqual(HOUR_MS - 1_000);

  await ledger.prepare("DROP TRIGGER stopped").run();
  await runDurableObjectAlarm(meter);
  await vi.waitUntil(async () => (await behind()) === undefined);
});
