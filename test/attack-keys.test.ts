/**
 * Every operation of the OpenAPI document, asked for with a key that is confined: one that lacks
 * the permission, one that has ended, one from another address, and the operator's that is confined
 * to another tenant. None gets further than it may, and nothing tells a tenant from none.
 */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Confinement } from "../src/accounts/actor/confinement.ts";
import { PERMISSION_NAMES, type Permission } from "../src/accounts/actor/roles.ts";
import { OPERATOR_TENANT } from "../src/accounts/store/tenant-store.ts";
import { ACCESS, type Access, SHARED } from "./support/access.ts";
import { call, keyFor, makeTenant, operatorKey } from "./support/api.ts";
import {
  bodySchema,
  comparable,
  FIELD_KINDS,
  fieldsOf,
  named,
  neverIssued,
  pathOf,
  withField,
} from "./support/attack.ts";
import { type ApiDocument, type Operation, operationsOf } from "./support/document.ts";
import { type Estate, makeEstate, type Send } from "./support/estate.ts";
import { say } from "./support/log-guard.ts";

/** Each of these sends hundreds of requests. */
const SLOW = { timeout: 120_000 };
const HERE = { "cf-connecting-ip": "192.0.2.1" };
const ELSEWHERE = { "cf-connecting-ip": "192.0.2.2" };
/** Confined to nothing: a confined key makes, changes and removes neither people nor roles. */
const OF_USERS = new Set([
  "post /api/users",
  "patch /api/users/{id}",
  "delete /api/users/{id}",
  "post /api/roles",
  "patch /api/roles/{id}",
  "delete /api/roles/{id}",
]);

type Owned = { tenantId: string; estate: Estate };

let operations: Operation[] = [];
let victim: Owned;
let mine: Owned;
const counts = new Map<string, number>();

async function makeOwned(name: string): Promise<Owned> {
  const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z", name });
  const operator = await operatorKey();
  const send: Send = async (as, method, path, body, type) => {
    const by = as === "owner" ? key : operator;
    const answer = await call(by, method, path, body, type ? { "content-type": type } : {});
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const estate = await makeEstate(send, tenantId, name);
  return { tenantId, estate: { ...estate, "unmatched-money": [`unm_${name}`] } };
}

beforeAll(async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
  const { body } = await call(null, "GET", "/openapi.json");
  operations = operationsOf(body as ApiDocument).filter(({ path }) => path.startsWith("/api/"));
  victim = await makeOwned("Victim");
  mine = await makeOwned("Mine");
});

afterAll(() => {
  const text = [...counts].map(([what, n]) => `${what} ${n}`).join(", ");
  say(`confined keys on ${operations.length} operations: ${text}`);
});

function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function accessOf(operation: Operation): [Access, unknown?] {
  return ACCESS[named(operation)] ?? expect.unreachable(named(operation));
}

/** An owner's key of whose an operation is: a tenant's, or the operator's. */
function confinedKey(access: Access, confinement: Partial<Confinement>): Promise<string> {
  const tenant = access.startsWith("operator.") ? OPERATOR_TENANT : mine.tenantId;
  return keyFor(tenant, "owner", { mode: "test", confinement });
}

/** A path at which nothing is, so that what is let in changes nothing. */
function emptyPath({ path }: Operation): string {
  const shared: Record<string, string> = { ...SHARED, plan: "NONE" };
  return path.replace(/\{(\w+)\}/g, (_, name: string) => shared[name] ?? "none");
}

describe("a confined key", () => {
  it(
    "is refused each operation without its permission, and let in with nothing else",
    async () => {
      const kept = new Map<string, string>();
      const keyOf = async (access: Permission, permissions: Permission[]) => {
        const name = `${access} ${permissions.length}`;
        const key = kept.get(name) ?? (await confinedKey(access, { permissions }));
        kept.set(name, key);
        return key;
      };
      for (const operation of operations) {
        const [access, body] = accessOf(operation);
        if (access === "anyone") continue;
        const without = await keyOf(
          access,
          PERMISSION_NAMES.filter((name) => name !== access),
        );
        const url = pathOf(operation, mine.estate);
        const refused = await call(without, operation.method, url, body);
        const { code, detail } = refused.body;
        expect([named(operation), refused.status, code]).toEqual([
          named(operation),
          403,
          "auth.forbidden",
        ]);
        expect(detail).toContain(access);
        count("without the permission");

        const alone = await keyOf(access, [access]);
        const { status } = await call(alone, operation.method, emptyPath(operation), body);
        expect([named(operation), status < 500]).toEqual([named(operation), true]);
        expect([named(operation), status === 403]).toEqual([
          named(operation),
          OF_USERS.has(named(operation)),
        ]);
        count("with it alone");
      }
    },
    SLOW.timeout,
  );

  it("that has ended is answered 401 everywhere, and told so", SLOW, async () => {
    for (const operation of operations) {
      const [access, body] = accessOf(operation);
      const ended = await confinedKey(access, { endsMs: Date.now() });
      for (const headers of [HERE, {}]) {
        const url = pathOf(operation, mine.estate);
        const answer = await call(ended, operation.method, url, body, headers);
        const { code, detail } = answer.body;
        expect([named(operation), answer.status, code, detail]).toEqual([
          named(operation),
          401,
          "auth.invalid",
          expect.stringContaining("has ended"),
        ]);
        count("ended");
      }
    }
  });

  it("is taken nowhere from another address, nor from an unknown one", SLOW, async () => {
    for (const operation of operations) {
      const [access, body] = accessOf(operation);
      const key = await confinedKey(access, { ips: ["192.0.2.1"] });
      for (const headers of [ELSEWHERE, {}]) {
        const url = pathOf(operation, mine.estate);
        const answer = await call(key, operation.method, url, body, headers);
        expect([named(operation), answer.status, answer.body.code]).toEqual([
          named(operation),
          403,
          "auth.address_refused",
        ]);
        count("from elsewhere");
      }
    }
    const key = await keyFor(mine.tenantId, "owner", { confinement: { ips: ["192.0.2.1"] } });
    expect((await call(key, "GET", "/api/tenant", undefined, HERE)).status).toBe(200);
  });
});

