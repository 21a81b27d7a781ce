/** Summaries by several keys, of several users, with filters, and by the minute. */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bucketsOf } from "../../../src/metering/read/buckets.ts";
import { summarize, WHOLE_USAGE } from "../../../src/metering/read/summary.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const CLOCK = "2026-03-31T12:00:00Z";
const RANGE = "start_date=2026-03-01T00:00:00Z&end_date=2026-04-01T00:00:00Z";
const MINUTE = 60_000;

type Row = {
  start?: string;
  group?: Record<string, string | null>;
  metric_name: string;
  total_quantity: number;
};

const made: { tenantId: string; key: string } = { tenantId: "", key: "" };

beforeAll(async () => {
  const { tenantId, key } = await makeTenant({ clock: CLOCK });
  Object.assign(made, { tenantId, key });
  await call(key, "PUT", "/api/metrics/tokens", { dimensions: ["model", "region"] });
  const event = (quantity: number, time: string, user_id: string | null, metadata: object) => ({
    metric_name: "tokens",
    quantity,
    timestamp: `2026-03-30T${time}Z`,
    user_id,
    metadata,
  });
  const { body } = await call(key, "POST", "/api/usage/events", [
    event(1, "10:00:00", "ann", { model: "gpt", region: "eu" }),
    event(2, "10:00:59.999", "ann", { model: "gpt", region: "us" }),
    event(4, "10:01:00", "bob", { model: "claude" }),
    event(8, "10:01:00", "bob", { model: "gpt", region: "eu" }),
    event(16, "11:59:00", null, { region: "eu", note: "x" }),
    event(32, "12:00:00", "c,d", { model: "a,b" }),
    { ...event(64, "12:00:00", "ann", { model: "gpt" }), metric_name: "calls" },
  ]);
  expect(body.accepted).toBe(7);
});

async function ask(query: string, key = made.key, range = RANGE) {
  return call(key, "GET", `/api/usage/summary?${range}&metric_name=tokens&${query}`);
}

async function rows(query: string, range = RANGE): Promise<unknown[]> {
  const { body } = await ask(query, made.key, range);
  return body.breakdown.map((row: Row) => [
    ...(row.start ? [row.start] : []),
    ...Object.values(row.group ?? {}),
    row.total_quantity,
  ]);
}

async function total(query: string): Promise<number> {
  const { body } = await ask(query);
  return body.metrics[0]?.total_quantity ?? 0;
}

describe("a summary by several keys", () => {
  it("has a row for each of their values together, in the keys' order", async () => {
    const byBoth = [
      [null, "eu", 16],
      ["a,b", null, 32],
      ["claude", null, 4],
      ["gpt", "eu", 9],
      ["gpt", "us", 2],
    ];
    expect(await rows("group_by=model,region")).toEqual(byBoth);
    expect(await rows("group_by=model&group_by=region")).toEqual(byBoth);
    const { body } = await ask("group_by=region,model,user_id");
    expect(body.breakdown.map(({ group }: Row) => Object.keys(group ?? {}))[0]).toEqual([
      "region",
      "model",
      "user_id",
    ]);
    expect(body.breakdown).toHaveLength(6);
  });

  it("has them in each window, and none for windows without usage", async () => {
    const day = "start_date=2026-03-30T00:00:00Z&end_date=2026-03-31T00:00:00Z";
    const query = "group_by=model,user_id&window=minute&filter[model]=gpt";
    expect(await rows(query, day)).toEqual([
      ["2026-03-30T10:00:00Z", "gpt", "ann", 3],
      ["2026-03-30T10:01:00Z", "gpt", "bob", 8],
    ]);
  });
});

describe("a summary with filters", () => {
  it.each([
    ["filter[model]=gpt", 11],
    ["filter[model]=gpt,claude", 15],
    ["filter[model]=gpt&filter[model]=claude", 15],
    ["filter[model]=gpt&filter[region]=eu", 9],
    ["filter[model]=", 16],
    ["filter[region]=,us", 38],
    ["filter[model]=a%5C,b", 32],
    ["filter[model]=gpt,none&filter[user_id]=ann", 3],
    ["filter[user_id]=", 16],
    ["filter[user_id]=ann&user_id=bob", 0],
    ["filter[model]=none", 0],
  ])("%s takes the events that have one of its values", async (query, quantity) => {
    expect(await total(query)).toBe(quantity);
  });
});

