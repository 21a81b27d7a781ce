import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { EMPTY_REPLY, STATUS } from "../../../src/metering/meter/reply.ts";
import { checkItems, outcomesOf } from "../../../src/metering/record/record.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";

describe("an event for which a meter has no room", () => {
  it("is refused by itself, and its problem says what is full and what to do", async () => {
    const recorder = { tenantId: "ten_x", nowMs: 1e12, userId: null, role: "owner" as const };
    const items = ["visitors", "visitors", "new_metric"].map((metric_name, i) => ({
      value: { metric_name, quantity: 1, id: `e${i}` },
    }));
    const checked = await checkItems(recorder, items, () => null);
    const statuses = Uint8Array.of(STATUS.accepted, STATUS.tooManyValues, STATUS.tooManyMetrics);
    const reply = { ...EMPTY_REPLY, statuses, seqs: Float64Array.of(1, 0, 0) };
    const outcomes = await outcomesOf(env as unknown as Env, recorder, checked, reply);
    expect(outcomes).toMatchObject([
      { outcome: "accepted", id: "e0", seq: 1 },
      { outcome: "refused", id: "e1", code: "usage.too_many_values" },
      { outcome: "refused", id: "e2", code: "usage.too_many_metrics" },
    ]);
    expect(outcomes.slice(1).map((refused) => "detail" in refused && refused.detail)).toEqual([
      "there is no room for another distinct value of visitors: a metric holds 200000 in a " +
        "period, all of a tenant's 400000 together. Events of values that were counted before " +
        "are taken; declare a metric of a property with fewer values",
      "there is no room for the metric new_metric: a tenant has at most 100000 in the periods " +
        "that usage can still reach. Send what differs as metadata of one metric",
    ]);
  });
});
