/** What triggers keep of revenue is what follows from logs and closed periods. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  fallenTenants,
  fallingTenants,
  listSteps,
  recurringSums,
  revenueByPlan,
  type TenantRevenue,
  topTenants,
} from "../../../src/billing/revenue/revenue.ts";
import {
  anchorMsOf,
  type Change,
  endOf,
  planSegmentAt,
  type Subscribed,
} from "../../../src/billing/subscription/timeline.ts";
import { divideRounded } from "../../../src/core/money.ts";
import { INTERVALS, type Interval } from "../../../src/core/period.ts";
import { makeTenant } from "../../support/api.ts";

const DAY = 86_400_000;
const BEGIN = Date.UTC(2031, 0, 1);
const day = (n: number) => BEGIN + n * DAY;
const LIVE = { test: false };

const IN_YEAR: Readonly<Record<Interval, bigint>> = {
  week: 52n,
  month: 12n,
  quarter: 4n,
  half_year: 2n,
  year: 1n,
};

/** What a subscription brings a month at an instant, from its log alone. */
function monthlyMinor({ billingSchedule, log }: Subscribed, atMs: number): bigint {
  const endMs = endOf(log);
  if (atMs < anchorMsOf(billingSchedule) || (endMs !== null && endMs <= atMs)) return 0n;
  const segment = planSegmentAt(log, atMs);
  if (!segment) return 0n;
  const fee = segment.basePriceMinor * BigInt(segment.seats);
  return divideRounded(fee * IN_YEAR[billingSchedule.cycle], 12n);
}

let made = 0;
const tenants: string[] = [];

/** A tenant whose rows go when the file is done: they are of currencies that nobody else has. */
async function ownTenant(): Promise<string> {
  const { tenantId } = await makeTenant();
  tenants.push(tenantId);
  return tenantId;
}

afterAll(async () => {
  const ids = JSON.stringify(tenants);
  const own = "IN (SELECT value FROM json_each(?1))";
  const subscriptions = `IN (SELECT id FROM subscriptions WHERE tenant ${own})`;
  const deletions = [
    `period_lines WHERE period_id IN (SELECT id FROM periods WHERE tenant ${own})`,
    `usage_trends WHERE tenant ${own}`,
    `recurring_steps WHERE tenant ${own}`,
    `periods WHERE tenant ${own}`,
    `subscription_changes WHERE subscription_id ${subscriptions}`,
    `subscriptions WHERE tenant ${own}`,
  ];
  await env.DB.batch(deletions.map((rows) => env.DB.prepare(`DELETE FROM ${rows}`).bind(ids)));
});

type Given = { tenant: string; currency: string; cycle?: Interval; trialEndMs?: number | null };

/** A subscription from a day on, with nothing in its log. */
async function subscribed({ tenant, currency, cycle = "month", trialEndMs = null }: Given) {
  const id = `sub_kept${made++}_${tenant}`;
  const columns =
    "id, tenant, status, cycle, usage_interval, base_timing, anchor, time_zone, currency, " +
    "start_ms, trial_end_ms, created_ms";
  const values = [id, tenant, "ended", cycle, cycle, "arrears", "anniversary", "UTC", currency];
  await env.DB.prepare(`INSERT INTO subscriptions (${columns}) VALUES (${"?, ".repeat(11)}?)`)
    .bind(...values, BEGIN, trialEndMs, BEGIN)
    .run();
  return id;
}

