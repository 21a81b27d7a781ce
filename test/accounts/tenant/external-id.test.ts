/** The operator's own ids of tenants: whose they are, what they hold, and what they name. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTenant, findTenants } from "../../../src/accounts/store/tenant-store.ts";
import { externalIdFault } from "../../../src/accounts/tenant/external-id.ts";
import { type Answer, call, makeTenant, operatorKey } from "../../support/api.ts";
import { countedDb } from "../../support/counted-db.ts";

let made = 0;

/** An external id that no other test has. */
function unused(): string {
  return `own-${Date.now()}-${++made}`;
}

const pathOf = (named: string) => `/api/tenants/${encodeURIComponent(named)}`;

async function asOperator(method: string, path: string, body?: unknown): Promise<Answer> {
  return call(await operatorKey(), method, path, body);
}

function put(named: string, body: object = { name: "Put Ltd" }): Promise<Answer> {
  return asOperator("PUT", pathOf(named), body);
}

function patch(named: string, body: object): Promise<Answer> {
  return asOperator("PATCH", pathOf(named), body);
}

/** A request and the same again, where its answer was lost after its change. */
async function losingTheFirst(
  method: string,
  path: string,
  body: object,
): Promise<[Answer, Answer]> {
  const operator = await operatorKey();
  const key = unused();
  const send = () => call(operator, method, path, body, { "idempotency-key": key });
  const first = await send();
  await env.DB.prepare(
    `UPDATE idempotency SET status = NULL, body = NULL, created_ms = created_ms - 60001
     WHERE key = ?`,
  )
    .bind(key)
    .run();
  return [first, await send()];
}

const TAKEN = [409, "tenants.external_id_taken"];
const codeOf = ({ status, body }: Answer) => [status, body.code];
const idOf = async (named: string) => (await findTenant(env.DB, named))?.id ?? null;

describe("an external id", () => {
  it("is given when the tenant is made, or later, and shown with the tenant", async () => {
    const [first, later] = [unused(), unused()];
    const born = await asOperator("POST", "/api/tenants", { name: "Born", external_id: first });
    expect([born.status, born.body.external_id]).toEqual([201, first]);
    const own = await call(born.body.key, "GET", "/api/tenant");
    expect([own.body.id, own.body.external_id]).toEqual([born.body.id, first]);

    const { tenantId } = await makeTenant();
    expect((await asOperator("GET", pathOf(tenantId))).body.external_id).toBeNull();
    expect((await patch(tenantId, { external_id: later })).body.external_id).toBe(later);
    expect((await asOperator("GET", pathOf(later))).body.id).toBe(tenantId);
  });

  it("is no other tenant's, whichever call asks for it", async () => {
    const taken = unused();
    const { body: owner } = await put(taken);
    const { tenantId } = await makeTenant();
    const refused = [
      await asOperator("POST", "/api/tenants", { name: "Second", external_id: taken }),
      await patch(tenantId, { external_id: taken }),
    ];
    for (const answer of refused) {
      expect(codeOf(answer)).toEqual(TAKEN);
      expect(answer.body.errors).toEqual([
        { pointer: "/external_id", detail: expect.stringContaining(owner.id) },
      ]);
    }
    expect(await idOf(taken)).toBe(owner.id);
    expect((await asOperator("GET", pathOf(tenantId))).body.external_id).toBeNull();
  });

  it("is never given to another tenant, changed or taken away, but back to its own", async () => {
    const [old, next] = [unused(), unused()];
    const { body: owner } = await put(old);
    const other = unused();
    await put(other);
    expect((await patch(old, { external_id: next })).body.external_id).toBe(next);
    const freed = async (named: string) => {
      expect((await asOperator("GET", pathOf(named))).status).toBe(404);
      expect(codeOf(await put(named))).toEqual(TAKEN);
      expect(codeOf(await patch(other, { external_id: named }))).toEqual(TAKEN);
    };
    await freed(old);
    expect((await patch(owner.id, { external_id: null })).body.external_id).toBeNull();
    await freed(old);
    await freed(next);
    expect((await patch(owner.id, { external_id: old })).body.external_id).toBe(old);
    expect(await idOf(old)).toBe(owner.id);
    expect((await patch(other, { external_id: other })).status).toBe(200);
  });

  it("is one of a hundred that a tenant can have had", async () => {
    const { tenantId } = await makeTenant();
    const ids = Array.from({ length: 100 }, unused);
    const rows = ids.map((id) =>
      env.DB.prepare("INSERT INTO external_ids VALUES (?, ?)").bind(id, tenantId),
    );
    await env.DB.batch(rows);
    const more = unused();
    expect(codeOf(await patch(tenantId, { external_id: more }))).toEqual([
      409,
      "resource.conflict",
    ]);
    expect(await idOf(more)).toBeNull();
    expect((await patch(tenantId, { external_id: ids[7] })).status).toBe(200);
    expect((await put(more)).status).toBe(201); // it was kept for nobody
  });
});

