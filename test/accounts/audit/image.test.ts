import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { auditRow } from "../../../src/accounts/audit/audit.ts";
import { AUDITED } from "../../../src/audited.ts";
import { around } from "../../../src/platform/db/around.ts";
import { call, makeTenant } from "../../support/api.ts";

/** The statements around a write's batch as they are written, by the beginnings of actions. */
function statementsAround(action: string) {
  const made = (text: string) => ({ text, bind: () => ({ text }) });
  const db = { prepare: made } as unknown as D1Database;
  const author = { tenantId: "ten", keyId: "key", userId: null };
  const { first, last } = around([auditRow(db, author, { action, target: "x" }, 1)]);
  const texts = (of: readonly D1PreparedStatement[]) =>
    of.map((each) => (each as unknown as { text: string }).text);
  return { first: texts(first), last: texts(last) };
}

it("are taken by one short statement a table, and compared by one for all", () => {
  const actions = Object.keys(AUDITED).filter((action) => AUDITED[action] !== null);
  const comparing = new Set<string>();
  for (const action of actions) {
    const { first, last } = statementsAround(`${action}.done`);
    const [take = ""] = first;
    const [again, ...rest] = last;
    expect([first.length, again], action).toEqual([1, take]);
    // Preparing a statement costs by what it says: documents have the most columns.
    expect(take.length, action).toBeLessThan(3_000);
    comparing.add(rest.join(";"));
  }
  expect(comparing.size).toBe(1);
});

it("show booleans, JSON and null as they are, and what was not changed not at all", async () => {
  const { tenantId, key } = await makeTenant();
  const made = await call(key, "POST", "/api/customers", {
    name: "Łódź 'Ltd' \"x\"",
    email: "a@a.test",
  });
  const path = `/api/customers/${made.body.id}`;
  await call(key, "PATCH", path, { email: null, payment_terms_days: 14 });
  await call(key, "PATCH", path, { email: null });
  await call(key, "POST", "/api/webhooks/endpoints", { url: "https://audit.invalid/hook" });
  const rows = env.DB.prepare(
    `SELECT action, "before", "after" FROM audit WHERE tenant = ? ORDER BY seq`,
  );
  type Row = { action: string; before: string | null; after: string | null };
  const { results } = await rows.bind(tenantId).all<Row>();
  const shown = results.map(({ action, before, after }) => ({
    action,
    before: before && JSON.parse(before),
    after: after && JSON.parse(after),
  }));
  const customer = shown.filter(({ action }) => action.startsWith("customer."));
  expect(customer[0]).toMatchObject({
    before: null,
    after: { name: "Łódź 'Ltd' \"x\"", email: "a@a.test", mandate: null, party: {} },
  });
  expect(customer[1]).toMatchObject({
    before: { email: "a@a.test", payment_terms_days: null },
    after: { email: null, payment_terms_days: 14 },
  });
  expect(Object.keys(customer[1]?.after)).toEqual(["email", "party", "payment_terms_days"]);
  expect(customer[1]?.after.party).toEqual(expect.any(Object));
  expect(customer.slice(2).map(({ before, after }) => [before, after])).toEqual(
    customer.slice(2).map(() => [{}, {}]),
  );
  const { after } = shown.find(({ action }) => action === "webhook.create") ?? {};
  expect(after.events).toEqual(expect.any(Array));
  expect(after.secrets).toEqual([{ id: expect.any(String), expires_ms: null }]);
});
