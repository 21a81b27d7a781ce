/**
 * Many distinct values within one quarter-hour, and many names within one period: honest traffic,
 * which is counted exactly and kept in rows that the platform takes.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { freezeWindow, meterOf } from "../../../src/metering/meter/meter.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, type TestTenant } from "../../support/api.ts";
import { moveTo, subscriber } from "../../support/billing.ts";
import { ledgerOf } from "../../support/ledger.ts";

const worker = env as unknown as Env;
const stubOf = (tenant: string) => worker.METER.get(worker.METER.idFromName(tenant)) as never;

const BATCH = 5_000;
/** What the platform takes of a row, in bytes. */
const MAX_ROW = 2_000_000;

/** Records `n` events in batches, made by their number. */
async function recordMany(
  { key }: TestTenant,
  n: number,
  made: (i: number) => Record<string, unknown>,
): Promise<void> {
  for (let from = 0; from < n; from += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, n - from) }, (_, i) => made(from + i));
    const { body } = await call(key, "POST", "/api/usage/events", items);
    expect([body.accepted, body.refused]).toEqual([items.length, 0]);
  }
}

/** The longest value of each column of the object's tables, in bytes, and how many rows it has. */
async function widest(tenant: string): Promise<Record<string, { bytes: number; rows: number }>> {
  return runInDurableObject(stubOf(tenant), (_, { storage: { sql } }) => {
    const tables = sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => String(name));
    const found = tables.map((name) => {
      const columns = sql.exec(`SELECT name FROM pragma_table_info('${name}')`).toArray();
      const width = columns.map((column) => `octet_length("${column.name}")`).join(" + ");
      const row = sql
        .exec(`SELECT coalesce(max(${width}), 0) AS bytes, count(*) AS n FROM "${name}"`)
        .one();
      return [name, { bytes: Number(row.bytes), rows: Number(row.n) }] as const;
    });
    return Object.fromEntries(found);
  });
}

/** The same of the ledger's tables, for one tenant. */
async function widestInLedger(tenant: string) {
  const tables = [
    "usage_segments",
    "rollup_tenant",
    "rollup_level",
    "rollup_values",
    "series_blocks",
    "usage_frozen",
    "usage_frozen_parts",
    "periods",
  ];
  const ledger = await ledgerOf(tenant);
  const found = await Promise.all(
    tables.map(async (name) => {
      const db = name === "periods" ? worker.DB : ledger;
      const columns = await db.prepare(`SELECT name FROM pragma_table_info('${name}')`).all();
      const width = columns.results
        .map((column) => `coalesce(octet_length("${column.name}"), 0)`)
        .join(" + ");
      const row = await db
        .prepare(
          `SELECT coalesce(max(${width}), 0) AS bytes, count(*) AS rows
           FROM ${name} WHERE tenant = ?`,
        )
        .bind(tenant)
        .first<{ bytes: number; rows: number }>();
      return [name, row] as const;
    }),
  );
  return Object.fromEntries(found);
}

async function expectRowsFit(tenant: string): Promise<void> {
  const all = { ...(await widest(tenant)), ...(await widestInLedger(tenant)) };
  for (const [name, row] of Object.entries(all)) {
    expect([name, row?.bytes ?? 0, (row?.bytes ?? 0) < MAX_ROW]).toEqual([name, row?.bytes, true]);
  }
}

const quantityOf = (body: { metrics: { metric_name: string; total_quantity: number }[] }) =>
  body.metrics.map(({ metric_name, total_quantity }) => [metric_name, total_quantity]);

describe("60,000 distinct values within one quarter-hour", () => {
  it("are counted exactly, drained, read back, frozen, and known again after a start", async () => {
    const tenant = await subscriber("2026-03-01T10:00:00Z");
    const { tenantId, key } = tenant;
    await call(key, "PUT", "/api/metrics/visitors", { aggregation: "unique", property: "v" });
    const value = (i: number) => `${i}-7c9e6679-7425-40de-944b-e07fc1f90ae7`.slice(0, 36);
    const at = "2026-03-01T09:50:00Z";
    const visit = (i: number) => ({
      id: `v${i}`,
      metric_name: "visitors",
      quantity: 1,
      timestamp: at,
      metadata: { v: value(i) },
    });
    await moveTo(tenant, "2026-03-01T10:05:00Z");
    await recordMany(tenant, 60_000, visit);
    // The same values again, by other events: they count no more.
    await recordMany(tenant, 10_000, (i) => ({ ...visit(i), id: `again${i}` }));
    const range =
      "metric_name=visitors&start_date=2026-03-01T00:00:00Z&end_date=2026-03-02T00:00:00Z";
    const whole = await call(key, "GET", `/api/usage/summary?${range}`);
    expect(quantityOf(whole.body)).toEqual([["visitors", 60_000]]);
    await expectRowsFit(tenantId);

    await evictDurableObject(stubOf(tenantId));
    await recordMany(tenant, 5_000, (i) => ({ ...visit(i + 57_500), id: `more${i}` }));
    const { counts } = await meterOf(worker, tenantId).counts(tenantId);
    expect(counts.map(({ metric, valueMicro }) => [metric, valueMicro])).toContainEqual([
      "visitors",
      "62500000000",
    ]);
    await moveTo(tenant, "2026-04-02T00:00:00Z");
    const { body } = await call(key, "GET", "/api/billing/periods");
    expect(body.data.map((period: { proof: string }) => period.proof)).toEqual(["equal"]);
    await expectRowsFit(tenantId);
  });
});

describe("15,000 names within one period", () => {
  it("are counted exactly, drained, read back and frozen, and the period closes", async () => {
    const tenant = await subscriber("2026-03-01T00:00:00Z", { base_price: 20 });
    const { tenantId, key } = tenant;
    const name = (i: number) => `größe-${i}-${"x".repeat(80)}`;
    await recordMany(tenant, 15_000, (i) => ({
      id: `n${i}`,
      metric_name: name(i),
      quantity: (i % 7) + 1,
    }));
    const { body: declared } = await call(key, "PUT", `/api/metrics/declared`, {
      aggregation: "max",
    });
    expect(declared.name).toBe("declared");
    const { body } = await call(key, "GET", "/api/usage/summary");
    const own = quantityOf(body).filter(([metric]) => String(metric).startsWith("größe"));
    expect(own).toHaveLength(15_000);
    await evictDurableObject(stubOf(tenantId));
    await moveTo(tenant, "2026-04-02T00:00:00Z");
    const { body: periods } = await call(key, "GET", "/api/billing/periods");
    expect(periods.data.map((period: { proof: string }) => period.proof)).toEqual(["equal"]);
    const frozen = await freezeWindow(worker, tenantId, periods.data[0].id);
    const counted = new Map(frozen.counts.map(({ metric, valueMicro }) => [metric, valueMicro]));
    for (let i = 0; i < 15_000; i++) {
      if (counted.get(name(i)) !== `${(i % 7) + 1}000000`) throw new Error(`${name(i)} is wrong`);
    }
    await expectRowsFit(tenantId);
    expect((await widest(tenantId)).frozen_parts?.rows).toBeGreaterThan(0);
  });
});
