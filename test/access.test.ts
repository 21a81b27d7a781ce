/**
 * Each role against each operation, as test/support/access.ts says. A route that is not listed
 * there fails the last test, so that nobody adds one without deciding who may use it.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { TenantMode } from "../src/accounts/actor/actor.ts";
import { may, ROLES } from "../src/accounts/actor/roles.ts";
import { OPERATOR_TENANT } from "../src/accounts/store/tenant-store.ts";
import { ACCESS, SHARED } from "./support/access.ts";
import { call, keyFor, makeTenant } from "./support/api.ts";

async function documented(): Promise<Set<string>> {
  const { body } = await call(null, "GET", "/openapi.json");
  const names = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  return new Set(names.filter((name) => name.includes(" /api/")));
}

function keysOf(tenantId: string, mode: TenantMode): Promise<string[]> {
  return Promise.all(ROLES.map((role) => keyFor(tenantId, role, { mode })));
}

let tenantKeys: string[] = [];
let operatorKeys: string[] = [];
let actedFor: Record<string, string> = {};
beforeAll(async () => {
  const { tenantId } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  tenantKeys = await keysOf(tenantId, "test");
  operatorKeys = await keysOf(OPERATOR_TENANT, "live");
  const other = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  actedFor = { "boxcost-tenant": other.tenantId };
});

/** For each key, whether the operation let its role pass. */
async function passes(
  operation: string,
  body: unknown,
  keys: readonly string[],
  headers: Record<string, string> = {},
) {
  const [method = "", path = ""] = operation.split(" ");
  // No plan that other tests subscribe to is changed.
  const shared: Record<string, string> = { ...SHARED, plan: "NONE" };
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => shared[name] ?? "none");
  const passed: boolean[] = [];
  for (const key of keys) {
    const { status } = await call(key, method.toUpperCase(), url, body, headers);
    expect(status, `${operation} answered`).not.toBe(401);
    expect(status, `${operation} answered`).toBeLessThan(500);
    passed.push(status !== 403);
  }
  return passed;
}

describe("each role", () => {
  it.each(Object.entries(ACCESS))(
    "is let in or refused at %s as %j says",
    async (operation, [access, body]) => {
      const allowed = ROLES.map((role) => access === "anyone" || may(role, access));
      const operatorOnly = access.startsWith("operator.");
      expect(await passes(operation, body, tenantKeys)).toEqual(
        operatorOnly ? ROLES.map(() => false) : allowed,
      );
      // An operator's key that acts for a tenant may what a key of the tenant may.
      expect(await passes(operation, body, operatorKeys, actedFor)).toEqual(
        operatorOnly ? ROLES.map(() => false) : allowed,
      );
      if (!operatorOnly) return;
      expect(await passes(operation, body, operatorKeys)).toEqual(allowed);
    },
  );
});

describe("each operation", () => {
  it("has its line in test/support/access.ts, and none is left over", async () => {
    expect([...(await documented())].sort()).toEqual(Object.keys(ACCESS).sort());
  });
});
