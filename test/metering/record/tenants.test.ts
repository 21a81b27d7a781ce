/** Batches over tenants: items that name whose usage they are. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { createApp } from "../../../src/app.ts";
import { makeId, randomToken } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";

const PATH = "/api/usage/events";

type Result = { status: number; id: string | null; code?: string; detail?: string };

function event(tenant: unknown, more: object = {}) {
  return {
    metric_name: "tokens",
    quantity: 1,
    ...(tenant === undefined ? {} : { tenant }),
    ...more,
  };
}

async function countOf({ key }: Pick<TestTenant, "key">, source = ""): Promise<[number, number]> {
  const query = `start_date=2020-01-01T00:00:00Z&metric_name=tokens${source}`;
  const { body } = await call(key, "GET", `/api/usage/summary?${query}`);
  const [metric] = body.metrics;
  return [metric?.event_count ?? 0, metric?.total_quantity ?? 0];
}

function statuses(results: readonly Result[]): number[] {
  return results.map(({ status }) => status);
}

/** Tenants in one statement; none has a key. */
async function makeMany(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => makeId("ten", Date.now()));
  const made = env.DB.prepare(
    `INSERT INTO tenants (id, name, mode, operator, created_ms)
     SELECT value, 'Many Ltd', 'live', 0, 0 FROM json_each(?)`,
  );
  await made.bind(JSON.stringify(ids)).run();
  return ids;
}

type Batch = { n: number; body: string };
type Ask = (tenant: string, batch: Batch, ...rest: unknown[]) => Promise<unknown>;

const realMeter: Ask = (tenant, ...rest) => {
  const meter = env.METER.get(env.METER.idFromName(tenant));
  return (meter as unknown as { record: Ask }).record(tenant, ...rest);
};

/** The environment with meters that `ask` answers for: whom it asks, and how many at once. */
function watched(ask: Ask) {
  const calls: string[] = [];
  const seen = { atOnce: 0, most: 0 };
  const record: Ask = async (tenant, ...rest) => {
    calls.push(tenant);
    seen.most = Math.max(seen.most, ++seen.atOnce);
    try {
      return await ask(tenant, ...rest);
    } finally {
      seen.atOnce--;
    }
  };
  const idFromName = (name: string) => name;
  const METER = { get: () => ({ record }), idFromName } as unknown as Env["METER"];
  const send = async (key: string, items: unknown) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const asked = { method: "POST", headers, body: JSON.stringify(items) };
    const context = createExecutionContext();
    const answer = await createApp().request(PATH, asked, { ...env, METER }, context);
    return { status: answer.status, body: (await answer.json()) as { results: Result[] } };
  };
  return { send, calls, seen };
}

