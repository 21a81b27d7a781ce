/** OpenMeter's API with a key of the operator: what is a tenant's, and what is read of many. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { dropEntries, putEntry } from "../../../src/compat/common/entry-store.ts";
import { MAX_READ_TENANTS } from "../../../src/compat/openmeter/targets.ts";
import { quarterOf } from "../../../src/core/time.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";

const BASE = "/openmeter/api/v1";
const BATCH = { "content-type": "application/cloudevents-batch+json" };

async function meter(key: string, more: object = {}): Promise<string> {
  const slug = `m_${crypto.randomUUID().replaceAll("-", "")}`;
  const sum = { slug, eventType: slug, aggregation: "SUM", valueProperty: "$.n" };
  const made = await call(key, "POST", `${BASE}/meters`, { ...sum, ...more });
  expect([made.status, made.body.detail]).toEqual([201, undefined]);
  return slug;
}

function eventOf(slug: string, subject: string, n: number) {
  const named = { specversion: "1.0", id: crypto.randomUUID(), source: "app", type: slug };
  return { ...named, subject, data: { n } };
}

async function sends(key: string, events: readonly object[]) {
  const answer = await call(key, "POST", `${BASE}/events`, JSON.stringify(events), BATCH);
  expect([answer.status, answer.body?.detail]).toEqual([204, undefined]);
}

async function drained(key: string): Promise<void> {
  await call(key, "GET", "/api/usage/events");
}

describe("without a subject", () => {
  it("adds up what tenants used, and the operator's own users", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    await call(operator, "PATCH", `/api/tenants/${two.tenantId}`, {
      external_id: `x-${two.tenantId}`,
    });
    const slug = await meter(operator);
    const own = `user-${slug}`;
    await sends(operator, [
      eventOf(slug, one.tenantId, 1),
      eventOf(slug, `x-${two.tenantId}`, 2.5),
      eventOf(slug, own, 4),
      eventOf(slug, one.tenantId, 8),
    ]);
    for (const { key } of [one, two]) await drained(key);
    const whole = await call(operator, "GET", `${BASE}/meters/${slug}/query`);
    expect(whole.body.data).toMatchObject([{ value: 15.5, subject: null }]);
    const each = await call(
      operator,
      "GET",
      `${BASE}/meters/${slug}/query?groupBy=subject&windowSize=DAY`,
    );
    const values = each.body.data.map((row: { subject: string; value: number }) => [
      row.subject,
      row.value,
    ]);
    expect(values).toEqual(
      [
        [one.tenantId, 9],
        [`x-${two.tenantId}`, 2.5],
        [own, 4],
      ].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    );
    const subjects = await call(operator, "GET", `${BASE}/meters/${slug}/subjects`);
    expect(subjects.body).toEqual([one.tenantId, own, `x-${two.tenantId}`].sort());
    // A tenant reads what is its own, and the operator's key may be confined to some.
    const mine = await call(one.key, "GET", `${BASE}/meters/${slug}/query`);
    expect(mine.body.data).toMatchObject([{ value: 9 }]);
    const confined = await keyFor("ten_operator", "owner", {
      confinement: { tenants: [one.tenantId] },
    });
    const seen = await call(confined, "GET", `${BASE}/meters/${slug}/query`);
    expect([seen.status, seen.body.data]).toMatchObject([200, [{ value: 9 }]]);
    const hidden = await call(
      confined,
      "GET",
      `${BASE}/meters/${slug}/query?subject=${two.tenantId}`,
    );
    expect(hidden.status).toBe(404);
  });

  it("says what to ask where values do not add up, or too many tenants used it", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    const most = await meter(operator, { aggregation: "MAX" });
    await sends(operator, [eventOf(most, one.tenantId, 1), eventOf(most, two.tenantId, 2)]);
    for (const { key } of [one, two]) await drained(key);
    const path = `${BASE}/meters/${most}/query`;
    const refused = await call(operator, "GET", path);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining("add up")]);
    const each = await call(operator, "GET", `${path}?groupBy=subject`);
    expect(each.body.data.map((row: { value: number }) => row.value).sort()).toEqual([1, 2]);
    const slug = await meter(operator);
    const quarter = quarterOf(Date.now());
    for (let i = 0; i < MAX_READ_TENANTS; i++) {
      const { tenantId } = await makeTenant();
      const db = await ledgerOf(tenantId);
      await db.batch([
        db.prepare("INSERT INTO usage_watermarks (tenant, up_to) VALUES (?, 1)").bind(tenantId),
        db
          .prepare("INSERT INTO rollup_tenant VALUES (?, ?, ?, 1, 1, 0, 0)")
          .bind(tenantId, slug, quarter),
      ]);
    }
    const many = await call(operator, "GET", `${BASE}/meters/${slug}/query`);
    expect([many.status, many.body.detail]).toEqual([
      400,
      expect.stringContaining("name subjects"),
    ]);
  });
});

describe("a key that is confined to tenants", () => {
  it("records and reads for those alone, and nothing of the operator's own", async () => {
    const operator = await operatorKey();
    const slug = await meter(operator);
    const [mine, other] = [await makeTenant(), await makeTenant()];
    const tenants = [mine.tenantId];
    const key = await keyFor("ten_operator", "owner", { confinement: { tenants } });
    const events = [mine.tenantId, other.tenantId, "nobody"].map((subject) =>
      eventOf(slug, subject, 1),
    );
    const sent = await call(key, "POST", `${BASE}/events`, JSON.stringify(events), BATCH);
    expect([sent.status, sent.body.errors]).toEqual([
      400,
      [
        { pointer: "/1", detail: "tenant not found" },
        { pointer: "/2", detail: "tenant not found" },
      ],
    ]);
    const lists = [BASE, "/openmeter/api/v2"].map((base) => `${base}/events`);
    for (const list of lists) expect((await call(key, "GET", list)).status).toBe(403);
    const { body } = await call(key, "GET", `${BASE}/events?subject=${mine.tenantId}`);
    expect(body.map((one: { event: { id: string } }) => one.event.id)).toEqual([events[0]?.id]);
    const hidden = await call(key, "GET", `${BASE}/events?subject=${other.tenantId}`);
    expect(hidden.status).toBe(404);
    const query = `${BASE}/meters/${slug}/query`;
    expect((await call(operator, "GET", query)).body.data).toMatchObject([{ value: 1 }]);
  });
});

describe("what is kept", () => {
  it("counts as stored bytes, and not once it is gone", async () => {
    const { tenantId: tenant } = await makeTenant();
    const used = async () => {
      const of = "SELECT used FROM budget_use WHERE tenant = ? AND budget = 'stored_bytes'";
      const row = await env.DB.prepare(of).bind(tenant).first<{ used: number }>();
      return row?.used ?? 0;
    };
    const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value)).length;
    const put = async (name: string, body: Record<string, unknown>) => {
      const entry = { id: `sbj_${tenant}_${name}`, tenant, kind: "subject", name } as const;
      const rest = { customerId: null, body, createdMs: 0, updatedMs: 0 };
      await putEntry(env.DB, { ...entry, ...rest }).run();
    };
    const body = { note: "ä".repeat(100) };
    await put("one", body);
    await put("zwölf", {});
    expect(await used()).toBe(300 + 3 + bytesOf(body) + 300 + 6 + 2);
    await put("one", {});
    expect(await used()).toBe(300 + 3 + 2 + 300 + 6 + 2);
    await dropEntries(env.DB, tenant, "subject", ["one", "zwölf"]).run();
    expect(await used()).toBe(0);
  });

  it("is refused where a tenant stores all that it may", async () => {
    const { tenantId, key } = await makeTenant();
    const operator = await operatorKey();
    await call(operator, "PUT", `/api/tenants/${tenantId}/budgets`, { stored_bytes: 100 });
    const refused = await call(key, "POST", `${BASE}/subjects`, [{ key: "one" }]);
    expect([refused.status, refused.body.code]).toEqual([429, "budget.reached"]);
    expect((await call(key, "GET", `${BASE}/subjects`)).body).toEqual([]);
  });

  it("is one customer's alone", async () => {
    const { key } = await makeTenant();
    const given = (name: string) => ({ name, usageAttribution: { subjectKeys: ["s"] } });
    expect((await call(key, "POST", `${BASE}/customers`, given("one"))).status).toBe(201);
    const second = await call(key, "POST", `${BASE}/customers`, given("two"));
    expect([second.status, second.body.detail]).toEqual([
      409,
      expect.stringContaining("subject s"),
    ]);
    const { body } = await call(key, "GET", `${BASE}/customers`);
    expect(body).toMatchObject({ totalCount: 1, items: [{ name: "one" }] });
  });

  it("pages customers, and finds them by any part of their texts", async () => {
    const { key } = await makeTenant();
    for (const name of ["Ada Lovelace", "Alan Turing", "Grace Hopper"]) {
      const [first = ""] = name.split(" ");
      const email = `${first.toLowerCase()}@example.com`;
      await call(key, "POST", `${BASE}/customers`, { key: first, name, primaryEmail: email });
    }
    const names = async (query: string) => {
      const { body } = await call(key, "GET", `${BASE}/customers?${query}`);
      return [body.totalCount, ...body.items.map((one: { name: string }) => one.name)];
    };
    expect(await names("page=2&pageSize=2")).toEqual([3, "Grace Hopper"]);
    expect(await names("name=LOVE")).toEqual([1, "Ada Lovelace"]);
    expect(await names("primaryEmail=alan@")).toEqual([1, "Alan Turing"]);
    expect(await names("key=a&name=turing")).toEqual([1, "Alan Turing"]);
    expect((await call(key, "GET", `${BASE}/customers?page=0`)).status).toBe(400);
    expect((await call(key, "GET", `${BASE}/customers?page=9999&pageSize=200`)).status).toBe(400);
  });
});
