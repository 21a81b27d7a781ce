/**
 * Which events stay, and which are archived, against a model that was written from
 * docs/retention.md alone: whatever is recorded, in whichever order clocks jump, settings change,
 * months come back and the tenant moves.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Env } from "../../src/platform/runtime/env.ts";
import { archiveUsage } from "../../src/retention/archive/retain.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";

const worker = env as unknown as Env;
const DAY_MS = 86_400_000;

type Step =
  | { do: "record"; daysAgo: number[] }
  | { do: "jump"; to: "days" | "month end" | "leap day"; days: number }
  | { do: "run"; keepDays: number; laterDays: number }
  | { do: "restore"; which: number; days: number }
  | { do: "move" };

const days = (min: number, max: number) => fc.integer({ min, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: record() },
  { weight: 4, arbitrary: jump() },
  { weight: 4, arbitrary: run() },
  { weight: 2, arbitrary: restore() },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "move" }) },
);

function record(): fc.Arbitrary<Step> {
  // To the minute, so that an event may lie on either side of a midnight.
  const ago = fc.integer({ min: 0, max: 34 * 1_440 }).map((minutes) => minutes / 1_440);
  return fc.record({
    do: fc.constant("record" as const),
    daysAgo: fc.array(ago, { minLength: 1, maxLength: 3 }),
  });
}

function jump(): fc.Arbitrary<Step> {
  const to = fc.constantFrom(
    "days",
    "days",
    "month end",
    "month end",
    "leap day" as const,
  ) as fc.Arbitrary<"days">;
  return fc.record({ do: fc.constant("jump" as const), to, days: days(1, 40) });
}

function run(): fc.Arbitrary<Step> {
  const keepDays = fc.constantFrom(60, 61, 62, 90, 400);
  return fc.record({ do: fc.constant("run" as const), keepDays, laterDays: days(0, 20) });
}

function restore(): fc.Arbitrary<Step> {
  return fc.record({ do: fc.constant("restore" as const), which: days(0, 50), days: days(1, 90) });
}

/** Events that were drained together: they go and come back as one, with the last one's month. */
type Batch = { ids: string[]; lastMs: number; archived: boolean; untilMs: number };

const monthOf = (ms: number) => new Date(ms).toISOString().slice(0, 7);

/** The start of the month that holds the oldest day to be kept. */
function edge(nowMs: number, keepDays: number): number {
  return Date.parse(`${monthOf(nowMs - keepDays * DAY_MS)}-01T00:00:00Z`);
}

function jumped(nowMs: number, { to, days: by }: Extract<Step, { do: "jump" }>): number {
  if (to === "days") return nowMs + by * DAY_MS;
  const at = new Date(nowMs);
  const year = at.getUTCFullYear();
  if (to === "month end") return Date.UTC(year, at.getUTCMonth() + 1, 1) - 1_000;
  const leap = year + ((4 - (year % 4)) % 4 || 4);
  return Date.UTC(leap, 1, 29, 23, 59, 59);
}

class Model {
  readonly batches: Batch[] = [];
  nowMs = Date.parse("2024-01-31T23:59:00Z");
  realMs = Date.now();
  ledger = 0;
  made = 0;

  run(keepDays: number): void {
    for (const batch of this.batches) {
      if (batch.untilMs > this.realMs) continue;
      const isRestored = batch.untilMs > 0;
      if (isRestored || batch.lastMs < edge(this.nowMs, keepDays)) batch.archived = true;
      batch.untilMs = 0;
    }
  }

  restore(month: string, untilMs: number): void {
    for (const batch of this.batches) {
      if (!batch.archived && batch.untilMs === 0) continue;
      if (monthOf(batch.lastMs) !== month) continue;
      batch.archived = false;
      batch.untilMs = Math.max(batch.untilMs, untilMs);
    }
  }

  get months(): string[] {
    const out = this.batches.filter(({ archived }) => archived);
    return [...new Set(out.map(({ lastMs }) => monthOf(lastMs)))].sort();
  }

  get live(): string[] {
    return this.batches.flatMap((batch) => (batch.archived ? [] : batch.ids)).sort();
  }
}

