/** Dead letters: kept once, listed, run again, dropped; and stuck work that is tried at once. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { readStore } from "../../src/metering/ledger/watermark.ts";
import { METRICS_PUSH } from "../../src/metering/metric/metric.ts";
import { dueId, postpone, readDue, schedule } from "../../src/platform/queue/due.ts";
import { randomToken } from "../../src/platform/runtime/crypto.ts";
import type { Env, Job } from "../../src/platform/runtime/env.ts";
import { runDeadLetter } from "../../src/watch/dead-letter.ts";
import { quietEnv } from "../delivery/receiver.ts";
import { call, makeTenant, operatorKey } from "../support/api.ts";

/** Has a queue of dead letters hand over messages; returns what of them is answered. */
async function giveUp(queue: string, ...jobs: Job[]) {
  const messages = jobs.map((body) => ({
    id: randomToken(16),
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch<Job>(queue, messages);
  await worker.queue(batch, env as unknown as Env);
  return { messages, answered: await getQueueResult(batch, createExecutionContext()) };
}

async function lettersOf(tenantId: string) {
  const { body } = await call(await operatorKey(), "GET", "/api/dead-letters?limit=200");
  return body.data.filter((letter: { tenant_id: string }) => letter.tenant_id === tenantId);
}

async function audited(action: string, target: string) {
  const { body } = await call(await operatorKey(), "GET", `/api/audit?action=${action}&limit=200`);
  return body.data.filter((entry: { target: string }) => entry.target === target);
}

describe("a message that a queue gave up", () => {
  it("is kept once however often it comes, and a beat is not", async () => {
    const { tenantId: tenant } = await makeTenant();
    const job = { kind: "news", tenant, id: "news_1" } satisfies Job;
    const beat = { kind: "beat", queue: "jobs", nowMs: 1 } satisfies Job;
    const { messages, answered } = await giveUp("boxcostpro-jobs-dead", job, beat);
    expect(answered.explicitAcks).toHaveLength(2);
    const again = createMessageBatch<Job>("boxcostpro-jobs-dead", messages);
    await worker.queue(again, env as unknown as Env);
    const letters = await lettersOf(tenant);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      queue: "boxcostpro-jobs-dead",
      kind: "news",
      ref: "news_1",
    });
    const path = `/api/dead-letters/${letters[0].id}`;
    const { body } = await call(await operatorKey(), "GET", path);
    expect(body.message).toEqual(job);
  });

  it("goes to the queue of its kind again", async () => {
    const { tenantId } = await makeTenant();
    const line = JSON.stringify(["late-1", "api_calls", "1000000", Date.now(), null, null, ""]);
    const stored = { in: "message", text: line } as const;
    const nowMs = Date.now();
    const intake = { id: `rec_${randomToken(8)}`, realMs: nowMs, events: 1, bytes: 10 };
    const job = { kind: "record", tenant: tenantId, nowMs, caps: [], stored, intake } as const;
    await giveUp("boxcostpro-intake-dead", job as unknown as Job);
    const [letter] = await lettersOf(tenantId);
    const { env: quiet, sent } = quietEnv();
    const operator = { tenantId: "ten_operator", keyId: "key_1", userId: null, realMs: nowMs };
    await runDeadLetter(
      quiet,
      operator as unknown as Parameters<typeof runDeadLetter>[1],
      letter.id,
    );
    expect(sent).toEqual([{ lane: "intake", job }]);
    expect(await lettersOf(tenantId)).toEqual([]);
  });

  it("is run or dropped by the operator alone, and the audit log says so", async () => {
    const { tenantId: tenant, key } = await makeTenant();
    const jobs = ["due:1", "due:2"].map((id) => ({ kind: "hand-out", tenant, work: id }) as Job);
    await giveUp("boxcostpro-jobs-dead", ...jobs);
    const [first, second] = await lettersOf(tenant);
    const operator = await operatorKey();
    expect((await call(key, "POST", `/api/dead-letters/${first.id}/run`)).status).toBe(403);
    expect((await call(operator, "POST", `/api/dead-letters/${first.id}/run`)).status).toBe(204);
    expect((await call(operator, "DELETE", `/api/dead-letters/${second.id}`)).status).toBe(204);
    expect((await call(operator, "DELETE", `/api/dead-letters/${second.id}`)).status).toBe(404);
    expect(await lettersOf(tenant)).toEqual([]);
    expect(await audited("dead_letter.run", first.id)).toHaveLength(1);
    expect(await audited("dead_letter.dropped", second.id)).toHaveLength(1);
  });
});

describe("stuck work", () => {
  it("runs at once when it is asked for, on real time alone", async () => {
    const { tenantId: tenant } = await makeTenant();
    const row = { tenant, clock: "real", kind: METRICS_PUSH, ref: tenant } as const;
    await schedule(env.DB, { ...row, atMs: Date.now() + 1e9 }).run();
    const id = dueId(METRICS_PUSH, tenant);
    const failed = { atMs: Date.now() + 1e9, reason: "it broke" };
    await postpone(env.DB, id, failed).run();
    const operator = await operatorKey();
    const path = `/api/failing-work/${encodeURIComponent(id)}/run`;
    const { status, body } = await call(operator, "POST", path);
    expect([status, body.error]).toEqual([202, "it broke"]);
    expect((await readDue(env.DB, id))?.atMs ?? 0).toBeLessThanOrEqual(Date.now());
    expect(await audited("work.run_again", id)).toHaveLength(1);
    const test = { ...row, clock: "test", ref: `${tenant} test`, atMs: 1 } as const;
    await schedule(env.DB, test).run();
    const other = encodeURIComponent(dueId(METRICS_PUSH, test.ref));
    expect((await call(operator, "POST", `/api/failing-work/${other}/run`)).status).toBe(409);
  });

  it("is a meter's journal, too: it drains, or says why it cannot", async () => {
    const { tenantId, key } = await makeTenant({ name: "Drained" });
    await call(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 1 });
    const path = `/api/tenants/${tenantId}/drain`;
    const { body } = await call(await operatorKey(), "POST", path);
    expect(body).toEqual({ up_to_seq: 1, reason: null });
    expect(await audited("meter.drained", tenantId)).toHaveLength(1);
    const { DB: ledger } = await readStore(env as unknown as Env, tenantId);
    await ledger
      .prepare("UPDATE usage_watermarks SET up_to = 9 WHERE tenant = ?")
      .bind(tenantId)
      .run();
    await call(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 1 });
    const halted = await call(await operatorKey(), "POST", path);
    expect(halted.body).toMatchObject({ up_to_seq: null });
    expect(halted.body.reason).toContain("the ledger is at 9");
    const health = await call(await operatorKey(), "GET", "/api/health");
    const meters = health.body.meters as { tenant_id: string; halted: boolean }[];
    expect(health.body.status).toBe("attention");
    expect(meters.length).toBeGreaterThan(0);
  });
});
