/** Whom a tenant's usage forgot stays forgotten where it moves to another ledger. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { drained } from "../../src/metering/meter/meter.ts";
import { goOnWithMove } from "../../src/metering/move/move.ts";
import { ledgerDb } from "../../src/platform/db/ledger.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { catchUpErasures, runErasure } from "../../src/retention/erasure/erase.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";
import { beginMove, ledgerOf, tenantTables } from "../support/ledger.ts";

const worker = env as unknown as Env;
const ADA = "ada@people.test";

/** A tenant in a ledger, with events of three users, more than a generation has. */
async function makeUsage(ledger: number): Promise<TestTenant> {
  const tenant = await makeTenant({ ledger });
  const events = Array.from({ length: 45 }, (_, i) => ({
    id: `e${i}`,
    metric_name: "calls",
    quantity: i + 0.5,
    user_id: [ADA, "bob", "eve"][i % 3],
  }));
  const { body } = await call(tenant.key, "POST", "/api/usage/events", events);
  expect(body.accepted).toBe(45);
  await drained(worker, tenant.tenantId);
  return tenant;
}

async function erase({ key }: TestTenant) {
  const asked = { kind: "usage_user", ref: ADA };
  return (await call(key, "POST", "/api/erasures", asked)).body;
}

async function move({ tenantId }: TestTenant, ledger: number): Promise<void> {
  const asked = { tenant_id: tenantId, ledger };
  for (let step = ""; step !== "moved"; ) {
    ({ step } = (await call(await operatorKey(), "POST", "/api/ledgers/moves", asked)).body);
  }
}

/** How many events name a user, by the ledger's segments, and by its sums. */
async function named({ key }: TestTenant, user: string): Promise<number[]> {
  const listed = await call(key, "GET", `/api/usage/events?user_id=${user}`);
  const path = "/api/usage/summary?metric_name=calls&group_by=user_id";
  const { breakdown } = (await call(key, "GET", path)).body;
  const own = breakdown.filter(({ group }: { group: { user_id: string } }) => {
    return group.user_id === user;
  });
  return [listed.body.data.length, own.length];
}

/** The tenant's ledger as it was before the tenant came: the meter fills it from its log. */
async function setBack({ tenantId }: TestTenant): Promise<void> {
  const db = await ledgerOf(tenantId);
  const gone = (await tenantTables()).map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE tenant = ?`).bind(tenantId),
  );
  await db.batch(gone);
  const stub = worker.METER.get(worker.METER.idFromName(tenantId));
  await evictDurableObject(stub as unknown as DurableObjectStub<undefined>);
}

it.each([
  [0, 1],
  [1, 0],
])("from ledger %i to %i, and after a restore there", async (from, to) => {
  const tenant = await makeUsage(from);
  const { id, status } = await erase(tenant);
  expect(status).toBe("done");
  await catchUpErasures(worker, Date.now());
  await move(tenant, to);
  expect(await named(tenant, ADA)).toEqual([0, 0]);
  // The mark came along: nothing is erased again.
  expect(await catchUpErasures(worker, Date.now())).toBe(0);

  await setBack(tenant);
  expect(await named(tenant, ADA)).toEqual([15, 1]);
  // Its old ledger has the mark still, which says nothing of this one.
  expect(await catchUpErasures(worker, Date.now())).toBe(1);
  await runErasure(worker, id, Date.now());
  expect(await named(tenant, ADA)).toEqual([0, 0]);
  expect(await named(tenant, `erased_${id.slice(-8)}`)).toEqual([15, 1]);
  expect(await catchUpErasures(worker, Date.now())).toBe(0);
});

it("who is erased while the tenant moves is erased after that, in its new ledger", async () => {
  const tenant = await makeUsage(0);
  const begun = await beginMove(tenant.tenantId, 0, 1);
  const { id, status } = await erase(tenant);
  expect(status).toBe("running");
  expect(await named(tenant, ADA)).toEqual([15, 1]);
  await goOnWithMove(worker, begun);
  expect(await ledgerOf(tenant.tenantId)).toBe(ledgerDb(worker, 1));
  await runErasure(worker, id, Date.now());
  expect(await named(tenant, ADA)).toEqual([0, 0]);
});

it("who was erased before the move and marked after it is erased again", async () => {
  const tenant = await makeUsage(0);
  const begun = await beginMove(tenant.tenantId, 0, 1);
  await goOnWithMove(worker, begun); // what it copied has the name
  const { tenantId: of } = tenant;
  const db = ledgerDb(worker, 1);
  const body = "SELECT high, hex(body) AS body FROM usage_segments WHERE tenant = ?";
  const { results } = await db.prepare(body).bind(of).all<{ high: number; body: string }>();
  const { id } = await erase(tenant);
  const put = "UPDATE usage_segments SET body = unhex(?) WHERE tenant = ? AND high = ?";
  const unmark = "DELETE FROM usage_erasures WHERE id = ?";
  await db.batch([
    ...results.map((row) => db.prepare(put).bind(row.body, of, row.high)),
    db.prepare(unmark).bind(id),
  ]);
  // As an erasure has it that rewrote the old ledger: only its mark is missing.
  const was = JSON.stringify({ place: null, epoch: 0 });
  const open = "UPDATE erasures SET step = 5, place = ?, done_ms = NULL WHERE id = ?";
  await worker.DB.prepare(open).bind(was, id).run();
  await runErasure(worker, id, Date.now());
  expect(await named(tenant, ADA)).toEqual([0, 0]);
  expect(await catchUpErasures(worker, Date.now())).toBe(0);
});