describe("PUT of a tenant by its external id", () => {
  it("makes it once, and answers the same tenant from then on, without its key", async () => {
    const named = unused();
    const body = { name: "Signed up", mode: "test", clock: "2026-01-01T00:00:00Z" };
    const first = await put(named, body);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ external_id: named, name: "Signed up", mode: "test" });
    const { key, ...tenant } = first.body;
    expect((await call(key, "GET", "/api/tenant")).body.id).toBe(tenant.id);
    const written = () =>
      env.DB.prepare("SELECT count(*) FROM audit WHERE target = ?")
        .bind(tenant.id)
        .first("count(*)");
    for (const again of [body, { name: "Signed up" }, {}]) {
      const answer = await put(named, again);
      expect([answer.status, answer.body]).toEqual([200, tenant]);
    }
    expect(await written()).toBe(1);
    const changed = await put(named, { name: "Renamed", events_per_minute: 600 });
    expect([changed.status, changed.body]).toEqual([
      200,
      { ...tenant, name: "Renamed", events_per_minute: 600 },
    ]);
    expect((await put(named, { events_per_minute: null })).body.events_per_minute).toBeNull();
    expect(await written()).toBe(3);
    expect((await put(tenant.id, { name: "By its id" })).body.name).toBe("By its id");
  });

  it("says what a new tenant lacks, and what an old one keeps", async () => {
    const named = unused();
    const pointers = async (body: object) => {
      const answer = await put(named, body);
      return [answer.status, ...(answer.body.errors ?? []).map((one: FieldError) => one.pointer)];
    };
    type FieldError = { pointer: string };
    const clock = "2026-01-01T00:00:00Z";
    expect(await pointers({})).toEqual([422, "/name"]);
    expect(await pointers({ name: "X", clock })).toEqual([422, "/clock"]);
    expect(await pointers({ name: "X", external_id: "other" })).toEqual([422, "/external_id"]);
    expect(await idOf(named)).toBeNull();
    expect(await pointers({ name: "X" })).toEqual([201]);
    expect(await pointers({ mode: "test" })).toEqual([422, "/mode"]);
    expect(await pointers({ clock })).toEqual([422, "/clock"]);
    expect((await put(`ten_${named}`)).status).toBe(404);
  });

  it("makes one tenant of any number of calls at once", async () => {
    const named = unused();
    const operator = await operatorKey();
    const calls = Array.from({ length: 12 }, (_, i) =>
      call(operator, "PUT", pathOf(named), { name: `Twin ${i}` }),
    );
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(11).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const count = await env.DB.prepare(
      "SELECT count(*) AS n FROM tenants WHERE name LIKE 'Twin %'",
    ).first("n");
    expect(count).toBe(1);
  });

  it("gives an id that many tenants ask for at once to one of them", async () => {
    const operator = await operatorKey();
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) ids.push((await makeTenant()).tenantId);
    const wanted = unused();
    const answers = await Promise.all(
      ids.map((id) => call(operator, "PATCH", pathOf(id), { external_id: wanted })),
    );
    const given = answers.filter(({ status }) => status === 200).map(({ body }) => body.id);
    expect(given).toEqual([await idOf(wanted)]);
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.map(codeOf)).toEqual(Array(7).fill(TAKEN));
  });

  it("answers its first key again where that answer was lost", async () => {
    const path = pathOf(unused());
    const [first, again] = await losingTheFirst("PUT", path, { name: "Lost" });
    expect([first.status, first.body.key]).toEqual([201, expect.any(String)]);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });

  it("leads to a lost answer again, whatever it holds", async () => {
    const named = `a\\b/c %2F ${unused()}`;
    await put(named);
    const path = `${pathOf(named)}/budgets`;
    const [first, again] = await losingTheFirst("PUT", path, { users: 10 });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });
});