async function append(id: string, changes: readonly Change[]): Promise<void> {
  const [version] = (await env.DB.prepare("SELECT id FROM plan_versions LIMIT 1").all()).results;
  const columns =
    "subscription_id, seq, kind, at_ms, version_id, base_price_minor, seats, time_zone, created_ms";
  const insert = env.DB.prepare(
    `INSERT INTO subscription_changes (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
  );
  await env.DB.batch(
    changes.map(({ seq, kind, atMs, basePriceMinor, seats }) => {
      const zone = kind === "zone" ? "UTC" : null;
      return insert.bind(id, seq, kind, atMs, version?.id, Number(basePriceMinor), seats, zone);
    }),
  );
}

const change = (seq: number, kind: Change["kind"], atMs: number, price = 0, seats = 1): Change => ({
  seq,
  kind,
  atMs,
  versionId: "ver",
  basePriceMinor: BigInt(price),
  seats,
});

type Drawn = [at: number, kind: Change["kind"], price: number, seats: number];

/** Nothing but an entry that takes an end back comes after it, so none is at a later time. */
function untilTheEnd(steps: readonly Drawn[]): Drawn[] {
  let most = Number.POSITIVE_INFINITY;
  return steps.map(([at, kind, price, seats]) => {
    const then = Math.min(at, most);
    if (kind !== "zone") most = kind === "end" ? then : Number.POSITIVE_INFINITY;
    return [then, kind, price, seats];
  });
}

describe("the recurring revenue that is kept", () => {
  it("is that of the log, whatever was written into it, and its months add up to it", async () => {
    const tenant = await ownTenant();
    const step = fc.tuple(
      fc.integer({ min: 0, max: 120 }),
      fc.constantFrom<Change["kind"]>("price", "price", "seats", "end", "resume", "zone"),
      fc.integer({ min: 0, max: 9_999 }),
      fc.integer({ min: 1, max: 9 }),
    );
    let expected = 0n;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 7 }),
        fc.constantFrom(...INTERVALS),
        fc.option(fc.integer({ min: 1, max: 60 })),
        async (steps, cycle, trialDays) => {
          const currency = "WST";
          const trialEndMs = trialDays === null ? null : day(trialDays);
          const id = await subscribed({ tenant, currency, cycle, trialEndMs });
          const log = [
            change(1, "start", BEGIN, 1_000),
            ...untilTheEnd(steps).map(([at, kind, price, seats], i) =>
              change(i + 2, kind, day(at), price, seats),
            ),
          ];
          await append(id, log);
          const kept = (
            await env.DB.prepare(
              "SELECT at_ms, change_minor, monthly_minor FROM recurring_steps " +
                "WHERE subscription_id = ? ORDER BY at_ms",
            )
              .bind(id)
              .all<{ at_ms: number; change_minor: number; monthly_minor: number }>()
          ).results;
          const schedule = { cycle, startMs: BEGIN, trialEndMs } as Subscribed["billingSchedule"];
          for (let n = -1; n <= 125; n++) {
            const until = kept.filter(({ at_ms }) => at_ms <= day(n));
            const monthly = monthlyMinor({ billingSchedule: schedule, log }, day(n));
            const sum = until.reduce((total, row) => total + row.change_minor, 0);
            expect([n, BigInt(sum)]).toEqual([n, monthly]);
            expect(BigInt(until.at(-1)?.monthly_minor ?? 0)).toBe(monthly);
          }
          expected += BigInt(kept.at(-1)?.monthly_minor ?? 0);
          const sums = await recurringSums(env.DB, LIVE, day(400));
          const own = sums.filter((row) => row.currency === currency);
          const total = own.reduce((all, { changeMinor }) => all + changeMinor, 0n);
          expect(total).toBe(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("says what each change was, and leaves out what is still to come this month", async () => {
    const tenant = await ownTenant();
    const currency = "VUV";
    const first = await subscribed({ tenant, currency });
    await append(first, [
      change(1, "start", BEGIN, 1_000),
      change(2, "price", day(3), 3_000),
      change(3, "price", day(5), 2_500),
      change(4, "end", day(9)),
    ]);
    const again = await subscribed({ tenant, currency });
    await append(again, [change(1, "start", day(20), 700), change(2, "end", day(25))]);
    const at = async (n: number) => {
      const sums = await recurringSums(env.DB, LIVE, day(n));
      const own = sums.filter((row) => row.currency === currency && row.steps > 0);
      return own.map(({ kind, changeMinor, month }) => [month, kind, changeMinor]);
    };
    expect(await at(21)).toEqual([
      ["2031-01", "churn", -2_500n],
      ["2031-01", "contraction", -500n],
      ["2031-01", "expansion", 2_000n],
      ["2031-01", "new", 1_000n],
      ["2031-01", "reactivation", 700n],
    ]);
    expect((await at(4)).map(([, kind]) => kind)).toEqual(["expansion", "new"]);
    const next = await listSteps(env.DB, LIVE, { nowMs: day(21), coming: true, limit: 500 });
    expect(next.filter((row) => row.currency === currency)).toEqual([
      { tenant, atMs: day(25), currency, kind: "churn", changeMinor: -700n, monthlyMinor: 0n },
    ]);
    const others = await recurringSums(env.DB, { test: true }, day(30));
    expect(others.filter((row) => row.currency === currency)).toEqual([]);
  });

  it("stays an amount where price and seats are beyond what can be billed", async () => {
    const tenant = await ownTenant();
    const id = await subscribed({ tenant, currency: "TOP", cycle: "week" });
    await append(id, [change(1, "start", BEGIN, Number.MAX_SAFE_INTEGER, 100_000)]);
    const row = await env.DB.prepare(
      "SELECT typeof(monthly_minor) AS type FROM recurring_steps WHERE subscription_id = ?",
    )
      .bind(id)
      .first();
    expect(row).toEqual({ type: "integer" });
  });
});

describe("what closed periods billed", () => {
  it("is kept by month and version, by tenant and year, and by how its usage goes", async () => {
    const tenant = await ownTenant();
    const currency = "SBD";
    const id = await subscribed({ tenant, currency });
    await env.DB.prepare("UPDATE subscriptions SET status = 'active' WHERE id = ?").bind(id).run();
    const close = async (number: number, usage: number, more = 0) => {
      const period = `per_${id}_${number}`;
      const columns =
        "id, subscription_id, tenant, number, kind, start_ms, end_ms, closed_ms, up_to_seq, " +
        "log_length, counts, lines, currency, net_minor, usage_minor";
      const lines = [{ versionId: "ver_1", amountMinor: String(usage) }];
      const [startMs, endMs] = [day(number * 30), day(number * 30 + 30)];
      await env.DB.prepare(`INSERT INTO periods (${columns}) VALUES (${"?, ".repeat(14)}?)`)
        .bind(
          ...[period, id, tenant, number, "regular", startMs, endMs, endMs, 0, 1, "[]"],
          ...[JSON.stringify(lines), currency, usage + more, usage],
        )
        .run();
      if (more === 0) return;
      const rest = JSON.stringify([{ versionId: "ver_2", amountMinor: String(more) }]);
      await env.DB.prepare("INSERT INTO period_lines VALUES (?, 1, ?)").bind(period, rest).run();
    };
    await close(1, 900);
    await close(2, 400, 50);
    const billed = await revenueByPlan(env.DB, LIVE, ["2031-01", "2031-12"]);
    const row = (month: string, versionId: string, amountMinor: bigint) => ({
      month,
      currency,
      versionId,
      amountMinor,
    });
    expect(billed.filter((found) => found.currency === currency)).toEqual([
      row("2031-03", "ver_1", 900n),
      row("2031-04", "ver_1", 400n),
      row("2031-04", "ver_2", 50n),
    ]);
    const top = async (span: string, part = LIVE) =>
      (await topTenants(env.DB, part, { span, currency, limit: 5 })).map(figures);
    const fallen = async (span: string) =>
      (await fallenTenants(env.DB, LIVE, { span, currency, limit: 5 })).map(figures);
    const figures = (row: TenantRevenue) => [row.tenant, row.amountMinor, row.beforeMinor];
    expect(await top("2031")).toEqual([[tenant, 1_350n, 0n]]);
    expect(await top("2031-Q1")).toEqual([[tenant, 900n, 0n]]);
    expect(await top("2031-Q2")).toEqual([[tenant, 450n, 900n]]);
    expect(await top("2031-03")).toEqual([[tenant, 900n, 0n]]);
    expect(await top("2031-04/12")).toEqual([[tenant, 1_350n, 0n]]);
    expect(await top("2032-03/12")).toEqual([[tenant, 450n, 900n]]);
    expect(await fallen("2031-04")).toEqual([[tenant, 450n, 900n]]);
    expect(await fallen("2031-05")).toEqual([[tenant, 0n, 450n]]);
    expect(await fallen("2031-Q2")).toEqual([[tenant, 450n, 900n]]);
    expect(await fallen("2032")).toEqual([[tenant, 0n, 1_350n]]);
    expect(await fallen("2033-03/12")).toEqual([[tenant, 0n, 450n]]);
    expect(await fallen("2033-04/12")).toEqual([]);
    const falling = () => fallingTenants(env.DB, LIVE, { currency, limit: 5 });
    const trend = { usageMinor: 400n, beforeMinor: 900n, changeMinor: -500n };
    expect(await falling()).toEqual([{ tenant, endMs: day(90), ...trend }]);
    await close(3, 800);
    expect(await falling()).toEqual([]);
    await close(4, 1);
    expect((await falling()).length).toBe(1);
    await env.DB.prepare("UPDATE subscriptions SET status = 'ended' WHERE id = ?").bind(id).run();
    expect(await falling()).toEqual([]);
    expect(await top("2031", { test: true })).toEqual([]);
  });
});
