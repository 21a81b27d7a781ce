import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { linesOf } from "../../../src/metering/event/body.ts";
import { Journal, rowsOf } from "../../../src/metering/object/journal.ts";

describe("log rows", () => {
  it("hold at most 4,000 events and 1.5 MB, and lose nothing", () => {
    const part = (n: number, size: number) => ({
      n,
      body: Array.from({ length: n }, (_, i) => `["${i}${"x".repeat(size)}","m",1,1]`).join("\n"),
      keys: new Uint32Array(n * 5).map((_, i) => i),
    });
    const parts = [part(1, 10), part(5_000, 10), part(400, 4_000), part(3, 10)];
    const rows = rowsOf(parts);
    for (const row of rows) {
      expect(row.n).toBeLessThanOrEqual(4_000);
      expect(row.body.length).toBeLessThanOrEqual(1_500_000);
      expect(linesOf(row.body)).toHaveLength(row.n);
      expect(row.keys).toHaveLength(row.n * 5);
    }
    expect(rows.map((row) => row.body).join("\n")).toBe(parts.map((p) => p.body).join("\n"));
  });
});

describe("what is kept of a window", () => {
  it("goes with it, and with none whose id begins alike", async () => {
    const meter = env.METER.getByName("windows that are over");
    const left = await runInDurableObject(meter, (_: unknown, { storage }) => {
      const journal = new Journal(storage);
      const fired = ["per_1 m 80 0", 'per_1  "" 100 1', "per_10 m 80 0", "per_1!", "per_2 m 80 0"];
      for (const key of fired) journal.writeFired(key, null, false);
      journal.dropWindows(["per_1", "per_3"]);
      return journal.readFired().map(({ key }) => key);
    });
    expect(left).toEqual(["per_1!", "per_10 m 80 0", "per_2 m 80 0"]);
  });
});
