import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";

afterEach(() => vi.useRealTimers());

const HOUR = 3_600_000;
const EVENT = { metric_name: "api_calls", quantity: 1 };
const from = (address: string) => ({ "cf-connecting-ip": address });
const at = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

async function make(key: string, body: object) {
  return call(key, "POST", "/api/keys", { name: "K", role: "owner", ...body });
}

describe("a key that is confined to permissions", () => {
  it("does what they allow and nothing else of its role", async () => {
    const { key } = await makeTenant();
    const made = await make(key, { permissions: ["usage.write"] });
    expect([made.status, made.body.permissions]).toEqual([201, ["usage.write"]]);
    const confined = made.body.key;
    expect((await call(confined, "POST", "/api/usage/record", EVENT)).status).toBe(201);
    const refused = await call(confined, "GET", "/api/usage/metrics");
    expect([refused.status, refused.body.code]).toEqual([403, "auth.forbidden"]);
    expect(refused.body.detail).toContain("usage.read");
    const own = await call(confined, "GET", "/api/tenant");
    expect(own.body.key).toMatchObject({ role: "owner", permissions: ["usage.write"] });
    const listed = (await call(key, "GET", "/api/keys")).body.data.at(-1);
    expect(listed).toMatchObject({ permissions: ["usage.write"], tenants: null, ips: null });
  });

  it("records for others only with that permission", async () => {
    const { key } = await makeTenant();
    const send = async (permissions: string[]) => {
      const { body } = await make(key, { permissions });
      const event = { ...EVENT, user_id: "u-1" };
      return (await call(body.key, "POST", "/api/usage/record", event)).status;
    };
    expect(await send(["usage.write"])).toBe(403);
    expect(await send(["usage.write", "usage.for_others"])).toBe(201);
  });

  it("has only those of its role, and of what there is", async () => {
    const { key } = await makeTenant();
    for (const [body, pointer] of [
      [{ permissions: [] }, "/permissions"],
      [{ permissions: ["usage.burn"] }, "/permissions/0"],
      [{ permissions: ["usage.read", "usage.read"] }, "/permissions"],
      [{ role: "viewer", permissions: ["usage.read", "usage.write"] }, "/permissions/1"],
      [{ permissions: ["operator.read"] }, "/permissions/0"],
      [{ tenants: ["ten_a"] }, "/tenants"],
      [{ expires_at: "2020-01-01T00:00:00Z" }, "/expires_at"],
      [{ expires_at: "tomorrow" }, "/expires_at"],
    ] as const) {
      const { status, body: told } = await make(key, body);
      expect([status, told.errors?.[0].pointer], JSON.stringify(body)).toEqual([422, pointer]);
    }
  });

  it("is told which field of it is wrong in the detail itself", async () => {
    const { key } = await makeTenant();
    const { status, body } = await make(key, { expires_at: "2020-01-01T00:00:00Z" });
    expect([status, body.detail]).toEqual([422, "/expires_at: is in the future"]);
  });

  it("makes, changes and removes no user, since a user is confined to nothing", async () => {
    const { key } = await makeTenant();
    const user = { email: "u@a.test", name: "U", role: "viewer" };
    const { id } = (await call(key, "POST", "/api/users", user)).body;
    for (const confinement of [
      { permissions: ["members.write"] },
      { expires_at: at(Date.now() + HOUR) },
    ]) {
      const confined = (await make(key, confinement)).body.key;
      const more = { ...user, email: "more@a.test", role: "owner" };
      expect((await call(confined, "POST", "/api/users", more)).status).toBe(403);
      const raised = await call(confined, "PATCH", `/api/users/${id}`, { role: "owner" });
      const removed = await call(confined, "DELETE", `/api/users/${id}`);
      for (const { status, body } of [raised, removed]) {
        expect([status, body.detail]).toEqual([403, expect.stringContaining("has no end")]);
      }
    }
    expect((await call(key, "GET", "/api/users")).body.data).toHaveLength(1);
  });
});

