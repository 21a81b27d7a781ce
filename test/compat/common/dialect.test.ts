/** What all dialects share: their own errors from the first middleware on, keys, and limits. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DIALECTS, dialectAt } from "../../../src/compat/registry.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";

/** A path of each dialect that it has no route for. */
const UNKNOWN = DIALECTS.map(({ name, paths: [path = ""] }) => [name, path.replace("*", "none")]);

it("names native calls that there are", async () => {
  const { body } = await call(null, "GET", "/openapi.json");
  const paths = body.paths as Record<string, object>;
  for (const { elsewhere } of DIALECTS) {
    for (const [, instead] of elsewhere) {
      for (const [, methods, path = ""] of instead.matchAll(
        /((?:[A-Z]+(?: and )?)*) ?(\/api\/[\w{}/-]+)/g,
      )) {
        const known = Object.keys(paths[path] ?? {});
        expect(known.length, path).toBeGreaterThan(0);
        for (const [method] of (methods ?? "").matchAll(/[A-Z]+/g)) {
          expect(known, instead).toContain(method.toLowerCase());
        }
      }
    }
  }
});

describe.each(UNKNOWN)("the dialect %s", (name, path = "") => {
  const form = (body: unknown, status: number) => {
    const dialect = dialectAt(path);
    expect(dialect?.name).toBe(name);
    expect(body, `${path} ${status}`).not.toHaveProperty("request_id");
  };

  it("answers in its own form whoever has no key, or one that is unknown", async () => {
    for (const headers of [
      {},
      { authorization: "Bearer bcp_live_no" },
      { authorization: "Basic !!" },
    ]) {
      const answer = await call(null, "GET", path, undefined, headers);
      expect(answer.status).toBe(401);
      form(answer.body, 401);
      expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  it("takes a key as a bearer token, and as the name of Basic", async () => {
    const { key } = await makeTenant();
    for (const authorization of [`Bearer ${key}`, `Basic ${btoa(`${key}:`)}`]) {
      const answer = await call(null, "GET", path, undefined, { authorization });
      expect(answer.status).toBe(404);
      form(answer.body, 404);
      expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("ratelimit-policy")).toBe('"reads";q=6000;w=60');
    }
  });

  it("is found at the installation's own addresses alone, and says so in its form", async () => {
    const { key } = await makeTenant();
    const headers = { authorization: `Bearer ${key}` };
    const answer = await exports.default.fetch(`https://elsewhere.test${path}`, { headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const body = await answer.json();
    form(body, answer.status);
    expect(JSON.stringify(body)).toContain("PUBLIC_URL");
  });

  it("takes Basic on its own routes alone", async () => {
    const { key } = await makeTenant();
    const headers = { authorization: `Basic ${btoa(`${key}:`)}` };
    expect((await call(null, "GET", "/api/usage/metrics", undefined, headers)).status).toBe(401);
  });

  it("holds keys to their addresses, and tenants that are named to be there", async () => {
    const { tenantId } = await makeTenant();
    const confined = await keyFor(tenantId, "owner", { confinement: { ips: ["192.0.2.1"] } });
    const refused = await call(confined, "GET", path);
    expect(refused.status).toBe(403);
    form(refused.body, 403);
    const operator = await operatorKey();
    const none = await call(operator, "GET", path, undefined, { "boxcost-tenant": "ten_none" });
    expect(none.status).toBe(404);
    form(none.body, 404);
  });
});
