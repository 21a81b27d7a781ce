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
import { STANCES, type Stance } from "./support/stances.ts";

async function documented(): Promise<Set<string>> {
  const { body } = await call(null, "GET", "/openapi.json");
  const names = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  return new Set(names.filter((name) => / \/(?:api|otlp)\//.test(name)));
}

function keysOf(tenantId: string, mode: TenantMode): Promise<string[]> {
  return Promise.all(ROLES.map((role) => keyFor(tenantId, role, { mode })));
}

const ALL_ROWS = { ownUsage: false, ownDocuments: false, customers: null };

/** Keys of an admin that sees only some rows: of usage, of documents by a user, and by a key. */
async function confinedKeys(tenantId: string, mode: TenantMode): Promise<string[]> {
  const owner = await keyFor(tenantId, "owner", { mode });
  const person = async (rows: object) => {
    const email = `${crypto.randomUUID()}@a.test`;
    const input = { email, name: "P", role: "admin", ...rows };
    const { body } = await call(owner, "POST", "/api/users", input);
    return keyFor(tenantId, "admin", { mode, userId: body.id });
  };
  const rows = [{ ...ALL_ROWS, customers: ["cus_none"] }];
  return [
    await person({ own_usage: true }),
    await person({ own_documents: true }),
    await keyFor(tenantId, "admin", { mode, confinement: { rows } }),
  ];
}

/** For a stance, whether each of them is let in. */
function confinedPass(stance: Stance): boolean[] {
  const [usage, documents] = {
    theirs: [true, true],
    usage: [false, true],
    documents: [true, false],
    closed: [false, false],
  }[stance] as [boolean, boolean];
  return [usage, documents, documents];
}

let tenantKeys: string[] = [];
let confined: string[] = [];
let operatorConfined: string[] = [];
let operatorKeys: string[] = [];
let actedFor: Record<string, string> = {};
beforeAll(async () => {
  const { tenantId } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
  tenantKeys = await keysOf(tenantId, "test");
  confined = await confinedKeys(tenantId, "test");
  operatorConfined = await confinedKeys(OPERATOR_TENANT, "live");
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

/** What their own rows come to, which says so only where there is a user or a customer. */
const BY_WHOM: Readonly<Record<string, readonly boolean[]>> = {
  // A key of a user counts nothing: it would count everybody's.
  "get /api/usage/event-counts": [false, false, true],
  // Whoever sees all customers sees one that it adds.
  "post /api/customers": [true, true, false],
};

describe("whoever sees only some rows", () => {
  const stances = Object.entries(STANCES) as [Stance, readonly string[]][];
  it.each(stances.flatMap(([stance, all]) => all.map((one) => [one, stance] as const)))(
    "is let in or refused at %s as one that is %s",
    async (operation, stance) => {
      const [access, body] = ACCESS[operation] ?? expect.unreachable(operation);
      const keys = access.startsWith("operator.") ? operatorConfined : confined;
      const expected = BY_WHOM[operation] ?? confinedPass(stance);
      expect(await passes(operation, body, keys)).toEqual(expected);
    },
  );

  it("acts for no tenant", async () => {
    for (const key of operatorConfined) {
      expect((await call(key, "GET", "/api/invoices", undefined, actedFor)).status).toBe(404);
    }
  });
});

describe("each operation", () => {
  it("says in test/support/stances.ts how it stands to whoever sees only some rows", async () => {
    expect([...(await documented())].sort()).toEqual(Object.values(STANCES).flat().sort());
  });

  it("has its line in test/support/access.ts, and none is left over", async () => {
    expect([...(await documented())].sort()).toEqual(Object.keys(ACCESS).sort());
  });
});
