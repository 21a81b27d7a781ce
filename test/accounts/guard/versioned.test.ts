/** The version in which a request is written and answered: the key's own, or the one it names. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { FIRST_VERSION, NEWEST_VERSION, VERSION_NAMES } from "../../../src/core/api-version.ts";
import { draft, final, makePair, type Pair } from "../../documents/api.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const FIRST = { "api-version": FIRST_VERSION };
const NEWEST = { "api-version": NEWEST_VERSION };
const EVENT = { metric_name: "calls", quantity: 1 };

let pair: Pair;
/** Made before there were versions. */
let oldKey: string;
let path: string;

beforeAll(async () => {
  pair = await makePair();
  oldKey = await keyFor(pair.issuer.tenantId, "owner", { apiVersion: null });
  path = `/api/customers/${pair.customerId}`;
  const { id } = await final(pair);
  await call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, { amount: 501 });
});

const list = (key: string, headers = {}) =>
  call(key, "GET", `${path}/balance-transactions?limit=1`, undefined, headers);
const refund = (key: string, body: object, headers = {}) =>
  call(
    key,
    "POST",
    `${path}/refund-balance`,
    { amount: "1.00", currency: "USD", ...body },
    headers,
  );

describe("a key's version", () => {
  it("is the first one of a key that is older, and says how long it lasts", async () => {
    const answer = await list(oldKey);
    expect(answer.body.data[0]).toMatchObject({ kind: "overpayment", day: "2026-11-24" });
    expect(answer.body.data[0].booked_on).toBeUndefined();
    const { headers } = answer;
    expect(headers.get("api-version")).toBe(FIRST_VERSION);
    expect(headers.get("deprecation")).toBe(`@${Date.parse("2026-11-30") / 1_000}`);
    expect(headers.get("sunset")).toBe("Tue, 30 Nov 2027 00:00:00 GMT");
    expect(headers.get("link")).toBe(
      '<https://api.test/docs/guides/versions>; rel="deprecation"; type="text/html"',
    );
    // Digits stay as they were answered.
    expect(new TextDecoder().decode(answer.bytes)).toContain('"amount":200.00,');
  });

  it("gives way to the one that a request names, in either direction", async () => {
    const newer = await list(oldKey, NEWEST);
    expect(newer.body.data[0]).toMatchObject({ kind: "overpayment", booked_on: "2026-11-24" });
    expect(newer.headers.get("api-version")).toBe(NEWEST_VERSION);
    expect(newer.headers.get("deprecation")).toBeNull();
    expect((await list(pair.issuer.key)).body.data[0].booked_on).toBe("2026-11-24");
    expect((await list(pair.issuer.key, FIRST)).body.data[0].day).toBe("2026-11-24");
  });

  it("says nothing of an end where the version has no other shape", async () => {
    const answer = await call(oldKey, "GET", "/api/tenant");
    expect(answer.headers.get("api-version")).toBe(FIRST_VERSION);
    expect(answer.headers.get("deprecation")).toBeNull();
  });

  it("stands on what records, too", async () => {
    for (const [at, body] of [
      ["/api/usage/record", EVENT],
      ["/api/usage/events", [EVENT]],
      ["/api/usage/record", { metric_name: "" }],
    ] as const) {
      const answer = await call(oldKey, "POST", at, body);
      expect(answer.headers.get("api-version")).toBe(FIRST_VERSION);
      const named = await call(oldKey, "POST", at, body, NEWEST);
      expect(named.headers.get("api-version")).toBe(NEWEST_VERSION);
      expect(named.headers.get("deprecation")).toBeNull();
    }
  });

  it("is one that there is", async () => {
    const wrong = { "api-version": "2020-02-02" };
    for (const answer of [
      await list(oldKey, wrong),
      await call(oldKey, "POST", "/api/usage/record", EVENT, wrong),
    ]) {
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { code: "request.version_unknown", versions: VERSION_NAMES },
      ]);
    }
  });

  it("is its maker's or a given one, stays when it is rotated, and can be changed", async () => {
    const body = { name: "More", role: "viewer" };
    const made = (await call(oldKey, "POST", "/api/keys", body)).body;
    expect(made.api_version).toBe(FIRST_VERSION);
    const at = `/api/keys/${made.id}`;
    const rotate = await call(pair.issuer.key, "POST", `${at}/rotate`, { overlap_hours: 1 });
    expect(rotate.body.api_version).toBe(FIRST_VERSION);
    const newest = { api_version: NEWEST_VERSION };
    expect((await call(oldKey, "POST", "/api/keys", { ...body, ...newest })).body).toMatchObject(
      newest,
    );
    expect((await list(made.key)).body.data[0].day).toBeDefined();
    expect((await call(oldKey, "PATCH", at, newest)).body).toMatchObject(newest);
    expect((await list(made.key)).body.data[0].booked_on).toBeDefined();
  });
});