describe("a key that is confined to addresses", () => {
  it("is asked at each request from where it comes, also while it is remembered", async () => {
    const { key } = await makeTenant();
    const ips = ["192.0.2.0/24", "2001:db8::7"];
    const { body } = await make(key, { ips });
    expect(body.ips).toEqual(ips);
    const get = async (headers: Record<string, string>) => {
      const answer = await call(body.key, "GET", "/api/tenant", undefined, headers);
      return answer.status === 200 ? 200 : [answer.status, answer.body.code];
    };
    const refused = [403, "auth.address_refused"];
    for (let round = 0; round < 2; round++) {
      expect(await get(from("192.0.2.9"))).toBe(200);
      expect(await get(from("::ffff:192.0.2.9"))).toBe(200);
      expect(await get(from("2001:db8:0::7"))).toBe(200);
      expect(await get(from("192.0.3.1"))).toEqual(refused);
      expect(await get(from("2001:db8::8"))).toEqual(refused);
      expect(await get({})).toEqual(refused);
    }
    const events = await call(body.key, "POST", "/api/usage/events", [EVENT], from("192.0.3.1"));
    expect(events.status).toBe(403);
  });

  it("has at most 20 ranges, each well-formed", async () => {
    const { key } = await makeTenant();
    const many = Array.from({ length: 21 }, (_, n) => `192.0.2.${n}`);
    expect((await make(key, { ips: many.slice(1) })).status).toBe(201);
    for (const [ips, pointer] of [
      [many, "/ips"],
      [[], "/ips"],
      [["192.0.2.1", "192.0.2.1/24"], "/ips/1"],
      [["192.0.2.256"], "/ips/0"],
    ] as const) {
      const { status, body } = await make(key, { ips });
      expect([status, body.errors?.[0].pointer]).toEqual([422, pointer]);
    }
  });
});

describe("a key with an end", () => {
  it("says that it has ended from that instant on, also while it is remembered", async () => {
    const { tenantId, key } = await makeTenant();
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    const endsMs = Date.now() + 10_000;
    const ending = await keyFor(tenantId, "admin", { confinement: { endsMs } });
    const get = async () => {
      const { status, body } = await call(ending, "GET", "/api/tenant");
      return [status, body.detail ?? body.key.expires_at];
    };
    expect(await get()).toEqual([200, new Date(endsMs).toISOString()]);
    vi.setSystemTime(endsMs - 1);
    expect((await get())[0]).toBe(200);
    vi.setSystemTime(endsMs);
    expect(await get()).toEqual([401, expect.stringContaining("has ended")]);
    // Another key that is made writes the end down: it stays an end, and no revocation.
    const { id } = (await make(key, {})).body;
    const used = "SELECT used FROM budget_use WHERE tenant = ? AND budget = 'api_keys'";
    expect(await env.DB.prepare(used).bind(tenantId).first("used")).toBe(2);
    expect(await get()).toEqual([401, expect.stringContaining("has ended")]);
    const rows = (await call(key, "GET", "/api/keys")).body.data;
    expect(rows.find((row: { name: string }) => row.name === "admin key")).toMatchObject({
      revoked_at: null,
      expires_at: new Date(endsMs).toISOString(),
    });
    expect(rows.at(-1)).toMatchObject({ id, expires_at: null });
  });

  it("is not what keeps a tenant an owner's key", async () => {
    const { key } = await makeTenant();
    const own = (await call(key, "GET", "/api/tenant")).body.key.id;
    await make(key, { expires_at: at(Date.now() + HOUR) });
    await make(key, { permissions: ["keys.write"] });
    const refused = await call(key, "DELETE", `/api/keys/${own}`);
    expect([refused.status, refused.body.code]).toEqual([409, "members.last_owner"]);
    await make(key, {});
    expect((await call(key, "DELETE", `/api/keys/${own}`)).status).toBe(200);
  });
});