describe("a summary of several users", () => {
  it("is of the events of any of them, and names them", async () => {
    const { body } = await ask("user_id=ann&user_id=c,d");
    expect(body).toMatchObject({
      user_id: null,
      user_ids: ["ann", "c,d"],
      metrics: [{ metric_name: "tokens", total_quantity: 35, event_count: 3 }],
    });
    const one = await ask("user_id=bob");
    expect(one.body).toMatchObject({ user_id: "bob", metrics: [{ total_quantity: 12 }] });
    expect(one.body).not.toHaveProperty("user_ids");
    const nine = Array.from({ length: 9 }, (_, i) => `user_id=u${i}`).join("&");
    expect(await total(`${nine}&user_id=bob`)).toBe(12);
  });

  it("is refused to a key that reads only its own user's", async () => {
    const { body: user } = await call(made.key, "POST", "/api/users", {
      email: "ann@shop.example",
      name: "Ann",
      role: "viewer",
    });
    const key = await keyFor(made.tenantId, "viewer", { userId: user.id });
    const refused = await ask(`user_id=${user.id}&user_id=bob`, key);
    expect([refused.status, refused.body.code]).toEqual([403, "auth.forbidden"]);
    const filtered = await ask("filter[user_id]=bob", key);
    expect(filtered.body).toMatchObject({ user_id: user.id, metrics: [] });
  });
});

describe("a summary by the minute", () => {
  it("adds up to what the same range does by the hour", async () => {
    const range = "start_date=2026-03-30T09:59:30Z&end_date=2026-03-30T12:00:30Z";
    const by = async (window: string) => {
      const { body } = await call(made.key, "GET", `/api/usage/summary?${range}&window=${window}`);
      return body;
    };
    const [minutes, hours] = [await by("minute"), await by("hour")];
    expect(minutes.metrics).toEqual(hours.metrics);
    const starts = minutes.breakdown.map(({ start, total_quantity }: Row) => [
      start,
      total_quantity,
    ]);
    expect(starts).toEqual([
      ["2026-03-30T10:00:00Z", 3],
      ["2026-03-30T10:01:00Z", 12],
      ["2026-03-30T11:59:00Z", 16],
      ["2026-03-30T12:00:00Z", 64],
      ["2026-03-30T12:00:00Z", 32],
    ]);
    expect(minutes.breakdown.at(-1).end).toBe("2026-03-30T12:00:30Z");
  });

  it("has windows for six days at most", async () => {
    const { status, body } = await ask("window=minute");
    expect([status, body.errors[0].pointer]).toEqual([422, "/query/window"]);
    const range = fc.record({
      startMs: fc.integer({ min: 0, max: 2 ** 41 }),
      length: fc.nat(2 ** 29),
    });
    const zone = fc.constantFrom("UTC", "Asia/Kathmandu", "Australia/Lord_Howe");
    fc.assert(
      fc.property(range, zone, ({ startMs, length }, timeZone) => {
        const buckets = bucketsOf({ startMs, endMs: startMs + length }, "minute", timeZone);
        expect(buckets.reduce((sum, bucket) => sum + bucket.endMs - bucket.startMs, 0)).toBe(
          length,
        );
        for (const { startMs: from } of buckets.slice(1)) expect(from % MINUTE).toBe(0);
        const lengths = buckets.slice(1, -1).map((bucket) => bucket.endMs - bucket.startMs);
        expect(lengths.every((one) => one === MINUTE)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

it("of a summary's keys, filters and users, what is wrong is named", async () => {
  const values = (n: number) => Array.from({ length: n }, (_, i) => `v${i}`).join(",");
  const users = Array.from({ length: 101 }, (_, i) => `user_id=u${i}`).join("&");
  const wrong: [string, string][] = [
    ["group_by=model,note", "/query/group_by"],
    ["group_by=model,model", "/query/group_by"],
    ["group_by=model,region,user_id,a,b,c", "/query/group_by"],
    ["group_by=", "/query/group_by"],
    ["filter[note]=x", "/query/filter"],
    ["filter[__proto__]=x", "/query/filter"],
    ["filter=model", "/query/filter"],
    [`filter[model]=${values(101)}`, "/query/filter"],
    [users, "/query/user_id"],
    ["surprise[a]=1", "/query/surprise[a]"],
  ];
  for (const [query, pointer] of wrong) {
    const { status, body } = await ask(query);
    expect([query, status, body.errors?.[0]?.pointer]).toEqual([query, 422, pointer]);
  }
});

it("takes any property of the metadata as a key, from callers within the product", async () => {
  const range = { startMs: Date.parse("2026-03-01T00:00:00Z"), endMs: Date.parse(CLOCK) };
  const asked = { ...WHOLE_USAGE, ...range, metrics: ["tokens"], groupBy: ["note"] };
  const { breakdown } = await summarize(env, made.tenantId, asked);
  expect(breakdown.map(({ group, valueMicro }) => [group, valueMicro])).toEqual([
    [[null], 47_000_000n],
    [["x"], 16_000_000n],
  ]);
});
