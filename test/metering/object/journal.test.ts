import { describe, expect, it } from "vitest";
import { linesOf } from "../../../src/metering/event/body.ts";
import { rowsOf } from "../../../src/metering/object/journal.ts";

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
