/** Ending many subscriptions with their periods. */
import { expect, it } from "vitest";
import { signedIn, tokenOn } from "../../dashboard/browser.ts";
import { call } from "../../support/api.ts";
import { subscriber } from "../../support/billing.ts";

const PATH = "/dashboard/billing/subscriptions";

it("says when they end and what they bring, and ends each once", async () => {
  const [one, two] = [
    await subscriber("2026-03-10T00:00:00Z", { base_price: 20 }),
    await subscriber("2026-03-12T00:00:00Z", { base_price: 30 }),
  ];
  const browser = await signedIn(one.operator);
  const question = await browser.get(`${PATH}/bulk?act=cancel&ids=${one.id}&ids=${two.id}`);
  expect(question.text).toContain("Cancel 2 subscriptions");
  expect(question.text).toMatch(/ends with its current period, 10 Apr 2026 to 12 Apr 2026,/);
  const fields = {
    form_token: tokenOn(question.text),
    act: "cancel",
    filter_ids: `${one.id},${two.id}`,
  };
  const done = await browser.post(`${PATH}/bulk`, fields);
  expect(done.text).toContain("2 subscriptions canceled");
  const { body } = await call(two.operator, "GET", `/api/subscriptions/${two.id}`);
  expect(body.cancel_at).toBe("2026-04-12T00:00:00Z");
  const filter = { ids: `${one.id},${two.id}` };
  const again = { act: "cancel", filter };
  expect((await call(one.operator, "POST", "/api/bulk/subscriptions", again)).body).toEqual({
    done: 0,
    skipped: 2,
    refused: [],
    next_cursor: null,
  });
});

it("is the operator's, and ends nobody else's for a key that is confined", async () => {
  const { key, operator, id } = await subscriber("2026-03-10T00:00:00Z");
  const other = await subscriber("2026-03-10T00:00:00Z");
  const body = { act: "cancel", filter: { ids: id } };
  expect((await call(key, "POST", "/api/bulk/subscriptions", body)).status).toBe(403);
  const made = await call(operator, "POST", "/api/keys", {
    name: "of one tenant",
    role: "owner",
    tenants: [other.tenantId],
  });
  const step = await call(made.body.key, "POST", "/api/bulk/subscriptions", body);
  expect([step.status, step.body.done]).toEqual([200, 0]);
});
