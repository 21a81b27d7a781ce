/** Whose usage a foreign id stands for. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Actor } from "../../../src/accounts/actor/actor.ts";
import { UNCONFINED } from "../../../src/accounts/actor/confinement.ts";
import { accountsNamed } from "../../../src/accounts/guard/acting.ts";
import { readAccounts } from "../../../src/accounts/store/account-store.ts";
import { insertTenant, OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { putEntry } from "../../../src/compat/common/entry-store.ts";
import { whoseAre, whoseIs } from "../../../src/compat/common/whose.ts";
import { NEWEST_VERSION } from "../../../src/core/api-version.ts";
import { Problem } from "../../../src/core/errors.ts";
import { blankCustomer, insertCustomer } from "../../../src/documents/party/party-store.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { countedDb } from "../../support/counted-db.ts";

async function actorFor(tenantId: string, more: Partial<Actor> = {}): Promise<Actor> {
  const account = (await readAccounts(env.DB, [tenantId])).get(tenantId);
  if (!account) throw new Error("no tenant");
  const nowMs = Date.now();
  return {
    ...account,
    keyId: "key_1",
    userId: null,
    role: "owner",
    apiVersion: NEWEST_VERSION,
    confinement: null,
    nowMs,
    realMs: nowMs,
    requestId: "req_1",
    ...more,
  };
}

async function tenantWith(externalId: string | null): Promise<string> {
  const id = makeId("ten", Date.now());
  const tenant = { id, name: "T", mode: "live", operator: false, testClockMs: null } as const;
  const createdMs = Date.now();
  await insertTenant(env.DB, { ...tenant, eventsPerMinute: null, createdMs, externalId }).run();
  return id;
}

async function customerWith(reference: string | null, linkedTenant: string | null) {
  const customer = blankCustomer(makeId("cus", Date.now()), OPERATOR_TENANT, "C");
  await insertCustomer(env.DB, { ...customer, reference, linkedTenant }, Date.now()).run();
  return customer.id;
}

it("the operator's foreign ids are tenants by all their names, else users of its own", async () => {
  const unique = crypto.randomUUID();
  const byExternal = await tenantWith(`ext-${unique}`);
  const byReference = await tenantWith(null);
  await customerWith(`ref-${unique}`, byReference);
  const byCustomer = await tenantWith(null);
  const customer = await customerWith(null, byCustomer);
  await customerWith(`alone-${unique}`, null);
  // An external id goes before another customer's reference.
  await customerWith(`ext-${unique}`, await tenantWith(null));
  const operator = await actorFor(OPERATOR_TENANT);
  const long = "x".repeat(500);
  const { db, reads } = countedDb(env.DB);
  const ids = [
    `ext-${unique}`,
    byExternal,
    `ref-${unique}`,
    customer,
    `alone-${unique}`,
    `nobody-${unique}`,
    long,
    OPERATOR_TENANT,
  ];
  const found = await whoseAre({ ...env, DB: db }, operator, [...ids, ...ids]);
  const shown = ids.map((id) => {
    const whose = found.get(id);
    return whose instanceof Problem || !whose ? null : [whose.actor.tenantId, whose.userId];
  });
  expect(shown).toEqual([
    [byExternal, null],
    [byExternal, null],
    [byReference, null],
    [byCustomer, null],
    [OPERATOR_TENANT, `alone-${unique}`],
    [OPERATOR_TENANT, `nobody-${unique}`],
    [OPERATOR_TENANT, expect.stringMatching(/^hash:/)],
    [OPERATOR_TENANT, OPERATOR_TENANT],
  ]);
  expect(reads.statements).toBe(1);
  expect(reads.rows, "every name is looked up by an index").toBeLessThan(ids.length * 12);
  await whoseAre({ ...env, DB: db }, operator, [byExternal, `ref-${unique}`, customer]);
  expect(reads.statements, "those that are known cost no query").toBe(1);
});

it("what names a tenant here names none natively", async () => {
  const reference = crypto.randomUUID();
  const tenant = await tenantWith(null);
  await customerWith(reference, tenant);
  const operator = await actorFor(OPERATOR_TENANT);
  expect((await whoseIs(env, operator, reference)).actor.tenantId).toBe(tenant);
  expect(await accountsNamed(env.DB, [reference], operator.realMs)).toEqual(new Map());
  // Nor is a subject of another tenant's customer.
  const subject = `subject-${reference}`;
  const other = await tenantWith(null);
  const theirs = { ...blankCustomer(makeId("cus", Date.now()), other, "C"), linkedTenant: tenant };
  await insertCustomer(env.DB, theirs, Date.now()).run();
  const entry = { id: `sbj_${reference}`, tenant: other, kind: "subject", name: subject } as const;
  const rest = { customerId: theirs.id, body: {}, createdMs: 0, updatedMs: 0 };
  await putEntry(env.DB, { ...entry, ...rest }).run();
  expect((await whoseIs(env, operator, subject)).userId).toBe(subject);
  expect((await whoseIs(env, operator, theirs.id)).userId).toBe(theirs.id);
});

it("a tenant's foreign ids are its users, whatever tenants they name", async () => {
  const own = await tenantWith(null);
  const other = await tenantWith(`other-${own}`);
  const actor = await actorFor(own);
  for (const id of [other, `other-${own}`]) {
    const whose = await whoseIs(env, actor, id);
    expect([whose.actor.tenantId, whose.userId]).toEqual([own, id]);
  }
});

it("a key that is confined to tenants reaches those alone", async () => {
  const [mine, other] = [await tenantWith(null), await tenantWith(null)];
  const confinement = { ...UNCONFINED, tenants: [mine] };
  const operator = await actorFor(OPERATOR_TENANT, { confinement });
  expect((await whoseIs(env, operator, mine)).actor.tenantId).toBe(mine);
  await expect(whoseIs(env, operator, other)).rejects.toMatchObject({ code: "resource.not_found" });
  // Whether there is such a tenant is not said.
  await expect(whoseIs(env, operator, "nobody")).rejects.toMatchObject({
    code: "resource.not_found",
  });
});
