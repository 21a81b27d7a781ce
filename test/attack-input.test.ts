/**
 * Every operation of the OpenAPI document, asked in ways that nobody honest asks: at another host,
 * with a body that is too large or of another form, with headers that proxies and attackers write,
 * and with what another tenant sent before.
 */

import { exports } from "cloudflare:workers";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { ACCESS, SHARED } from "./support/access.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "./support/api.ts";
import { type ApiDocument, type Operation, operationsOf } from "./support/document.ts";

const SLOW = { timeout: 120_000 };

let operations: Operation[] = [];
let one: TestTenant;
let other: TestTenant;
let operator = "";
beforeAll(async () => {
  const { body } = await call(null, "GET", "/openapi.json");
  operations = operationsOf(body as ApiDocument);
  [one, other] = [await makeTenant(), await makeTenant()];
  operator = await operatorKey();
});

const named = ({ method, path }: Operation) => `${method.toLowerCase()} ${path}`;

/** The path with names that nothing has. */
function pathOf({ path }: Operation): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => SHARED[name] ?? "none");
}

/** Whoever may call it, and with what. */
function askedBy(operation: Operation): { key: string; body: unknown } {
  const [access = "", body] = ACCESS[named(operation)] ?? [];
  return { key: access.startsWith("operator.") ? operator : one.key, body };
}

describe("at a host that is not the installation's", () => {
  it("no operation answers, with a key or without", SLOW, async () => {
    const hosts = ["evil.test", "api.test.evil.test", "api.test:8443", "evil.workers.dev.test"];
    for (const operation of operations) {
      const { key } = askedBy(operation);
      for (const host of hosts) {
        for (const authorization of [`Bearer ${key}`, ""]) {
          const { status } = await exports.default.fetch(`https://${host}${pathOf(operation)}`, {
            method: operation.method,
            headers: { authorization, host: "api.test", "x-forwarded-host": "api.test" },
            redirect: "manual",
          });
          expect([named(operation), host, status]).toEqual([named(operation), host, 421]);
        }
      }
    }
  });
});

describe("a body", () => {
  const MEGABYTES = {
    json: 1_100_000,
    large: 2_100_000,
    logs: 10_100_000,
    picture: 600_000,
    load: 30_100_000,
  };

  /** Which of them is beyond what an operation takes. */
  function sizeOf({ path }: Operation): keyof typeof MEGABYTES {
    if (path.endsWith("/logo")) return "picture";
    if (path === "/api/tenant-load") return "load";
    if (path === "/api/usage/intake" || path.endsWith("/file")) return "logs";
    const isLarge = /^\/api\/usage\/(?:record|events|imports|cloudevents)|\/attachments\//.test(
      path,
    );
    return isLarge ? "large" : "json";
  }

  it("that is too large is refused before it is read as anything", SLOW, async () => {
    const writes = operations.filter(({ path, body }) => path.startsWith("/api/") && body);
    expect(writes.length).toBeGreaterThan(40);
    for (const operation of writes) {
      const { key } = askedBy(operation);
      for (const type of Object.keys(operation.body ?? {})) {
        const text = `{"a":"${"x".repeat(MEGABYTES[sizeOf(operation)])}"}`;
        const sent = { "content-type": type };
        const { status } = await call(key, operation.method, pathOf(operation), text, sent);
        expect([named(operation), type, status]).toEqual([named(operation), type, 413]);
        const gzip = { ...sent, "content-encoding": "gzip" };
        const packed = gzipSync(text);
        const small = await call(key, operation.method, pathOf(operation), packed, gzip);
        expect([named(operation), type, small.status]).toEqual([named(operation), type, 413]);
      }
    }
  });

  it("of another form is refused, and never fails", SLOW, async () => {
    const bodies: [string, string | Uint8Array][] = [
      ["application/json", "[".repeat(60_000)],
      ["application/json", '{"a":1e400}'],
      ["application/json", '{"__proto__":{"role":"owner"}}'],
      ["application/json", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
      ["application/json", "\ufeff{}"],
      ["application/json; charset=utf-16", "{}"],
      ["text/plain", "{}"],
      ["multipart/form-data", "--x"],
      ["", "{}"],
    ];
    const refused = [400, 404, 409, 415, 422];
    const writes = operations.filter(({ path, body }) => path.startsWith("/api/") && body);
    for (const operation of writes) {
      const { key } = askedBy(operation);
      for (const [type, sent] of bodies) {
        const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
        const url = pathOf(operation);
        const { status, body } = await call(key, operation.method, url, sent, headers);
        // An empty object is a body of some, with a mark before it or not, and a batch answers
        // for each of its items.
        const taken = String(sent).endsWith("{}") || operation.path === "/api/usage/events";
        if (taken && status < 300) continue;
        expect(refused, `${named(operation)} ${type} ${JSON.stringify(body)}`).toContain(status);
      }
    }
  });
});

describe("a body that comes compressed", () => {
  it(
    "and is broken, or of a coding that is not taken, is refused, and never fails",
    SLOW,
    async () => {
      const whole = gzipSync("{}");
      const sent: [string, Uint8Array, number][] = [
        ["gzip", whole.subarray(0, 12), 400],
        ["gzip", Buffer.concat([whole, whole.subarray(0, 9)]), 400],
        ["gzip", Buffer.from("{}"), 400],
        ["deflate", Buffer.from([0x78, 0x9c, 0xff]), 400],
        ["br", whole, 415],
        ["gzip, deflate", whole, 415],
      ];
      const writes = operations.filter(({ path, body }) => path.startsWith("/api/") && body);
      for (const operation of writes) {
        const { key } = askedBy(operation);
        for (const [coding, body, expected] of sent) {
          const [type = ""] = Object.keys(operation.body ?? {});
          const headers = { "content-type": type, "content-encoding": coding };
          const { status } = await call(key, operation.method, pathOf(operation), body, headers);
          expect([named(operation), coding, status]).toEqual([named(operation), coding, expected]);
        }
      }
    },
  );
});

