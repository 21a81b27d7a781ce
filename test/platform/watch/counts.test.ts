import { describe, expect, it } from "vitest";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { count, tellNow } from "../../../src/platform/watch/counts.ts";

/** What a watch and an Analytics Engine were told. */
function listening() {
  const told: Record<string, number>[] = [];
  const points: AnalyticsEngineDataPoint[] = [];
  const watch = { add: async (added: Record<string, number>) => void told.push(added) };
  const WATCH = { idFromName: (name: string) => name, get: () => watch };
  const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
  return { env: { WATCH, ANALYTICS } as unknown as Env, told, points };
}

describe("what an isolate counted", () => {
  it("is told to the watch and to the Analytics Engine, each once", async () => {
    await tellNow(listening().env, 0); // what other tests counted
    const { env, told, points } = listening();
    count('boxcostpro_test_total{outcome="ok"}');
    count('boxcostpro_test_total{outcome="ok"}', 2);
    await tellNow(env, 1);
    await tellNow(env, 2);
    expect(told).toEqual([{ 'boxcostpro_test_total{outcome="ok"}': 3 }]);
    const series = 'boxcostpro_test_total{outcome="ok"}';
    expect(points).toEqual([{ indexes: ["boxcostpro_test_total"], blobs: [series], doubles: [3] }]);
  });

  it("writes no more points than the platform takes of an invocation", async () => {
    const { env, told, points } = listening();
    for (let i = 0; i < 300; i++) count(`boxcostpro_test_total{n="${i}"}`);
    await tellNow(env, 3);
    expect([points.length, Object.keys(told[0] ?? {}).length]).toEqual([250, 300]);
  });

  it("needs neither of them", async () => {
    count("boxcostpro_test_total");
    await expect(tellNow({} as Env, 4)).resolves.toBeUndefined();
  });
});
