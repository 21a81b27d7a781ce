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

describe("what is kept under a name", () => {
  it("is read once for all of an object's start, and then as it is written", async () => {
    const meter = env.METER.getByName("names that are read at once");
    await runInDurableObject(meter, (_: unknown, { storage }) => {
      new Journal(storage).writeMeta("tenant", "ten_1");
      const asked: string[] = [];
      const exec = (text: string, ...bound: unknown[]) => {
        asked.push(text);
        return storage.sql.exec(text, ...bound);
      };
      const journal = new Journal({ sql: { exec } as unknown as SqlStorage });
      const names = () => ["tenant", "terms", "home"].map((name) => journal.readMeta(name));
      const began = asked.length;
      expect(names()).toEqual(["ten_1", null, null]);
      expect(asked).toHaveLength(began);
      const failed = () =>
        storage.transactionSync(() => {
          journal.writeMeta("home", { ledger: 1 });
          expect(names()).toEqual(["ten_1", null, { ledger: 1 }]);
          throw new Error("it fails");
        });
      expect(failed).toThrow("it fails");
      expect(names()).toEqual(["ten_1", null, null]);
      journal.begun();
      storage.sql.exec("UPDATE meta SET v = '\"ten_2\"' WHERE k = 'tenant'");
      expect(journal.readMeta("tenant")).toBe("ten_2");
    });
  });
});

describe("rows of the log", () => {
  it("are read whole within what is asked for, and at least one", async () => {
    const meter = env.METER.getByName("rows within");
    await runInDurableObject(meter, (_: unknown, { storage }) => {
      const journal = new Journal(storage);
      const { g } = journal.open;
      const part = (n: number) => {
        const body = Array.from({ length: n }, (_, i) => `["${i}","m",1,1]`).join("\n");
        return { n, body, keys: new Uint32Array(n * 5) };
      };
      journal.append(g, [part(3)], 3);
      journal.append(g, [part(7)], 10);
      journal.append(g, [part(2)], 12);
      const read = (after: number, most: number) =>
        journal.rowsAfter(after, most, 1_000_000).rows.map(({ high }) => high);
      expect(read(0, 10)).toEqual([3, 10]);
      expect(read(0, 2)).toEqual([3]);
      expect(read(3, 6)).toEqual([10]);
      expect(read(3, 9)).toEqual([10, 12]);
      expect(read(12, 9)).toEqual([]);
    });
  });
});