describe("an older body", () => {
  it("is taken under its own names, and refused with them", async () => {
    const { status, body } = await refund(oldKey, { refunded_on: "2026-11-20" });
    expect([status, body]).toMatchObject([201, { kind: "refund", day: "2026-11-20", amount: -1 }]);
    const late = await refund(oldKey, { refunded_on: "1999-01-01" });
    expect([late.status, late.body.errors[0].pointer]).toEqual([422, "/refunded_on"]);
    expect(late.body.detail).not.toContain("booked_on");
    const none = await refund(oldKey, { refunded_on: "soon" });
    expect(none.body.detail).toMatch(/^\/refunded_on: /);
    const newer = await refund(oldKey, { booked_on: "2026-11-20" });
    expect([newer.status, newer.body.errors[0].pointer]).toEqual([422, "/booked_on"]);
    expect((await refund(pair.issuer.key, { refunded_on: "2026-11-20" })).status).toBe(422);
  });

  it("that comes again by its Idempotency-Key is answered in the version that asks", async () => {
    const once = { "idempotency-key": "one-refund" };
    const [day, other] = [{ refunded_on: "2026-11-21" }, { booked_on: "2026-11-21" }];
    const first = await refund(pair.issuer.key, day, { ...once, ...FIRST });
    expect(first.body).toMatchObject({ kind: "refund", day: "2026-11-21" });
    const again = await refund(pair.issuer.key, day, { ...once, ...FIRST });
    expect([again.body, again.headers.get("idempotency-replayed")]).toEqual([first.body, "true"]);
    const newer = await refund(pair.issuer.key, other, once);
    expect(newer.body).toMatchObject({
      id: first.body.id,
      kind: "balance_refund",
      booked_on: "2026-11-21",
    });
    expect(newer.headers.get("idempotency-replayed")).toBe("true");
  });
});

describe("what was announced", () => {
  it("is listed in the version that asks, whichever wrote it", async () => {
    const { tenantId, key } = pair.issuer;
    const kinds = async (headers: Record<string, string>) => {
      const { body } = await call(key, "GET", "/api/webhooks/events?limit=200", undefined, headers);
      return body.data
        .filter(({ type }: { type: string }) => type === "customer.balance_changed")
        .map(({ data }: { data: { kind: string } }) => data.kind);
    };
    const newest = await kinds({});
    expect(new Set(newest)).toEqual(new Set(["overpayment", "balance_refund"]));
    expect(new Set(await kinds(FIRST))).toEqual(new Set(["overpayment", "refund"]));
    const older = `UPDATE outbox SET body = replace(body, 'balance_refund', 'refund')
      WHERE tenant = ? AND type = 'customer.balance_changed'`;
    await env.DB.prepare(older).bind(tenantId).run();
    expect(await kinds({})).toEqual(newest);
  });
});

it("is not asked of what has no key: signing in, links and other products' calls", async () => {
  const { key } = await makeTenant();
  const wrong = { "api-version": "2020-02-02" };
  const { status } = await call(key, "GET", "/lago/api/v1/billable_metrics", undefined, wrong);
  expect(status).toBe(200);
  expect((await draft(pair)).id).toMatch(/^inv_/);
});