async function take(tenant: TestTenant, operator: string, model: Model, one: Step): Promise<void> {
  const { tenantId, key } = tenant;
  if (one.do === "record") {
    const events = one.daysAgo.map((ago) => {
      const atMs = model.nowMs - Math.round(ago * 1_440) * 60_000;
      return { id: `e${model.made++}`, metric_name: "m", quantity: 1, atMs };
    });
    const sent = events.map(({ atMs, ...event }) => {
      return { ...event, timestamp: new Date(atMs).toISOString() };
    });
    const { body } = await call(key, "POST", "/api/usage/events", sent);
    expect(body.accepted).toBe(events.length);
    await call(key, "GET", "/api/usage/events"); // drains
    const lastMs = Math.max(...events.map(({ atMs }) => atMs));
    model.batches.push({ ids: events.map(({ id }) => id), lastMs, archived: false, untilMs: 0 });
  } else if (one.do === "jump") {
    const to = jumped(model.nowMs, one);
    if (to <= model.nowMs) return;
    model.nowMs = to;
    const now = new Date(to).toISOString();
    expect((await call(key, "POST", "/api/test-clock", { now })).status).toBe(200);
  } else if (one.do === "run") {
    // What was drained just now is a part of it, where no day has passed either.
    model.realMs = Math.max(model.realMs, Date.now()) + one.laterDays * DAY_MS;
    const kept = { ...worker, USAGE_DATA_RETENTION_DAYS: String(one.keepDays) };
    while (!(await archiveUsage(kept, tenantId, model.realMs)).done);
    model.run(one.keepDays);
  } else if (one.do === "restore") {
    const month = model.months[one.which % Math.max(1, model.months.length)];
    if (month === undefined) return;
    const body = { month, days: one.days };
    const { body: back } = await call(operator, "POST", restoreOf(tenantId), body);
    expect(back.done).toBe(true);
    model.restore(month, Date.parse(back.until));
  } else {
    model.ledger = 1 - model.ledger;
    const asked = { tenant_id: tenantId, ledger: model.ledger };
    for (let at = ""; at !== "moved"; ) {
      ({ step: at } = (await call(operator, "POST", "/api/ledgers/moves", asked)).body);
    }
  }
}

const restoreOf = (tenantId: string) => `/api/tenants/${tenantId}/archive/restore`;

const AT_ONCE: Step[] = [
  { do: "record", daysAgo: [7] },
  { do: "jump", to: "leap day", days: 1 },
  { do: "run", keepDays: 400, laterDays: 0 },
];

it("stay and go as the guide says, whatever happens in between", { timeout: 120_000 }, async () => {
  const operator = await operatorKey();
  const walk = fc.array(step, { minLength: 16, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(walk, async (steps) => {
      const tenant = await makeTenant({ clock: "2024-01-31T23:59:00Z", ledger: 0 });
      const model = new Model();
      for (const one of steps) {
        await take(tenant, operator, model, one);
        const { body } = await call(tenant.key, "GET", "/api/usage/events?source=api&limit=200");
        const ids = body.data.map(({ id }: { id: string }) => id).sort();
        expect([one, ids]).toEqual([one, model.live]);
        expect([one, body.archived_months]).toEqual([one, model.months]);
        // Nothing of what it adds up to is ever lost, in zones with and without summer time.
        for (const zone of ["UTC", "America/New_York", "Australia/Lord_Howe"]) {
          const to = new Date(model.nowMs + 2 * DAY_MS).toISOString().slice(0, 10);
          const range = `start_date=2023-12-01T00:00:00Z&end_date=${to}T00:00:00Z`;
          const path = `/api/usage/summary?${range}&window=month&time_zone=${zone}`;
          const { body: sums } = await call(tenant.key, "GET", path);
          const counted = (sums.windows ?? sums.metrics).reduce(countOf, 0);
          expect([zone, counted]).toEqual([zone, model.made]);
        }
      }
    }),
    { numRuns: 8, endOnFailure: true, examples: [[AT_ONCE]] },
  );
});

type Counted = { event_count?: number; metrics?: Counted[] };

function countOf(sum: number, { event_count, metrics = [] }: Counted): number {
  return sum + (event_count ?? metrics.reduce(countOf, 0));
}
