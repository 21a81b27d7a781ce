/** /metrics and /readyz: who may read them, and what they say. */
import { env } from "cloudflare:workers";
import parse, { type Metric } from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { neededMigrations } from "../../src/platform/db/migrations.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import type { Reading } from "../../src/platform/watch/watch.ts";
import { COUNTED } from "../../src/watch/metric-list.ts";
import { metricsText } from "../../src/watch/metrics.ts";
import { readinessOf } from "../../src/watch/ready.ts";
import { call, keyFor, makeTenant, operatorKey } from "../support/api.ts";

async function scrape(key?: string): Promise<Metric[]> {
  const { status, headers, bytes } = await call(key ?? (await operatorKey()), "GET", "/metrics");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parse(new TextDecoder().decode(bytes));
}

function numberOf(metrics: Metric[], name: string, labels: Record<string, string> = {}): number {
  const found = metrics.find((metric) => metric.name === name);
  const sample = found?.metrics.find((one) =>
    Object.entries(labels).every(([label, value]) => one.labels?.[label] === value),
  );
  return Number(sample?.value ?? 0);
}

describe("/metrics", () => {
  it("is read by a key that may do nothing else", async () => {
    const permissions = ["operator.metrics"] as const;
    const key = await keyFor(OPERATOR_TENANT, "viewer", { confinement: { permissions } });
    await scrape(key);
    expect((await call(key, "GET", "/readyz")).status).toBe(200);
    expect((await call(key, "GET", "/api/tenants")).status).toBe(403);
    expect((await call(key, "GET", "/api/health")).status).toBe(403);
    const { key: tenants } = await makeTenant();
    for (const path of ["/metrics", "/readyz"]) {
      expect((await call(tenants, "GET", path)).status).toBe(403);
    }
    expect((await call(null, "GET", "/metrics")).status).toBe(401);
  });

  it("counts events by what became of them, and names each metric with unit and help", async () => {
    const { key } = await makeTenant();
    const monitor = await operatorKey();
    const before = await scrape(monitor);
    const event = { id: "once", metric_name: "api_calls", quantity: 1 };
    await call(key, "POST", "/api/usage/events", [event, { ...event, id: "twice" }]);
    await call(key, "POST", "/api/usage/record", event);
    const after = await scrape(monitor);
    const events = "boxcostpro_usage_events_total";
    const moved = (name: string, labels: Record<string, string>) =>
      numberOf(after, name, labels) - numberOf(before, name, labels);
    expect(moved(events, { outcome: "accepted" })).toBeGreaterThanOrEqual(2);
    expect(moved(events, { outcome: "duplicate" })).toBeGreaterThanOrEqual(1);
    const route = "/api/usage/events";
    const requests = "boxcostpro_requests_total";
    expect(moved(requests, { route, status: "2xx" })).toBeGreaterThanOrEqual(1);
    expect(
      numberOf(after, "boxcostpro_database_size_bytes", { database: "control" }),
    ).toBeGreaterThan(1_000_000);
    for (const { name, type, help } of after) {
      expect(help, name).not.toBe("");
      expect(name).toMatch(/^boxcostpro_/);
      expect(name.endsWith("_total"), name).toBe(type === "COUNTER");
    }
  });

  it("has no label that holds what a caller says", async () => {
    const { key } = await makeTenant();
    await call(key, "GET", "/api/somewhere/that-is-not");
    await call(key, "GET", "/api/invoices/inv_that_is_not");
    const metrics = await scrape();
    const routes = metrics
      .find(({ name }) => name === "boxcostpro_requests_total")
      ?.metrics.map(({ labels }) => labels?.route);
    expect(routes).toContain("none");
    expect(routes).toContain("/api/invoices/:id");
    expect(JSON.stringify(metrics)).not.toMatch(/that.is.not|ten_|@/);
  });

  it("is text that a parser takes, with samples in each of its families", async () => {
    const series = COUNTED.flatMap(([name, type]): [string, number][] =>
      type === "histogram"
        ? [
            [`${name}_bucket{le="1"}`, 2],
            [`${name}_sum{}`, 1.5],
          ]
        : [[`${name}{of="a\\"b"}`, 3]],
    );
    const meter = {
      tenant: "ten_1",
      toldMs: 1,
      sinceMs: 1,
      events: 2,
      halted: true,
      reason: "it is",
    };
    const reading: Reading = {
      counts: series,
      behind: [meter],
      more: false,
      beats: [["jobs", { sentMs: 1, waitingMs: 1 }]],
      sweptMs: 1,
    };
    const WATCH = { idFromName: () => "one", get: () => ({ read: async () => reading }) };
    const changing = { DELIVERY_SECRET_PREVIOUS: "another secret, of thirty-two bytes or more" };
    const text = await metricsText({ ...env, ...changing, WATCH } as unknown as Env, Date.now());
    const families = parse(text);
    const sources = import.meta.glob<string>("../../src/watch/metrics.ts", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const gauges =
      Object.values(sources)
        .join("")
        .match(/"boxcostpro_\w+"/g) ?? [];
    const names = [...COUNTED.map(([name]) => name), ...gauges.map((name) => name.slice(1, -1))];
    expect(families.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
    for (const { name, help, type, metrics } of families) {
      expect([name, help === "", metrics.length > 0]).toEqual([name, false, true]);
      expect(["COUNTER", "GAUGE", "HISTOGRAM"], name).toContain(type);
      for (const { value = "0", count = "0", sum = "0" } of metrics) {
        expect([value, count, sum].map(Number).every(Number.isFinite), name).toBe(true);
      }
    }
    // Each line is a comment of a family or a sample of the one above it.
    let family = "";
    for (const line of text.trimEnd().split("\n")) {
      const [, comment, sample] =
        /^(?:# (?:HELP|TYPE) (\w+) .+|(\w+)(?:\{.*\})? -?[\d.e+-]+)$/.exec(line) ?? [];
      expect(comment ?? sample, line).toBeDefined();
      if (comment) family = comment;
      else expect(sample?.replace(/_(?:bucket|sum|count)$/, ""), line).toBe(family);
    }
  });

  it("shows everything that is counted anywhere", () => {
    const sources = import.meta.glob<string>("../../src/**/*.ts", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const counted = Object.entries(sources)
      .filter(([path]) => !path.includes("/watch/metric"))
      .flatMap(([, text]) => text.match(/\bboxcostpro_\w+/g) ?? []);
    const names = COUNTED.map(([name]) => name);
    expect(new Set(counted)).toEqual(new Set(names));
  });
});

describe("/readyz", () => {
  it("says to anybody that it can work, and to the operator how far behind it is", async () => {
    const anybody = await call(null, "GET", "/readyz");
    expect(anybody.status).toBe(200);
    expect(Object.keys(anybody.body).sort()).toEqual(["behind", "reasons", "status"]);
    const { body } = await call(await operatorKey(), "GET", "/readyz");
    expect(body.missing_migrations).toEqual([]);
    const ids = (body.stages as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual([
      "journal",
      "intake",
      "outbox",
      "jobs",
      "deliveries",
      "mails",
      "due",
      "archive",
      "erasure",
      "sweep",
    ]);
  });

  it("is unavailable where migrations are missing, and where the database is", async () => {
    const nowMs = Date.now();
    expect(neededMigrations().length).toBeGreaterThan(50);
    const needed = [...neededMigrations(), "9999_later.sql"];
    expect(await readinessOf(env, nowMs, needed)).toMatchObject({
      status: "unavailable",
      reasons: ["migrations"],
      missing: ["9999_later.sql"],
    });
    const prepare = () => {
      throw new Error("no database");
    };
    const DB = { prepare, batch: prepare } as unknown as D1Database;
    expect(await readinessOf({ ...env, DB }, nowMs)).toMatchObject({
      status: "unavailable",
      reasons: ["database"],
    });
  });
});