describe("the characters of an external id", () => {
  const ODD = [
    "a/b",
    "/",
    "a/../b",
    "..a",
    "...",
    "100% é",
    "%2F",
    "%2e%2e",
    "%",
    "a%zz",
    "a+b c",
    "?q=1&x#y",
    "\\\\share\\x",
    "a;b,c:d@e=f$g!h'i(j)k*l",
    '"quoted" <b>',
    "ключ 東京 😀",
    "e\u0301",
    "\u00e9",
    "TEN_x",
    "budgets",
    "null",
    "a\u200bb",
    "x".repeat(200),
    "😀".repeat(200),
  ];
  const BAD: [string, string][] = [
    ["empty", ""],
    ["an id of ours", "ten_mine"],
    ["a control character", "a\nb"],
    ["a NUL", "a\u0000b"],
    ["a line separator", "a\u2028b"],
    ["half a pair", "a\ud800"],
    ["a blank before", " a"],
    ["a blank behind", "a\u00a0"],
    ["one that is a place", "."],
    ["another such", ".."],
    ["too many", "x".repeat(201)],
  ];

  it.each(ODD)("may be %j, in a path, a query and a body", async (odd) => {
    const named = odd.length >= 200 ? odd : `${odd}${odd === "budgets" ? "" : ` ${unused()}`}`;
    const first = await put(named, { name: "Odd" });
    expect([first.status, first.body.external_id]).toEqual([201, named]);
    const { id } = first.body;
    expect((await asOperator("GET", pathOf(named))).body.id).toBe(id);
    expect((await asOperator("GET", `${pathOf(named)}/budgets`)).status).toBe(200);
    const credit = { kind: "granted", amount: 1, currency: "USD", tenant_id: named };
    expect((await asOperator("POST", "/api/credits", credit)).body.tenant_id).toBe(id);
    const listed = await asOperator(
      "GET",
      `/api/credits?${new URLSearchParams({ tenant_id: named })}`,
    );
    expect(listed.body.data.map((one: { tenant_id: string }) => one.tenant_id)).toEqual([id]);
    const { tenantId } = await makeTenant();
    expect(codeOf(await patch(tenantId, { external_id: named }))).toEqual(TAKEN);
  });

  it.each(BAD)("are not %s", async (_, bad) => {
    const { tenantId } = await makeTenant();
    for (const answer of [
      await patch(tenantId, { external_id: bad }),
      await asOperator("POST", "/api/tenants", { name: "Bad", external_id: bad }),
    ]) {
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, "/external_id"]);
    }
  });

  it("are refused in a path as in a body", async () => {
    for (const bad of ["a%0Ab", "%20a", "x".repeat(201)]) {
      const answer = await asOperator("PUT", `/api/tenants/${bad}`, { name: "Bad" });
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, "/param/id"]);
    }
  });

  it("are kept exactly, whatever they are", async () => {
    const operator = await operatorKey();
    const text = fc
      .oneof(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
        fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
      )
      .filter((one) => externalIdFault(one) === null);
    const given = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(text, async (one) => {
        const { status, body } = await call(operator, "PUT", pathOf(one), { name: "Any" });
        expect([status, body.external_id]).toEqual([given.has(one) ? 200 : 201, one]);
        expect(body.id).toBe(given.get(one) ?? body.id);
        given.set(one, body.id);
      }),
      { numRuns: 40 },
    );
    const found = await findTenants(env.DB, [...given.keys()]);
    expect([...given].map(([name]) => found.get(name)?.id)).toEqual([...given.values()]);
  });
});