describe("a key that a confined key makes", () => {
  it("inherits its confinement, and may narrow it", async () => {
    const { key } = await makeTenant();
    const expires_at = at(Date.now() + 2 * HOUR);
    const permissions = ["usage.write", "keys.write"];
    const confined = { permissions, ips: ["192.0.2.0/24"], expires_at };
    const maker = (await make(key, confined)).body.key;
    const made = async (body: object) =>
      call(maker, "POST", "/api/keys", { name: "N", role: "admin", ...body }, from("192.0.2.1"));

    const inherits = await made({});
    const rest = { ips: ["192.0.2.0/24"], expires_at: inherits.body.expires_at };
    expect(Date.parse(inherits.body.expires_at)).toBe(Date.parse(expires_at));
    expect(inherits.body).toMatchObject({ permissions, ...rest });
    expect((await made({ role: "ingest" })).body.permissions).toEqual(["usage.write"]);
    const narrow = { permissions: ["usage.write"], ips: ["192.0.2.128/25"] };
    const narrowed = await made({ ...narrow, expires_at: at(Date.now() + HOUR) });
    expect([narrowed.status, narrowed.body.ips]).toEqual([201, ["192.0.2.128/25"]]);

    for (const more of [
      { permissions: ["usage.read"] },
      { ips: ["192.0.2.0/23"] },
      { expires_at: at(Date.now() + 3 * HOUR) },
      { role: "viewer" }, // none of whose permissions is its maker's
    ]) {
      expect([403, 422], JSON.stringify(more)).toContain((await made(more)).status);
    }
  });

  it("is none that somebody else's is taken over or rotated into", async () => {
    const { key } = await makeTenant();
    const free = (await make(key, { role: "admin" })).body;
    const narrow = (await make(key, { role: "viewer", permissions: ["usage.read"] })).body;
    const permissions = ["keys.write", "usage.read"];
    const maker = (await make(key, { permissions })).body.key;
    const overlap = { overlap_hours: 0 };
    expect((await call(maker, "POST", `/api/keys/${free.id}/take-over`)).status).toBe(403);
    expect((await call(maker, "POST", `/api/keys/${free.id}/rotate`, overlap)).status).toBe(403);
    expect((await call(maker, "POST", `/api/keys/${narrow.id}/take-over`)).status).toBe(200);
    const rotated = await call(maker, "POST", `/api/keys/${narrow.id}/rotate`, overlap);
    expect([rotated.status, rotated.body.permissions]).toEqual([201, ["usage.read"]]);
    expect((await call(free.key, "GET", "/api/tenant")).status).toBe(200);
  });
});