describe("a batch over tenants", () => {
  it("records each item for the tenant that it names, and answers in order", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    const own = randomToken(9);
    const items = [
      event(one.tenantId, { id: "a", quantity: 2 }),
      event(two.tenantId, { id: "a", quantity: 3 }),
      event(undefined, { id: own }),
      event("ten_none", { id: "b" }),
      event(one.tenantId, { id: "c", quantity: "much" }),
      event(OPERATOR_TENANT, { id: "d" }),
      event("", { id: "e" }),
      event(7),
      event(null),
      event(one.tenantId, { id: "a", quantity: 2 }),
      event(two.tenantId, { id: "a", quantity: 9 }),
    ];
    const { status, body } = await call(operator, "POST", PATH, items);
    expect(status).toBe(200);
    expect(statuses(body.results)).toEqual([201, 201, 201, 404, 422, 403, 422, 422, 422, 200, 409]);
    const ids = body.results.map(({ id }: Result) => id);
    expect(ids).toEqual(["a", "a", own, "b", "c", "d", "e", null, null, "a", "a"]);
    expect([body.accepted, body.duplicates, body.refused]).toEqual([3, 1, 7]);
    expect(body.results[3].code).toBe("resource.not_found");
    expect(body.results[5].code).toBe("auth.not_for_tenant");
    expect(body.results[6].errors[0].pointer).toBe("/tenant");
    expect([await countOf(one), await countOf(two)]).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });

  it("sent again under its Idempotency-Key counts nothing twice", async () => {
    const operator = await operatorKey();
    const tenants = [await makeTenant(), await makeTenant(), await makeTenant()];
    const items = Array.from({ length: 30 }, (_, i) => event(tenants[i % 3]?.tenantId));
    const send = () => call(operator, "POST", PATH, items, { "idempotency-key": "hour-7" });
    const first = await send();
    const ids = first.body.results.map(({ id }: Result) => id);
    expect(ids).toEqual(items.map((_, i) => `hour-7:${i}`));
    const again = await send();
    expect(again.body.results.map(({ id }: Result) => id)).toEqual(ids);
    expect([again.body.accepted, again.body.duplicates]).toEqual([0, 30]);
    for (const tenant of tenants) expect(await countOf(tenant)).toEqual([10, 10]);
  });

  it("without a key has a name of its own: an equal one counts as well", async () => {
    const operator = await operatorKey();
    const tenants = [await makeTenant(), await makeTenant()];
    const items = [0, 1, 0, 1].map((i) => event(tenants[i]?.tenantId));
    const names = new Set<string>();
    for (let time = 1; time <= 2; time++) {
      const { body } = await call(operator, "POST", PATH, items);
      const ids: string[] = body.results.map(({ id }: Result) => id);
      const [name] = (ids[0] ?? "").split(":");
      expect(ids).toEqual(items.map((_, i) => `${name}:${i}`));
      names.add(name ?? "");
      for (const tenant of tenants) expect(await countOf(tenant)).toEqual([2 * time, 2 * time]);
    }
    expect(names.size).toBe(2);
  });

  it("what failed for now is sent again by the ids of the answer", async () => {
    const operator = await operatorKey();
    const [good, bad] = [await makeTenant(), await makeTenant()];
    const items = [event(bad.tenantId), event(good.tenantId), event(bad.tenantId)];
    const { send } = watched(async (tenant, ...rest) => {
      const answer = await realMeter(tenant, ...rest);
      if (tenant === bad.tenantId) throw new Error("lost on the way");
      return answer;
    });
    const { results } = (await send(operator, items)).body;
    expect(statuses(results)).toEqual([503, 201, 503]);
    const again = items.map((item, i) => ({ ...item, id: results[i]?.id }));
    const { body } = await call(operator, "POST", PATH, again);
    expect(statuses(body.results)).toEqual([200, 200, 200]);
    expect([await countOf(good), await countOf(bad)]).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("lets a tenant that is over its budget, halted or broken fail alone", async () => {
    const operator = await operatorKey();
    const [slow, good, bad] = [await makeTenant(), await makeTenant(), await makeTenant()];
    await call(operator, "PATCH", `/api/tenants/${slow.tenantId}`, { events_per_minute: 1 });
    await call(operator, "POST", PATH, [event(slow.tenantId), event(slow.tenantId)]);
    const items = [slow, good, bad, slow, good, bad].map(({ tenantId }, i) =>
      event(tenantId, { id: `item-${i}` }),
    );
    const failing = (answer: () => unknown) =>
      watched(async (tenant, ...rest) =>
        tenant === bad.tenantId ? answer() : realMeter(tenant, ...rest),
      );
    const halted = await failing(() => ({ halted: "told to" })).send(operator, items);
    expect(halted.status).toBe(200);
    expect(statuses(halted.body.results)).toEqual([429, 201, 503, 429, 201, 503]);
    const codes = halted.body.results.map(({ code }) => code);
    expect(codes.slice(0, 3)).toEqual(["request.rate_limited", undefined, "usage.unavailable"]);
    expect(halted.body.results.map(({ id }) => id)).toEqual(items.map((_, i) => `item-${i}`));
    const broken = await failing(() => {
      throw new Error("the object was moved");
    }).send(operator, items);
    expect(statuses(broken.body.results)).toEqual([429, 200, 503, 429, 200, 503]);
    expect(broken.body.results[2]?.code).toBe("service.busy");
    expect(JSON.stringify(broken.body)).not.toContain("moved");
    expect([await countOf(good), await countOf(bad)]).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });

  it("asks the meters of a thousand tenants once, six at a time", async () => {
    const ids = await makeMany(1_000);
    const items = Array.from({ length: 5_000 }, (_, i) => event(ids[(i * 7) % 1_000]));
    const sizes = new Set<number>();
    const { send, calls, seen } = watched(async (_, { n }) => {
      sizes.add(n);
      await Promise.resolve();
      return 1;
    });
    const operator = await operatorKey();
    const { body } = await send(operator, items);
    expect(body.results).toHaveLength(5_000);
    expect(new Set(statuses(body.results))).toEqual(new Set([201]));
    expect([calls.sort(), [...sizes], seen.most]).toEqual([ids.sort(), [5], 6]);
    const over = await send(operator, [...items.slice(1), event("ten_one_more")]);
    expect([over.status, over.body]).toMatchObject([413, { code: "request.too_large" }]);
    expect(calls).toHaveLength(1_000);
  });

  it("asks a tenant once that is named by both of its names", async () => {
    const operator = await operatorKey();
    const named = `shop ${randomToken(6)}`;
    const path = `/api/tenants/${encodeURIComponent(named)}`;
    const { id, key } = (await call(operator, "PUT", path, { name: "Shop" })).body;
    const items = [event(named, { id: "a" }), event(id, { id: "b" }), event(named, { id: "b" })];
    const { send, calls } = watched(realMeter);
    const { body } = await send(operator, items);
    expect([statuses(body.results), calls]).toEqual([[201, 201, 200], [id]]);
    expect(await countOf({ key })).toEqual([2, 2]);
  });

  it("counts what each of many tenants sent, and once", { timeout: 60_000 }, async () => {
    const operator = await operatorKey();
    const ids = await makeMany(60);
    const items = Array.from({ length: 600 }, (_, i) => event(ids[(i * 7) % 60]));
    const headers = { "idempotency-key": "all" };
    const { body } = await call(operator, "POST", PATH, items, headers);
    expect([body.accepted, body.duplicates, body.refused]).toEqual([600, 0, 0]);
    const again = await call(operator, "POST", PATH, items, headers);
    expect([again.body.accepted, again.body.duplicates]).toEqual([0, 600]);
    const path = "/api/usage/summary?start_date=2020-01-01T00:00:00Z";
    for (const id of ids) {
      const read = await call(operator, "GET", path, undefined, { "boxcost-tenant": id });
      expect(read.body.metrics).toMatchObject([{ event_count: 10, total_quantity: 10 }]);
    }
  });

  it("looks all names up by one query, and those it knows by none", async () => {
    const operator = await operatorKey();
    const ids = await makeMany(50);
    const asked: string[] = [];
    const prepare = (text: string) => {
      asked.push(text);
      return env.DB.prepare(text);
    };
    const batch = (statements: D1PreparedStatement[]) => env.DB.batch(statements);
    const counted = { ...env, DB: { prepare, batch } as unknown as D1Database };
    const send = async () => {
      asked.length = 0;
      const type = { "content-type": "application/json" };
      const headers = { authorization: `Bearer ${operator}`, ...type };
      const body = JSON.stringify(ids.map((id) => event(id)));
      const request = { method: "POST", headers, body };
      const answer = await createApp().request(PATH, request, counted, createExecutionContext());
      const many = asked.filter((text) => /json_each/.test(text));
      const starts = many.filter((text) => text.includes("usage_watermarks"));
      return [answer.status, many.length - starts.length, starts.length];
    };
    expect([await send(), await send()]).toEqual([
      [200, 1, 1],
      [200, 0, 0],
    ]);
  });

  it("tells meters that may be starting what the ledger has of each", async () => {
    const operator = await operatorKey();
    const tenants = [
      await makeTenant(),
      await makeTenant(),
      await makeTenant(),
      await makeTenant(),
    ];
    for (const { key } of tenants) await call(key, "POST", PATH, [event(undefined, { id: "a" })]);
    for (const tenant of tenants) expect(await countOf(tenant)).toEqual([1, 1]);
    const told: unknown[] = [];
    const { send } = watched((tenant, ...rest) => {
      told.push(rest[3]);
      return realMeter(tenant, ...rest);
    });
    const items = tenants.map(({ tenantId }) => event(tenantId, { id: "a" }));
    const { body } = await send(operator, items);
    expect(statuses(body.results)).toEqual([200, 200, 200, 200]);
    const start = { upTo: 1, seriesUpTo: 0, frozenIds: [], names: ["tokens"], isFenced: false };
    const announced = { batches: 1, upTo: 1 };
    const ledgers = told.map((one) => (one as { home: { ledger: number } }).home.ledger);
    expect([...new Set(ledgers)].sort()).toEqual([0, 1]);
    expect(told).toEqual(
      ledgers.map((ledger) => ({
        ...start,
        announced,
        home: { ledger, epoch: 0 },
        readMs: expect.any(Number),
      })),
    );
    told.length = 0;
    await send(operator, items);
    await send(operator, items.slice(0, 3));
    expect(told).toEqual(Array(7).fill(undefined));
  });

  it("says in each alert whose it is", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    for (const { tenantId } of [one, two]) {
      const plan = { tenant_id: tenantId, plan: "FREE", base_price: 0 };
      await call(operator, "POST", "/api/subscriptions", plan);
    }
    const calls = { metric_name: "api_calls", quantity: 850 };
    const items = [two, one].map(({ tenantId }) => ({ ...calls, tenant: tenantId }));
    const { body } = await call(operator, "POST", PATH, items);
    const whose = body.alerts.map((alert: { tenant_id: string }) => alert.tenant_id);
    expect(whose).toEqual([two.tenantId, one.tenantId]);
    expect(body.alerts[0]).toMatchObject({ metric_name: "api_calls", threshold_percent: 80 });
  });

  it("leaves each tenant's items to the queue where that is asked for", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    const items = [event(one.tenantId), event("ten_none"), event(two.tenantId)];
    const headers = { prefer: "respond-async", "idempotency-key": "later" };
    const { status, body } = await call(operator, "POST", PATH, items, headers);
    expect([status, ...statuses(body.results)]).toEqual([202, 202, 404, 202]);
    for (const tenant of [one, two]) {
      await expect.poll(() => countOf(tenant), { timeout: 15_000 }).toEqual([1, 1]);
    }
    const again = await call(operator, "POST", PATH, items, { "idempotency-key": "later" });
    expect(statuses(again.body.results)).toEqual([200, 404, 200]);
  });
});

