import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../src/app.ts";
import { isIntake } from "../src/metering/intake/registry.ts";
import { meterOf } from "../src/metering/meter/meter.ts";
import { isUpload } from "../src/platform/http/http.ts";
import { createRoutes } from "../src/routes.ts";
import { call, makeTenant, operatorKey } from "./support/api.ts";

type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  security?: unknown[];
  parameters?: unknown[];
  responses: Record<string, { description: string }>;
};

async function operations(): Promise<[string, Operation][]> {
  const { body } = await call(null, "GET", "/openapi.json");
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(
      ([method, operation]): [string, Operation] => [`${method} ${path}`, operation],
    ),
  );
}

afterEach(() => vi.restoreAllMocks());

describe("the OpenAPI document", () => {
  it("is 3.1 and names every operation once, with summary, tag and answers", async () => {
    const { body } = await call(null, "GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(body.components.securitySchemes.apiKey).toMatchObject({ type: "http" });
    const all = await operations();
    expect(all.length).toBeGreaterThan(10);
    const ids = all.map(([, operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const poor = all.filter(
      ([, { operationId, summary, tags, responses }]) =>
        !operationId || !summary || tags?.length !== 1 || !Object.keys(responses ?? {}).length,
    );
    expect(poor.map(([name]) => name)).toEqual([]);
  });

  it("offers an Idempotency-Key on every write but uploads and events with ids", async () => {
    const all = (await operations()).filter(([name]) => !name.startsWith("get "));
    const named = ([name]: [string, unknown]) => name.split(" ") as [string, string];
    const upper = ([method, path]: [string, string]) => [method.toUpperCase(), path] as const;
    const writes = all.filter((one) => !isUpload(...upper(named(one))) && !isIntake(...named(one)));
    const key = { $ref: "#/components/parameters/IdempotencyKey" };
    expect(writes.length).toBeGreaterThan(3);
    for (const [name, { parameters }] of writes) expect(parameters, name).toContainEqual(key);
  });

  it("offers BoxCost-Tenant wherever a key is asked for", async () => {
    const tenant = { $ref: "#/components/parameters/Tenant" };
    for (const [name, { parameters = [], security, responses }] of await operations()) {
      const offered = parameters.some((one) => JSON.stringify(one) === JSON.stringify(tenant));
      expect([name, offered]).toEqual([name, security !== undefined]);
      if (offered) expect(Object.keys(responses ?? {}), name).toContain("404");
    }
  });

  it("has no reference that leads nowhere", async () => {
    const { body } = await call(null, "GET", "/openapi.json");
    const refs = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
    expect(refs.length).toBeGreaterThan(5);
    const lost = refs.map(([, name = ""]) => name).filter((n) => !(n in body.components.schemas));
    expect(lost).toEqual([]);
  });

  it("documents every route of the API, and asks for a key on each", async () => {
    const routes = [...createApp().routes, ...createRoutes().routes]
      .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/"))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
    const documented = new Map(await operations());
    expect([...new Set(routes)].filter((route) => !documented.has(route))).toEqual([]);
    const open = [...documented].filter(([, operation]) => !operation.security?.length);
    expect(open.map(([name]) => name).filter((name) => name.includes("/api/"))).toEqual([]);
  });
});

describe("every answer", () => {
  it("carries a request id of ours, whatever the caller's is", async () => {
    const given = await call(null, "GET", "/healthz", undefined, { "x-request-id": "abc-1" });
    expect(given.headers.get("x-request-id")).toMatch(/^req_[\w-]{16}$/);
    const bad = await call(null, "GET", "/healthz", undefined, { "x-request-id": "a b\t{}" });
    expect(bad.headers.get("x-request-id")).toMatch(/^req_[\w-]{16}$/);
  });

  it("is a refusal for a host that is not ours, before a key is looked at", async () => {
    const { key } = await makeTenant();
    const headers = { authorization: `Bearer ${key}` };
    for (const path of ["/docs", "/dashboard/sign-in", "/api/tenant", "/api/usage/record", "/no"]) {
      const answer = await exports.default.fetch(`https://evil.test${path}`, { headers });
      const text = await answer.text();
      expect([path, answer.status, JSON.parse(text).code]).toEqual([
        path,
        421,
        "route.unknown_host",
      ]);
      expect(text).not.toContain("evil.test");
      expect(answer.headers.get("x-request-id")).toBe(JSON.parse(text).request_id);
    }
  });

  it("forbids sniffing, framing and caching", async () => {
    const { headers } = await call(null, "GET", "/healthz");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  it("to an unknown path is a problem with a code", async () => {
    const { status, body, headers } = await call(null, "GET", "/nowhere");
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toEqual({
      type: "urn:boxcostpro:problem:route.not_found",
      title: "No such path",
      status: 404,
      code: "route.not_found",
      detail: "no GET /nowhere here",
      request_id: headers.get("x-request-id"),
    });
  });

  it("to an error of our own says nothing but the request's id", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const app = createApp();
    app.get("/fails", () => {
      throw new Error("SELECT secret FROM somewhere");
    });
    const answer = await app.request("/fails", {}, env);
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(text).not.toContain("secret");
    expect(JSON.parse(text)).toMatchObject({
      code: "internal",
      request_id: answer.headers.get("x-request-id"),
    });
    expect(log.mock.lastCall?.[0]).toContain("SELECT secret");
  });

  it("asks for the same request again where an object is overloaded", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const app = createApp();
    app.get("/busy", () => {
      throw Object.assign(new Error("overloaded"), { overloaded: true });
    });
    const answer = await app.request("/busy", {}, env);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
  });
});

describe("a path", () => {
  it("with bytes that are no text, or very long, is answered like any other", async () => {
    const { key } = await makeTenant();
    for (const id of ["%ff", "%E0%A4%A", "a%00b", "%2e%2e", "'%20OR%201=1--", "x".repeat(4_000)]) {
      expect((await call(key, "GET", `/api/users/${id}`)).status, id).toBe(404);
    }
  });
});

describe("a body", () => {
  it("that is no JSON is refused as unreadable", async () => {
    const { key } = await makeTenant();
    const json = { "content-type": "application/json" };
    for (const text of ["{", "nul", '{"a":NaN}', '{"a":1,}']) {
      const { status, body } = await call(key, "POST", "/api/users", text, json);
      expect([status, body.code], text).toEqual([400, "request.unreadable"]);
    }
    const bytes = await call(key, "POST", "/api/users", new Uint8Array([0x22, 0xff, 0x22]), json);
    expect([bytes.status, bytes.body.code]).toEqual([400, "request.unreadable"]);
  });

  it("of another type is refused as such", async () => {
    const { key } = await makeTenant();
    for (const type of ["application/x-www-form-urlencoded", "application/json; x"]) {
      const answer = await call(key, "POST", "/api/users", "{}", { "content-type": type });
      const { status, body } = answer;
      expect([status, body.code], type).toEqual([415, "request.unsupported_media_type"]);
    }
  });

  it("of a megabyte and one byte is refused as too large", async () => {
    const { key } = await makeTenant();
    const json = { "content-type": "application/json" };
    const { status, body } = await call(key, "POST", "/api/users", " ".repeat(1_000_001), json);
    expect([status, body.code]).toEqual([413, "request.too_large"]);
  });

  it("of unknown length is read no further than the limit", async () => {
    const { key } = await makeTenant();
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 100_000;
        controller.enqueue(new Uint8Array(100_000).fill(0x20));
      },
    });
    const answer = await createApp().request(
      "/api/users",
      {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: endless,
      },
      env,
      createExecutionContext(),
    );
    expect(answer.status).toBe(413);
    expect(given).toBeLessThan(1_500_000);
  });

  it("with wrong, missing and unknown fields is answered with a pointer to each", async () => {
    const { key } = await makeTenant();
    const { status, body } = await call(key, "POST", "/api/users", {
      email: "nobody",
      name: "a\u0000b",
      "a/b~c": 1,
    });
    expect(status).toBe(422);
    expect(body.code).toBe("request.invalid");
    const pointers = body.errors.map((error: { pointer: string }) => error.pointer);
    expect(pointers.sort()).toEqual(["/a~1b~0c", "/email", "/name", "/role"]);
  });

  it("takes a line of text in any script, but no half of a character", async () => {
    const { key } = await makeTenant();
    const send = (name: string) => call(key, "POST", "/api/keys", { name, role: "viewer" });
    expect((await send("Łódź 株式会社 😀")).body.name).toBe("Łódź 株式会社 😀");
    for (const name of ["a\ud800", "\udc00b", "a\nb", "a\u0085b", "", "x".repeat(101)]) {
      expect((await send(name)).body.errors?.[0]?.pointer, JSON.stringify(name)).toBe("/name");
    }
  });

  it("that is missing is answered 422", async () => {
    const { key } = await makeTenant();
    expect((await call(key, "POST", "/api/users")).status).toBe(422);
    const empty = await call(key, "POST", "/api/users", "", { "content-type": "application/json" });
    expect(empty.status).toBe(422);
  });
});

async function callsCounted(tenantId: string): Promise<string> {
  const { counts } = await meterOf(env, tenantId).counts(tenantId);
  return counts.find(({ metric }) => metric === "api_calls")?.valueMicro ?? "0";
}

describe("api_calls", () => {
  it("counts each authenticated request, refused ones and those that share an id", async () => {
    const { tenantId, key } = await makeTenant();
    const id = { "x-request-id": "always-the-same" };
    expect((await call(key, "GET", "/api/users", undefined, id)).status).toBe(200);
    expect((await call(key, "GET", "/api/users/usr_none", undefined, id)).status).toBe(404);
    expect((await call(key, "POST", "/api/users", {}, id)).status).toBe(422);
    await vi.waitFor(async () => expect(await callsCounted(tenantId)).toBe("3000000"));
  });

  it("leaves out usage, billing, the test clock, and whoever has no key", async () => {
    const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    for (const path of ["/api/usage/none", "/api/billing/none", "/api/test-clock"]) {
      await call(key, "GET", path);
    }
    await call(`${key}x`, "GET", "/api/users");
    await call(key, "GET", "/api/usages");
    await vi.waitFor(async () => expect(await callsCounted(tenantId)).toBe("1000000"));
  });

  it("leaves out the operator", async () => {
    const key = await operatorKey();
    await call(key, "GET", "/api/users");
    const other = await makeTenant();
    await call(other.key, "GET", "/api/users");
    await vi.waitFor(async () => expect(await callsCounted(other.tenantId)).toBe("1000000"));
    expect(await callsCounted("ten_operator")).toBe("0");
  });
});