describe("an operator's key that is confined to tenants", () => {
  async function confinedTo(...tenants: string[]): Promise<string> {
    return keyFor(OPERATOR_TENANT, "owner", { confinement: { tenants } });
  }

  it("is made for at most 100 tenants that there are", async () => {
    const operator = await operatorKey();
    const { tenantId } = await makeTenant();
    const made = await make(operator, { tenants: [tenantId] });
    expect([made.status, made.body.tenants]).toEqual([201, [tenantId]]);
    const own = await call(made.body.key, "GET", "/api/tenant");
    expect(own.body.key).toMatchObject({ tenants: [tenantId] });
    const external_id = `shop ${tenantId}`;
    await call(operator, "PATCH", `/api/tenants/${tenantId}`, { external_id });
    const named = await make(operator, { tenants: [external_id, tenantId] });
    expect([named.status, named.body.tenants]).toEqual([201, [tenantId]]);
    for (const [tenants, pointer] of [
      [[tenantId, "ten_none"], "/tenants/1"],
      [[OPERATOR_TENANT], "/tenants/0"],
      [Array.from({ length: 101 }, (_, n) => `ten_${n}`), "/tenants"],
    ] as const) {
      const { status, body } = await make(operator, { tenants });
      expect([status, body.errors?.[0].pointer]).toEqual([422, pointer]);
    }
  });

  it("reaches these, and finds the others as if there were none", async () => {
    const [mine, other] = [await makeTenant(), await makeTenant()];
    const operator = await operatorKey();
    const subscribe = (key: string, tenant_id: string) =>
      call(key, "POST", "/api/subscriptions", { tenant_id, plan: "FREE", base_price: 0 });
    const theirs = (await subscribe(operator, other.tenantId)).body.id;
    const key = await confinedTo(mine.tenantId);
    const subscribed = await subscribe(key, mine.tenantId);
    expect(subscribed.status).toBe(201);
    const credit = { kind: "granted", amount: 1, currency: "USD" };
    for (const [method, path, body] of [
      ["GET", "/api/tenants/{t}", undefined],
      ["PATCH", "/api/tenants/{t}", { name: "Renamed" }],
      ["GET", "/api/tenants/{t}/budgets", undefined],
      ["PUT", "/api/tenants/{t}/budgets", { users: 10 }],
      ["GET", "/api/subscriptions/{s}", undefined],
      ["GET", "/api/subscriptions/{s}/metrics", undefined],
      ["POST", "/api/subscriptions/{s}/cancel", { when: "period_end" }],
      ["POST", "/api/subscriptions/{s}/resume", undefined],
      ["GET", "/api/subscriptions?tenant_id={t}", undefined],
      ["GET", "/api/billing/periods?tenant_id={t}", undefined],
      ["GET", "/api/billing/preview?tenant_id={t}", undefined],
      ["GET", "/api/usage/imports?tenant_id={t}", undefined],
      ["PUT", "/api/metrics/own?tenant_id={t}", { unit: "B" }],
      ["POST", "/api/credits", { ...credit, tenant_id: "{t}" }],
      ["GET", "/api/credits?tenant_id={t}", undefined],
    ] as const) {
      const send = (tenant: string, subscription: string) => {
        const fill = (text: string) => text.replace("{t}", tenant).replace("{s}", subscription);
        const sent = body && JSON.parse(fill(JSON.stringify(body)));
        return call(key, method, fill(path), sent);
      };
      const near = await send(mine.tenantId, subscribed.body.id);
      expect([path, near.status < 300]).toEqual([path, true]);
      const [far, none] = [await send(other.tenantId, theirs), await send("ten_none", "sub_none")];
      expect([path, far.status, far.body.detail]).toEqual([path, 404, none.body.detail]);
      expect([path, none.status]).toEqual([path, 404]);
    }
    const ids = async (path: string) =>
      (await call(key, "GET", path)).body.data.map((row: { id: string }) => row.id);
    expect(await ids("/api/tenants")).toEqual([mine.tenantId]);
    expect(await ids("/api/subscriptions")).toEqual([subscribed.body.id]);
  });

  it("names its tenants by external ids, and learns nothing of others' by them", async () => {
    const [mine, other] = [await makeTenant(), await makeTenant()];
    const operator = await operatorKey();
    const name = async ({ tenantId }: { tenantId: string }) => {
      const external_id = `shop ${tenantId}`;
      await call(operator, "PATCH", `/api/tenants/${tenantId}`, { external_id });
      return external_id;
    };
    const [own, theirs] = [await name(mine), await name(other)];
    const key = await confinedTo(mine.tenantId);
    const path = (id: string) => `/api/tenants/${encodeURIComponent(id)}`;
    expect((await call(key, "GET", path(own))).body.id).toBe(mine.tenantId);
    expect((await call(key, "PUT", path(own), { name: "Renamed" })).status).toBe(200);
    for (const id of [theirs, "shop nobody"]) {
      for (const [method, body] of [["GET"], ["PUT", { name: "New" }], ["PATCH", {}]] as const) {
        const { status, body: told } = await call(key, method, path(id), body);
        expect([id, method, status, told.detail]).toEqual([id, method, 404, "tenant not found"]);
      }
    }
    const taken = await call(key, "PATCH", path(own), { external_id: theirs });
    expect([taken.status, JSON.stringify(taken.body).includes(other.tenantId)]).toEqual([
      403,
      false,
    ]);
    const found = (await call(key, "GET", "/api/tenants?q=shop")).body.data;
    expect(found.map((row: { id: string }) => row.id)).toEqual([mine.tenantId]);
  });

  it("acts for these by the header, and for others as if there were none", async () => {
    const [mine, other] = [await makeTenant(), await makeTenant()];
    const key = await confinedTo(mine.tenantId);
    const acting = (tenant: string, method = "GET", path = "/api/tenant", body?: unknown) =>
      call(key, method, path, body, { "boxcost-tenant": tenant });
    expect((await acting(mine.tenantId)).body.id).toBe(mine.tenantId);
    expect((await acting(mine.tenantId, "POST", "/api/usage/record", EVENT)).status).toBe(201);
    const made = await acting(mine.tenantId, "POST", "/api/keys", { name: "K", role: "viewer" });
    expect([made.status, made.body.tenants]).toEqual([201, null]);
    expect((await call(made.body.key, "GET", "/api/tenant")).body.id).toBe(mine.tenantId);
    const user = { email: "u@a.test", name: "U", role: "viewer" };
    expect((await acting(mine.tenantId, "POST", "/api/users", user)).status).toBe(403);
    for (const id of [other.tenantId, OPERATOR_TENANT, "ten_none"]) {
      const { status, body } = await acting(id);
      expect([id, status, body.detail]).toEqual([id, 404, "tenant not found"]);
    }
  });

  it("records for these in a batch, and refuses each item that names another", async () => {
    const [mine, other] = [await makeTenant(), await makeTenant()];
    const key = await confinedTo(mine.tenantId);
    const names = [mine.tenantId, other.tenantId, "ten_none", OPERATOR_TENANT];
    const items = [...names.map((tenant) => ({ ...EVENT, tenant })), EVENT];
    const { status, body } = await call(key, "POST", "/api/usage/events", items);
    const statuses = body.results.map((result: { status: number }) => result.status);
    expect([status, statuses]).toEqual([200, [201, 404, 404, 404, 403]]);
    const own = await call(key, "POST", "/api/usage/events", [EVENT]);
    expect([own.status, own.body.code]).toEqual([403, "auth.forbidden"]);
  });

  it("keeps its other confinements while it acts", async () => {
    const { tenantId } = await makeTenant();
    const key = await keyFor(OPERATOR_TENANT, "owner", {
      confinement: { permissions: ["usage.write"], ips: ["192.0.2.1"] },
    });
    const send = (method: string, path: string, address: string, body?: unknown) =>
      call(key, method, path, body, { "boxcost-tenant": tenantId, ...from(address) });
    expect((await send("POST", "/api/usage/record", "192.0.2.1", EVENT)).status).toBe(201);
    expect((await send("POST", "/api/usage/record", "192.0.2.2", EVENT)).status).toBe(403);
    expect((await send("GET", "/api/usage/metrics", "192.0.2.1")).status).toBe(403);
  });

  it("is refused what is the operator's own", async () => {
    const { tenantId } = await makeTenant();
    const key = await confinedTo(tenantId);
    for (const [method, path, body] of [
      ["GET", "/api/invoices", undefined],
      ["GET", "/api/keys", undefined],
      ["POST", "/api/keys", { name: "K", role: "viewer" }],
      ["GET", "/api/audit", undefined],
      ["POST", "/api/tenants", { name: "New" }],
      ["GET", "/api/failing-work", undefined],
      ["GET", "/api/coupons", undefined],
      ["GET", "/api/credits", undefined],
      ["GET", "/api/billing/periods", undefined],
      ["POST", "/api/usage/record", EVENT],
      ["POST", "/api/usage/imports", { name: "older" }],
    ] as const) {
      const { status, body: told } = await call(key, method, path, body);
      expect([path, status, told.code]).toEqual([path, 403, "auth.forbidden"]);
    }
  });
});