describe("an item that names a tenant", () => {
  const refused = { status: 403, id: "a", code: "auth.not_for_tenant" };

  it("is refused where the key is a tenant's own, and nothing else is lost", async () => {
    const [own, other] = [await makeTenant(), await makeTenant()];
    for (const tenant of [own, other]) {
      const items = [event(tenant.tenantId, { id: "a" }), event(undefined)];
      const { body } = await call(own.key, "POST", PATH, items);
      expect(body.results).toMatchObject([refused, { status: 201 }]);
    }
    expect([await countOf(own), await countOf(other)]).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });

  it("is refused where the request names one, even the same", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    const items = [one, two].map(({ tenantId }) => event(tenantId, { id: "a" }));
    const headers = { "boxcost-tenant": one.tenantId };
    const { body } = await call(operator, "POST", PATH, [...items, event(undefined)], headers);
    expect(body.results).toMatchObject([refused, refused, { status: 201 }]);
    expect([await countOf(one), await countOf(two)]).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it("is refused where it comes alone", async () => {
    const { tenantId } = await makeTenant();
    const { status, body } = await call(
      await operatorKey(),
      "POST",
      "/api/usage/record",
      event(tenantId),
    );
    expect([status, body.code]).toEqual([403, "auth.not_for_tenant"]);
  });

  it("is for whom the key's role may record", async () => {
    const { tenantId } = await makeTenant();
    const viewer = await keyFor(OPERATOR_TENANT, "viewer");
    expect((await call(viewer, "POST", PATH, [event(tenantId)])).status).toBe(403);
    const member = await keyFor(OPERATOR_TENANT, "member");
    const items = [event(tenantId), event(tenantId, { user_id: "ada" })];
    const { body } = await call(member, "POST", PATH, items);
    expect(statuses(body.results)).toEqual([201, 403]);
  });
});

describe("random mixes of tenants and items", () => {
  it("come to what a model of maps says, however often they are sent", {
    timeout: 60_000,
  }, async () => {
    const operator = await operatorKey();
    const tenants = [await makeTenant(), await makeTenant(), await makeTenant()];
    const names = [...tenants.map(({ tenantId }) => tenantId), "ten_none", ""];
    const known = new Map(tenants.map(({ tenantId }) => [tenantId, new Map<string, number>()]));
    const item = fc.record({
      tenant: fc.constantFrom(...names),
      id: fc.option(fc.constantFrom("a", "b", "c", "d"), { nil: undefined }),
      quantity: fc.constantFrom(1, 2, 3, -1),
    });
    const statusOf = (one: { tenant: string; id: string; quantity: number }): number => {
      if (one.tenant === "") return 422;
      const events = known.get(one.tenant);
      if (!events) return 404;
      if (one.quantity < 0) return 422;
      const before = events.get(one.id);
      if (before === undefined) events.set(one.id, one.quantity);
      return before === undefined ? 201 : before === one.quantity ? 200 : 409;
    };
    let run = 0;
    const mixes = fc.array(item, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(mixes, async (items) => {
        const key = `run-${run++}`;
        for (let time = 0; time < 2; time++) {
          const sent = items.map(({ tenant, id, quantity }) =>
            event(tenant, { quantity, ...(id === undefined ? {} : { id }) }),
          );
          const { body } = await call(operator, "POST", PATH, sent, { "idempotency-key": key });
          const expected = items.map((one, i) => statusOf({ ...one, id: one.id ?? `${key}:${i}` }));
          expect(statuses(body.results)).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
    for (const tenant of tenants) {
      const events = [...(known.get(tenant.tenantId)?.values() ?? [])];
      const total = events.reduce((sum, quantity) => sum + quantity, 0);
      expect(await countOf(tenant)).toEqual([events.length, total]);
    }
  });
});