/** What the ledger has of the victim, of all that an operator changes. */
async function victimRows(): Promise<unknown[]> {
  const tables = ["audit", "subscriptions", "credits", "usage_imports", "metrics", "api_keys"];
  const queries = tables.map((table) =>
    env.DB.prepare(`SELECT * FROM ${table} WHERE tenant = ? ORDER BY 1`).bind(victim.tenantId),
  );
  const tenant = env.DB.prepare("SELECT * FROM tenants WHERE id = ?").bind(victim.tenantId);
  return (await env.DB.batch([tenant, ...queries])).map(({ results }) => results);
}

describe("an operator's key that is confined to another tenant", () => {
  let key = "";
  let before: unknown[] = [];
  beforeAll(async () => {
    key = await confinedKey("operator.read", { tenants: [mine.tenantId] });
    before = await victimRows();
    expect(before.flat().length).toBeGreaterThan(8);
  });

  /** Sends the victim's id and one that never was: nobody could tell which is which. */
  async function attack(
    operation: Operation,
    id: string,
    of: { url: (id: string) => string; body: (id: string) => unknown },
  ) {
    const send = (id: string) => call(key, operation.method, of.url(id), of.body(id));
    const never = neverIssued(id);
    const answer = await send(id);
    expect(new TextDecoder().decode(answer.bytes)).not.toContain("Victim");
    expect(comparable(answer, id)).toEqual(comparable(await send(never), never));
    expect([named(operation), answer.status]).toEqual([
      named(operation),
      answer.status === 403 ? 403 : expect.toBeOneOf([404, 422]),
    ]);
    return answer.status;
  }

  it("finds none of the victim's things in a path", SLOW, async () => {
    // A metric's name is anybody's.
    const { metrics: _, ...kinds } = victim.estate;
    const ids = new Set(Object.values(kinds).flat());
    let found = 0;
    for (const operation of operations) {
      const [, body] = accessOf(operation);
      const names = operation.parameters.map(({ name }) => name);
      const query = names.includes("tenant_id") ? `?tenant_id=${mine.tenantId}` : "";
      const path = pathOf(operation, victim.estate);
      for (const id of path.split("/").filter((segment) => ids.has(segment))) {
        const url = (of: string) => path.replace(id, of) + query;
        if ((await attack(operation, id, { url, body: () => body })) === 404) found++;
        count("in paths");
      }
    }
    expect(found).toBeGreaterThan(15); // operations that a key is let in to, for its own tenant
  });

  it("finds none of them in a query or a body", SLOW, async () => {
    for (const operation of operations) {
      const [, body] = accessOf(operation);
      const url = pathOf(operation, mine.estate);
      if (operation.parameters.some(({ name }) => name === "tenant_id")) {
        const at = (of: string) => `${url}?tenant_id=${of}`;
        await attack(operation, victim.tenantId, { url: at, body: () => body });
        count("in queries");
      }
      for (const name of new Set(fieldsOf(bodySchema(operation)))) {
        const [id] = victim.estate[FIELD_KINDS[name] ?? ""] ?? [];
        if (id === undefined || !bodySchema(operation).properties?.[name]) continue;
        const with_ = (of: string) => withField(body, name, of);
        await attack(operation, id, { url: () => url, body: with_ });
        count("in bodies");
      }
    }
  });

  it("acts for the victim nowhere, as for a tenant that there is not", SLOW, async () => {
    for (const operation of operations) {
      const [, body] = accessOf(operation);
      const path = pathOf(operation, victim.estate);
      for (const id of [victim.tenantId, neverIssued(victim.tenantId)]) {
        const answer = await call(key, operation.method, path, body, { "boxcost-tenant": id });
        expect([named(operation), answer.status, answer.body.detail]).toEqual([
          named(operation),
          404,
          "tenant not found",
        ]);
        count("acting");
      }
    }
  });

  it("reads nothing of them in a list, nor of the operator's own", SLOW, async () => {
    const others = new RegExp(`Victim|${victim.tenantId}`);
    let lists = 0;
    for (const operation of operations.filter(({ method }) => method === "GET")) {
      const { status, bytes } = await call(key, "GET", pathOf(operation, mine.estate));
      expect([named(operation), status < 500]).toEqual([named(operation), true]);
      expect(new TextDecoder().decode(bytes)).not.toMatch(others);
      if (status === 200) lists++;
      count("reads");
    }
    expect(lists).toBeGreaterThan(5);
  });

  it("changed nothing of the victim's", async () => {
    expect(await victimRows()).toEqual(before);
  });
});