describe("the last use of a key", () => {
  const lastUsed = async (tenantId: string): Promise<number | null> =>
    env.DB.prepare("SELECT max(last_used_ms) AS ms FROM api_keys WHERE tenant = ?")
      .bind(tenantId)
      .first<number>("ms");

  it("is shown within minutes, and written no more often", async () => {
    const { tenantId, key } = await makeTenant();
    const start = Date.now();
    vi.useFakeTimers({ now: start, toFake: ["Date"] });
    const useAt = async (ms: number) => {
      vi.setSystemTime(start + ms);
      for (let n = 0; n < 3; n++) await call(key, "GET", "/api/tenant");
    };
    await useAt(0);
    await vi.waitFor(async () => expect(await lastUsed(tenantId)).toBe(start));
    const { last_used_at } = (await call(key, "GET", "/api/keys")).body.data[0];
    expect(Date.parse(last_used_at)).toBe(start);
    await env.DB.prepare("UPDATE api_keys SET last_used_ms = 7 WHERE tenant = ?")
      .bind(tenantId)
      .run();
    await useAt(60_000);
    await useAt(299_000);
    expect(await lastUsed(tenantId)).toBe(7);
    await useAt(330_000);
    await vi.waitFor(async () => expect(await lastUsed(tenantId)).toBe(start + 330_000));
  });

  it("is not that of a request that was refused for its address", async () => {
    const { tenantId } = await makeTenant({ role: "viewer" });
    const confined = await keyFor(tenantId, "owner", { confinement: { ips: ["192.0.2.1"] } });
    const get = (address: string) => call(confined, "GET", "/api/tenant", undefined, from(address));
    expect((await get("192.0.2.2")).status).toBe(403);
    expect(await lastUsed(tenantId)).toBeNull();
    expect((await get("192.0.2.1")).status).toBe(200);
    await vi.waitFor(async () => expect(await lastUsed(tenantId)).not.toBeNull());
  });
});
