/**
 * Rows as version 0.1 wrote them, when what is now cut into several was one row or one text: this
 * version reads them, and goes on from there in rows of its own.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Cell, cellToJson, emptyCell } from "../../../src/metering/aggregation/cell.ts";
import { valueKey } from "../../../src/metering/aggregation/value.ts";
import type { Count, Counter, Frozen } from "../../../src/metering/counter/terms.ts";
import { readFrozen } from "../../../src/metering/ledger/watermark.ts";
import { meterOf } from "../../../src/metering/meter/meter.ts";
import { Journal } from "../../../src/metering/object/journal.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";

const worker = env as unknown as Env;
const LONG = "https://example.test/a/value/of/more/than/forty/characters";

/** Works on the storage of an object of its own. */
async function withJournal<T>(work: (journal: Journal, sql: SqlStorage) => T): Promise<T> {
  const { tenantId } = await makeTenant();
  await meterOf(worker, tenantId).drain(tenantId);
  const stub = worker.METER.get(worker.METER.idFromName(tenantId)) as never;
  return runInDurableObject(stub, (_, { storage }) => work(new Journal(storage), storage.sql));
}

function cellOf(metric: string, values: [string, number][] | null): Cell {
  const cell = emptyCell("per_1", 0, metric);
  return {
    ...cell,
    sumMicro: 3_000_000n,
    events: 3,
    firstMs: 5,
    lastMs: 9,
    values: values && new Map(values),
  };
}

const HEAD = { seq: 9, flushedSeq: 7, seriesSeq: 5, lastNowMs: 1_000 };
const keyed = ([value, references]: [string, number]): [string, number] => {
  return [valueKey(value), references];
};
const count = (metric: string): Count => ({
  windowId: "per_1",
  metric,
  untilMs: 99,
  valueMicro: "3000000",
  events: 3,
  firstMs: 5,
  lastMs: 9,
});

describe("an object's storage", () => {
  it("has a snapshot that was one text in pieces, and then one of whole rows", async () => {
    const values: [string, number][] = [...Array(500)].map((_, i) => [`v${i}`, (i % 3) + 1]);
    const cells = [cellOf("a", null), cellOf("visitors", [...values, [LONG, 2]])];
    const read = await withJournal((journal, sql) => {
      const text = JSON.stringify({ ...HEAD, cells: cells.map(cellToJson) });
      for (let part = 0; part * 1_000 < text.length; part++) {
        const body = text.slice(part * 1_000, (part + 1) * 1_000);
        sql.exec("INSERT INTO snapshot VALUES (?, ?)", part, body);
      }
      const shown = () => {
        const snapshot = journal.readSnapshot();
        return snapshot && { ...snapshot, cells: [...snapshot.cells].map(cellToJson) };
      };
      const before = shown();
      const held = journal.readSnapshot();
      if (held) journal.writeSnapshot(held);
      const rows = sql.exec("SELECT count(*) AS n FROM snapshot").one().n;
      return { before, after: shown(), rows };
    });
    const now = cells.map((cell) => ({
      ...cell,
      values: cell.values && new Map([...cell.values].map(keyed)),
    }));
    expect(read.before).toEqual({ ...HEAD, cells: now.map(cellToJson) });
    expect([read.after, read.rows]).toEqual([read.before, 1]);
  });

  it("has snapshots of names in any script, whole at the edges of rows", async () => {
    const cells = Array.from({ length: 9_000 }, (_, i) => cellOf(`${i}${"🧾é".repeat(30)}`, null));
    const [rows, names] = await withJournal((journal, sql) => {
      journal.writeSnapshot({ ...HEAD, cells });
      const sizes = sql.exec("SELECT octet_length(body) AS n FROM snapshot").toArray();
      const read = [...(journal.readSnapshot()?.cells ?? [])];
      return [sizes.map(({ n }) => Number(n)), read.map(({ metric }) => metric)];
    });
    expect(rows.length).toBeGreaterThan(2);
    expect(Math.max(...rows)).toBeLessThan(1_100_000);
    expect(names).toEqual(cells.map(({ metric }) => metric));
  });

  it("has frozen counts in one row, and then in parts", async () => {
    const old: Frozen = { upToSeq: 8, counts: [count("a"), count("b")] };
    const many = Array.from({ length: 12_000 }, (_, i) => count(`metric ${i}`));
    const read = await withJournal((journal, sql) => {
      sql.exec("INSERT INTO frozen VALUES (?, ?)", "per_old", JSON.stringify(old));
      journal.writeFrozen("per_new", { upToSeq: 9, counts: many });
      const first = journal.readFrozen("per_new");
      const parts = [...Array(first?.parts).keys()].map((part) =>
        journal.readFrozen("per_new", part),
      );
      const found = { old: journal.readFrozen("per_old"), parts, ids: journal.frozenIds() };
      journal.dropWindows(["per_new"]);
      const left = sql.exec("SELECT count(*) AS n FROM frozen_parts").one().n;
      return { ...found, left, gone: journal.readFrozen("per_new") };
    });
    expect(read.old).toEqual({ ...old, parts: 1 });
    expect(read.parts.length).toBeGreaterThan(1);
    expect(read.parts.map((part) => part?.upToSeq)).toEqual(read.parts.map(() => 9));
    expect(read.parts.flatMap((part) => part?.counts ?? [])).toEqual(many);
    expect([read.ids, read.left, read.gone]).toEqual([["per_new", "per_old"], 0, null]);
  });

  it("has how metrics count in the row of their version, then in rows of their own", async () => {
    const counter = (i: number): Counter => ({
      metric: `metric ${i} ${"ü".repeat(60)}`,
      aggregation: "max",
      property: null,
      dimensions: ["region"],
    });
    const counters = Array.from({ length: 9_000 }, (_, i) => counter(i));
    const read = await withJournal((journal) => {
      const before = journal.readCounters();
      journal.writeMeta("metrics", { version: 3, counters: counters.slice(0, 2) });
      const old = journal.readCounters();
      journal.writeCounters(4, counters);
      const all = journal.readCounters();
      journal.writeCounters(5, counters.slice(0, 1));
      return { before, old, all, fewer: journal.readCounters() };
    });
    expect(read).toEqual({
      before: null,
      old: { version: 3, counters: counters.slice(0, 2) },
      all: { version: 4, counters },
      fewer: { version: 5, counters: counters.slice(0, 1) },
    });
  });

  it("has one metric's change behind the others, in rows joined now and then", async () => {
    const counter = (i: number, dimensions: string[] = []): Counter => ({
      metric: `metric ${i}`,
      aggregation: "max",
      property: null,
      dimensions,
    });
    const read = await withJournal((journal, sql) => {
      journal.writeMeta("metrics", { version: 1, counters: [counter(0)] });
      let most = 0;
      for (let i = 1; i <= 1_200; i++) {
        journal.addCounter(i + 1, counter(i));
        most = Math.max(most, Number(sql.exec("SELECT count(*) AS n FROM counters").one().n));
      }
      journal.addCounter(1_202, counter(7, ["region"]));
      return { most, held: journal.readCounters() };
    });
    expect(read.most).toBeLessThanOrEqual(500);
    const found = new Map(read.held?.counters.map((one) => [one.metric, one]));
    expect([read.held?.version, found.size]).toEqual([1_202, 1_201]);
    expect(found.get("metric 7")).toEqual(counter(7, ["region"]));
    expect(found.get("metric 0")).toEqual(counter(0));
  });
});

