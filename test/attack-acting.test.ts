/**
 * Every operation of the OpenAPI document, called with an operator's key that acts for a tenant:
 * it finds nothing of another tenant, whatever it names, and does nothing that is the operator's.
 * A tenant's own key acts for nobody.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ROLES } from "../src/accounts/actor/roles.ts";
import { OPERATOR_TENANT } from "../src/accounts/store/tenant-store.ts";
import { encodeCursor } from "../src/platform/http/http.ts";
import { ACCESS, SHARED } from "./support/access.ts";
import { type Answer, call, keyFor, makeTenant, operatorKey } from "./support/api.ts";
import { isOperators, kindOf, mayCall, named, pathOf } from "./support/attack.ts";
import { type ApiDocument, type Operation, operationsOf } from "./support/document.ts";
import { type Estate, makeEstate, type Send } from "./support/estate.ts";

/** Each of these sends hundreds of requests. */
const SLOW = { timeout: 120_000 };
/** Names that a tenant chooses: the same name means its own, whoever else has one. */
const CHOSEN = new Set(["name", "metric"]);
const RECORDED = new Set(["metrics", "events"]);

type Tenant = { tenantId: string; key: string; estate: Estate };

/** A tenant of which everything was made by the operator, who acted for it. */
async function makeActedFor(name: string): Promise<Tenant> {
  const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z", name });
  const operator = await operatorKey();
  const send: Send = async (as, method, path, body, type) => {
    const headers: Record<string, string> = {
      ...(as === "owner" ? actingFor(tenant.tenantId) : {}),
      ...(type ? { "content-type": type } : {}),
    };
    const answer = await call(operator, method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const estate = await makeEstate(send, tenant.tenantId, name);
  estate["unmatched-money"] = [`unm_${name}`];
  await env.DB.prepare(
    `INSERT INTO unmatched_money
       (id, tenant, provider, reference, amount_minor, currency, reason, received_ms)
     VALUES (?, ?, 'stripe', 'pi_1', 100, 'USD', 'unknown_invoice', 0)`,
  )
    .bind(`unm_${name}`, tenant.tenantId)
    .run();
  return { ...tenant, estate };
}

const actingFor = (tenant: string) => ({ "boxcost-tenant": tenant });

let operations: Operation[] = [];
let victim: Tenant;
let other: Tenant;
const operatorKeys: [string, string][] = [];
const otherKeys: [string, string][] = [];

beforeAll(async () => {
  // Whoever receives the webhooks takes them.
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
  const { body } = await call(null, "GET", "/openapi.json");
  operations = operationsOf(body as ApiDocument).filter(({ path }) => path.startsWith("/api/"));
  victim = await makeActedFor("Hidden");
  other = await makeActedFor("Other");
  for (const role of ROLES) {
    operatorKeys.push([role, await keyFor(OPERATOR_TENANT, role)]);
    otherKeys.push([role, await keyFor(other.tenantId, role, { mode: "test" })]);
  }
}, 60_000);

/** An answer, without the paths that are logged of its own requests, with the ids in them. */
function textOf({ bytes }: Answer): string {
  return new TextDecoder().decode(bytes).replace(/"path":"[^"]*"/g, "");
}

describe("an operator's key that acts for a tenant", () => {
  it("finds none of another tenant's ids in a path", SLOW, async () => {
    for (const operation of operations) {
      const [, body] = ACCESS[named(operation)] ?? [];
      const segments = operation.path.split("/");
      for (const [place, segment] of segments.entries()) {
        const name = /^\{(\w+)\}$/.exec(segment)?.[1];
        if (name === undefined || name in SHARED || CHOSEN.has(name)) continue;
        const [id = ""] = victim.estate[kindOf(segments, place, name)] ?? [];
        const path = pathOf(operation, other.estate, name, id);
        for (const [role, key] of operatorKeys) {
          const headers = actingFor(other.tenantId);
          const answer = await call(key, operation.method, path, body, headers);
          const expected = mayCall(operation, role) ? 404 : 403;
          expect([named(operation), role, answer.status]).toEqual([
            named(operation),
            role,
            expected,
          ]);
          expect(textOf(answer)).not.toContain("Hidden");
        }
      }
    }
  });

  it(
    "sees nothing of another tenant's in lists, nor behind a cursor of its ids",
    SLOW,
    async () => {
      const [, key = ""] = operatorKeys[0] ?? [];
      const kinds = Object.entries(victim.estate).filter(([kind]) => !RECORDED.has(kind));
      const issued = kinds.map(([, [id = ""]]) => id);
      const cursors = issued
        .slice(0, 3)
        .flatMap((id) => [[id], [Number.MAX_SAFE_INTEGER, id]])
        .map(encodeCursor);
      const theirs = new RegExp(`Hidden|${issued.join("|")}`);
      for (const operation of operations.filter(({ method }) => method === "GET")) {
        const isPage = operation.parameters.some(({ name }) => name === "cursor");
        const names = operation.parameters.some(({ name }) => name === "tenant_id");
        const path = pathOf(operation, other.estate);
        const queries = [
          "",
          ...(isPage ? cursors.map((one) => `?cursor=${one}`) : []),
          ...(names ? [`?tenant_id=${victim.tenantId}`] : []),
        ];
        for (const query of queries) {
          const headers = actingFor(other.tenantId);
          const answer = await call(key, "GET", path + query, undefined, headers);
          expect(answer.status).toBeLessThan(500);
          expect(textOf(answer)).not.toMatch(theirs);
        }
      }
    },
  );

  it("is refused what is the operator's own, and told to leave the header out", SLOW, async () => {
    const own = operations.filter(isOperators);
    expect(own.length).toBeGreaterThan(10);
    for (const operation of own) {
      const [, body] = ACCESS[named(operation)] ?? [];
      const path = pathOf(operation, other.estate);
      for (const [role, key] of operatorKeys) {
        const answer = await call(key, operation.method, path, body, actingFor(other.tenantId));
        const code = [named(operation), role, answer.status, answer.body.code];
        expect(code).toEqual([named(operation), role, 403, "auth.not_for_tenant"]);
        expect(answer.body.detail).toContain("without BoxCost-Tenant");
      }
    }
  });

  it("names tenants that there are, and others than the operator", SLOW, async () => {
    const [, key = ""] = operatorKeys[0] ?? [];
    for (const operation of operations) {
      const [, body] = ACCESS[named(operation)] ?? [];
      const path = pathOf(operation, other.estate);
      for (const [name, status, code] of [
        ["ten_none", 404, "resource.not_found"],
        ["%ff", 404, "resource.not_found"],
        ["", 404, "resource.not_found"],
        [OPERATOR_TENANT, 403, "auth.not_for_tenant"],
      ] as const) {
        const answer = await call(key, operation.method, path, body, actingFor(name));
        const got = [named(operation), name, answer.status, answer.body.code];
        expect(got).toEqual([named(operation), name, status, code]);
      }
    }
  });
});

describe("a tenant's own key", () => {
  it("acts for nobody, not even for its own tenant", SLOW, async () => {
    for (const operation of operations) {
      const [, body] = ACCESS[named(operation)] ?? [];
      for (const tenant of [victim, other]) {
        const path = pathOf(operation, tenant.estate);
        for (const [role, key] of tenant === other ? otherKeys : otherKeys.slice(0, 1)) {
          const headers = actingFor(tenant.tenantId);
          const answer = await call(key, operation.method, path, body, headers);
          const got = [named(operation), role, answer.status, answer.body.code];
          expect(got).toEqual([named(operation), role, 403, "auth.not_for_tenant"]);
        }
      }
    }
  });
});

describe("the other tenant", () => {
  it("has all that it had, wherever it is read", SLOW, async () => {
    const reads = operations.filter(({ path, method }) => method === "GET" && path.includes("{"));
    for (const operation of reads.filter((one) => mayCall(one, "owner"))) {
      const { status } = await call(victim.key, "GET", pathOf(operation, victim.estate));
      expect([401, 403, 404], named(operation)).not.toContain(status);
    }
  });
});
