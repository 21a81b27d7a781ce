/** How many statements the batch of a drain has, and what they leave. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Alert } from "../../../src/metering/counter/terms.ts";
import { encodeLine } from "../../../src/metering/event/line.ts";
import { announceStatements, type Following } from "../../../src/metering/ledger/announce.ts";
import { alertBatch, type Slice, sliceStatements } from "../../../src/metering/ledger/drain.ts";
import { piecesOf } from "../../../src/metering/ledger/segment.ts";
import { listAnnounced } from "../../../src/platform/queue/outbox.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { makeTenant } from "../../support/api.ts";

const worker = env as unknown as Env;
const AT_MS = Date.UTC(2026, 10, 1);
const VOIDS = 2_500;
/** What a batch may have at most; the platform's own bound is several times higher. */
const MOST_STATEMENTS = 50;

function lineOf(seq: number): string {
  const voidsSeq = seq > VOIDS ? seq - VOIDS : null;
  return encodeLine({
    id: `e${voidsSeq ?? seq}`,
    source: "api",
    metric: "m",
    micro: voidsSeq === null ? 1_500_000n : -1_500_000n,
    atMs: AT_MS,
    receivedMs: AT_MS,
    userId: null,
    metadata: null,
    voidsSeq,
    timeGiven: true,
    requestedMicro: null,
  });
}

/** A slice of as many events as it takes, and of their voids. */
function sliceOf(tenant: string): Slice {
  const rows = Array.from({ length: 2 * VOIDS }, (_, i) => ({ n: 1, body: lineOf(i + 1) }));
  return {
    tenant,
    generation: 1,
    fromSeq: 0,
    high: rows.length,
    pieces: piecesOf(rows),
    sums: null,
    counters: new Map(),
    isKnown: () => false,
    realMs: AT_MS,
  };
}

function alertOf(i: number): Alert {
  return {
    windowId: "w",
    subscriptionId: null,
    metric: `m${1_000 + i}`,
    kind: "threshold",
    thresholdPercent: 100,
    usedMicro: "1000000",
    includedMicro: "1000000",
    epoch: 0,
    cause: "limit_changed",
    eventSeq: null,
    eventId: null,
    atMs: AT_MS,
  };
}

async function announced(tenant: string) {
  const events = await listAnnounced(worker.DB, tenant, 0, 10_000);
  return events.map(({ outboxSeq, type, bodyJson }) => ({
    outboxSeq,
    type,
    body: JSON.parse(bodyJson),
  }));
}

async function announce(tenant: string, following: Following): Promise<void> {
  const mark = { nowMs: AT_MS, after: 0, next: { batches: 1, upTo: 0 } };
  const statements = announceStatements(worker.DB, tenant, following, mark);
  expect(statements.length).toBeLessThan(MOST_STATEMENTS);
  await worker.DB.batch(statements);
}

it("thousands of voids are drained in few statements, each announced once, in order", async () => {
  const { tenantId } = await makeTenant();
  const before = (await announced(tenantId)).length;
  for (const changes of [1, 0]) {
    const { statements, following } = await sliceStatements(worker, sliceOf(tenantId), []);
    expect(statements.length).toBeLessThan(MOST_STATEMENTS);
    const results = await worker.DB.batch(statements);
    expect(results.at(-1)?.meta.changes).toBe(changes);
    await announce(tenantId, following);
    const events = (await announced(tenantId)).slice(before);
    expect(events).toEqual(
      Array.from({ length: VOIDS }, (_, i) => ({
        outboxSeq: before + i + 1,
        type: "usage.corrected",
        body: { event_id: `e${i + 1}`, event_seq: i + 1, metric_name: "m", quantity: 1.5 },
      })),
    );
  }
  const voids = await worker.DB.prepare("SELECT count(*) AS n FROM usage_voids WHERE tenant = ?")
    .bind(tenantId)
    .first();
  expect(voids).toEqual({ n: VOIDS });
});

it("a thousand alerts are written in few statements, each once with all it announces", async () => {
  const { tenantId } = await makeTenant();
  const before = (await announced(tenantId)).length;
  const alerts = Array.from({ length: 1_000 }, (_, i) => alertOf(i));
  for (const given of [alerts.slice(0, 400), alerts]) {
    const statements = alertBatch(worker.DB, { tenant: tenantId, upTo: 0, alerts: given });
    expect(statements.length).toBeLessThan(MOST_STATEMENTS);
    await worker.DB.batch(statements);
    await announce(tenantId, { metrics: [], voids: [], alerts: given });
    const events = (await announced(tenantId)).slice(before);
    const expected = given.flatMap(({ metric }) =>
      ["usage.threshold_reached", "usage.limit_reached"].map((type) => [type, metric]),
    );
    expect(events.map(({ outboxSeq }) => outboxSeq)).toEqual(
      expected.map((_, i) => before + i + 1),
    );
    expect(events.map(({ type, body }) => [type, body.metric_name])).toEqual(expected);
    const { results } = await worker.DB.prepare(
      "SELECT body FROM usage_alerts WHERE tenant = ? ORDER BY metric",
    )
      .bind(tenantId)
      .all<{ body: string }>();
    expect(results.map(({ body }) => JSON.parse(body))).toEqual(given);
  }
});