describe("the ledger", () => {
  it("has frozen counts in one row without parts", async () => {
    const { tenantId } = await makeTenant();
    const old: Frozen = { upToSeq: 8, counts: [count("a"), count("b")] };
    await worker.DB.prepare("INSERT INTO usage_frozen (tenant, window_id, body) VALUES (?, ?, ?)")
      .bind(tenantId, "per_1", JSON.stringify(old))
      .run();
    expect(await readFrozen(worker.DB, tenantId, "per_1")).toEqual(old);
    expect(await readFrozen(worker.DB, tenantId, "per_2")).toBe(null);
  });

  it("has a quarter-hour's values in one row, however many, and goes on in others", async () => {
    const { tenantId, key } = await makeTenant();
    await call(key, "PUT", "/api/metrics/visitors", { aggregation: "unique", property: "v" });
    const quarterMs = Math.floor(Date.now() / 900_000) * 900_000 - 900_000;
    const at = (ms: number) => new Date(quarterMs + ms).toISOString();
    let id = 0;
    const send = async (visitors: readonly string[]) => {
      const items = visitors.map((v) => ({
        id: `${id++}`,
        metric_name: "visitors",
        quantity: 1,
        timestamp: at(1_000 + id),
        metadata: { v },
      }));
      const { body } = await call(key, "POST", "/api/usage/events", items);
      expect(body.refused).toBe(0);
    };
    const counted = async (more = "") => {
      const range = `start_date=${at(0)}&end_date=${at(900_000)}${more}`;
      const { body } = await call(key, "GET", `/api/usage/summary?metric_name=visitors&${range}`);
      return body.metrics[0].total_quantity;
    };
    await send(["first"]);
    expect(await counted()).toBe(1);
    // As version 0.1 would have left it after 12,000 more visitors, one with a long name.
    const old = [...Array(12_000)].map((_, i): [string, number] => [`visitor ${i}`, 1]);
    const cell = cellOf("visitors", [["first", 1], [LONG, 1], ...old]);
    const db = await ledgerOf(tenantId);
    await db
      .prepare("UPDATE rollup_level SET body = ? WHERE tenant = ?")
      .bind(JSON.stringify(cellToJson({ ...cell, windowId: "" })), tenantId)
      .run();
    expect(await counted()).toBe(12_002);
    await send(["visitor 5", LONG, "second"]);
    expect(await counted()).toBe(12_003);
    // Each drain adds to the last row while it is small, and to none before it.
    await send(["third", "second"]);
    await send([...Array(2_000)].map((_, i) => `of a new row ${i}`));
    await send(["fourth", "of a new row 7"]);
    expect(await counted()).toBe(14_005);
    expect(await counted("&window=hour")).toBe(14_005);
    const { results } = await db
      .prepare(
        "SELECT part, octet_length(body) AS size FROM rollup_values WHERE tenant = ? ORDER BY part",
      )
      .bind(tenantId)
      .all<{ part: number; size: number }>();
    expect(results.map(({ part }) => part)).toEqual([1, 2]);
    // A void adds the quarter-hour up anew, from its events: the rows in parts go with it.
    const events = await call(key, "GET", "/api/usage/events?limit=1");
    const voided = await call(key, "POST", `/api/usage/events/${events.body.data[0].id}/void`);
    expect(voided.status).toBe(200);
    expect(await counted()).toBe(2_006);
  });
});