describe("finding tenants by their names", () => {
  it("takes ids and external ids together, in one query that reads their rows alone", async () => {
    const names: string[] = [];
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) {
      const { tenantId } = await makeTenant();
      ids.push(tenantId);
      if (i % 2 === 0) await patch(tenantId, { external_id: `${tenantId.slice(4)}/${i}` });
      names.push(i % 2 === 0 ? `${tenantId.slice(4)}/${i}` : tenantId);
    }
    const { db, reads } = countedDb(env.DB);
    const found = await findTenants(db, [...names, "nobody's", "ten_none", ""]);
    expect(names.map((name) => found.get(name)?.id)).toEqual(ids);
    expect([found.has("nobody's"), found.has("ten_none"), found.has("")]).toEqual(
      Array(3).fill(false),
    );
    expect(reads.statements).toBe(1);
    expect(reads.rows).toBeLessThan(60); // its names and the rows, however many tenants there are
  });

  it("finds none for none", async () => {
    expect((await findTenants(env.DB, [])).size).toBe(0);
  });
});

describe("a text that is looked for", () => {
  it("finds tenants by id, and by a part of their name or external id", async () => {
    const mark = unused();
    const { body: one } = await put(`Client/${mark}`, { name: `First ${mark}` });
    const { body: two } = await put(unused(), { name: `Second ${mark}` });
    const ids = async (q: string) => {
      const { body } = await asOperator("GET", `/api/tenants?q=${encodeURIComponent(q)}`);
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect(await ids(mark.toUpperCase())).toEqual([one.id, two.id].sort());
    expect(await ids(`client/${mark}`)).toEqual([one.id]);
    expect(await ids(`second ${mark}`)).toEqual([two.id]);
    expect(await ids(two.id)).toEqual([two.id]);
    expect(await ids(`${mark}%`)).toEqual([]);
  });

  it("finds the operator's customer of a tenant by its external id as it is now", async () => {
    const named = `crm:${unused()}/7`;
    const { body: tenant } = await put(named, { name: "Linked" });
    const subscribed = { tenant_id: named, plan: "FREE", base_price: 0 };
    expect((await asOperator("POST", "/api/subscriptions", subscribed)).status).toBe(201);
    const found = async (path: string, field: string) =>
      (await asOperator("GET", path)).body[field].map(
        (one: { tenant_id: string }) => one.tenant_id,
      );
    const search = (q: string) => found(`/api/search?q=${encodeURIComponent(q)}`, "customers");
    const list = (query: object) =>
      found(`/api/customers?${new URLSearchParams({ ...query })}`, "data");
    expect(await search(named)).toEqual([tenant.id]);
    expect(await search(named.slice(0, -2))).toEqual([tenant.id]);
    expect(await list({ q: named })).toEqual([tenant.id]);
    for (const tenant_id of [named, tenant.id]) {
      expect(await list({ tenant_id })).toEqual([tenant.id]);
    }
    const { key } = await makeTenant();
    const of = async (path: string) => (await call(key, "GET", path)).body;
    expect((await of(`/api/search?q=${encodeURIComponent(named)}`)).customers).toEqual([]);
    expect((await of(`/api/customers?${new URLSearchParams({ tenant_id: named })}`)).status).toBe(
      404,
    );
    expect((await of("/api/search?q=")).customers).toEqual([]);
    expect(await search("")).toEqual([]);
    await patch(tenant.id, { external_id: null });
    expect(await search(named)).toEqual([]);
  });
});

describe("a tenant", () => {
  it("names itself by its external id, and nobody else", async () => {
    const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const [own, others] = [unused(), unused()];
    await patch(tenantId, { external_id: own });
    await put(others);
    const asked = (named: string) => call(key, "GET", `/api/billing/periods?tenant_id=${named}`);
    expect((await asked(own)).status).toBe(200);
    const [there, nowhere] = [await asked(others), await asked(unused())];
    expect([there.status, there.body.detail]).toEqual([404, nowhere.body.detail]);
    expect((await call(key, "PUT", pathOf(own), { name: "Mine" })).status).toBe(403);
  });
});