describe("a header", () => {
  const HOSTILE: Record<string, string>[] = [
    {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "evil.test",
      "x-forwarded-proto": "javascript",
      forwarded: "host=evil.test",
      origin: "https://evil.test",
      referer: "https://evil.test/",
      cookie: "bcp_session=x; bcp_session=y",
    },
    {
      "idempotency-key": "\u00fc",
      "x-request-id": "../../etc/passwd",
      "accept-language": "\u00ff;q=x",
      range: "bytes=9007199254740993-,-0",
      "if-none-match": '"',
      "if-modified-since": "never",
      "content-encoding": "gzip",
    },
    { "idempotency-key": "x".repeat(256), prefer: "respond-async, return=evil.test" },
  ];

  it("in a form that nobody honest sends makes nothing fail, and is not shown", SLOW, async () => {
    for (const operation of operations.filter(({ method }) => method === "GET")) {
      const { key } = askedBy(operation);
      for (const headers of HOSTILE) {
        const answer = await call(key, "GET", pathOf(operation), undefined, headers);
        expect(answer.status, `${named(operation)} ${JSON.stringify(headers)}`).toBeLessThan(500);
        expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
        const shown = `${answer.headers.get("location")} ${new TextDecoder().decode(answer.bytes)}`;
        expect(shown).not.toMatch(/evil\.test|etc\/passwd/);
      }
    }
  });
});

describe("what another tenant sent", () => {
  const customer = { name: "Buyer" };
  const invoiceOf = async ({ key }: TestTenant) => {
    const { body: buyer } = await call(key, "POST", "/api/customers", customer);
    await call(key, "PUT", "/api/issuer", { legal_name: "Seller", currency: "USD" });
    const draft = { customer_id: buyer.id, lines: [{ name: "W", quantity: 1, unit_price: 100 }] };
    const { body: invoice } = await call(key, "POST", "/api/invoices", draft);
    await call(key, "POST", `/api/invoices/${invoice.id}/finalize`);
    return invoice.id as string;
  };

  it("under an Idempotency-Key is done again for whoever sends it, and not shown", async () => {
    const headers = { "idempotency-key": "the-same-for-all" };
    const viewer = await keyFor(one.tenantId, "viewer");
    const answers = [];
    for (const key of [one.key, other.key, await keyFor(one.tenantId, "member"), viewer]) {
      answers.push(await call(key, "POST", "/api/customers", customer, headers));
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 403]);
    expect(new Set(answers.slice(0, 3).map(({ body }) => body.id)).size).toBe(3);
    expect(answers.map((answer) => answer.headers.get("idempotency-replayed"))).toEqual(
      answers.map(() => null),
    );
    const replayed = await call(one.key, "POST", "/api/customers", customer, headers);
    expect(replayed.body.id).toBe(answers[0]?.body.id);
  });

  it("as a payment's external_id names its own payment alone", async () => {
    const payment = { amount: 10, external_id: "pi_1" };
    const ids = [];
    for (const tenant of [one, other]) {
      const path = `/api/invoices/${await invoiceOf(tenant)}/payments`;
      const booked = await call(tenant.key, "POST", path, payment);
      const again = await call(tenant.key, "POST", path, payment);
      expect([booked.status, again.body.id]).toEqual([201, booked.body.id]);
      expect((await call(tenant.key, "GET", path)).body.data).toHaveLength(1);
      ids.push(booked.body.id);
    }
    expect(new Set(ids).size).toBe(2);
  });

  it("as money too much pays nothing of anybody else's", async () => {
    const due = async ({ key }: TestTenant, id: string) =>
      (await call(key, "GET", `/api/invoices/${id}`)).body.amount_due;
    const overpaid = await invoiceOf(one);
    const paid = { amount: 150, external_id: "too-much" };
    expect((await call(one.key, "POST", `/api/invoices/${overpaid}/payments`, paid)).status).toBe(
      201,
    );
    for (const tenant of [one, other]) {
      // Of another customer of the same tenant, and of another tenant.
      const invoice = await invoiceOf(tenant);
      const { status } = await call(
        tenant.key,
        "POST",
        `/api/invoices/${invoice}/apply-balance`,
        {},
      );
      expect([409, 422]).toContain(status);
      expect(await due(tenant, invoice)).toBe(100);
    }
  });

  it("as an event's id counts for each tenant, and a key of one is none of another", async () => {
    const event = { id: "e1", metric_name: "api_calls", quantity: 1 };
    for (const { key } of [one, other]) {
      const { status, body } = await call(key, "POST", "/api/usage/record", event);
      expect([status, body.duplicate ?? false]).toEqual([201, false]);
    }
    const { body: made } = await call(one.key, "POST", "/api/keys", { name: "K", role: "viewer" });
    for (const [method, path] of [
      ["POST", `/api/keys/${made.id}/take-over`],
      ["DELETE", `/api/keys/${made.id}`],
    ] as const) {
      expect((await call(other.key, method, path)).status).toBe(404);
    }
    expect((await call(made.key, "GET", "/api/tenant")).status).toBe(200);
  });
});
