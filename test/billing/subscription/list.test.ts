/** Subscriptions by state, both ways, counted and exported. */
import { describe, expect, it } from "vitest";
import { signedIn } from "../../dashboard/browser.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { act, type Subscriber, subscriber } from "../../support/billing.ts";

const CLOCK = "2026-03-10T12:00:00Z";

/** A tenant with two subscriptions that ended, and one that ends with its period. */
async function threeOf(): Promise<Subscriber & { ids: string[] }> {
  const first = await subscriber(CLOCK);
  await act(first, "cancel", { when: "now" });
  const ids = [first.id];
  for (const when of ["now", "period_end"]) {
    const body = { tenant_id: first.tenantId, plan: "FREE", base_price: 0 };
    const { id } = (await call(first.operator, "POST", "/api/subscriptions", body)).body;
    await act({ ...first, id }, "cancel", { when });
    ids.push(id);
  }
  return { ...first, ids };
}

describe("the list of subscriptions", () => {
  it("is narrowed to a state, counted, read both ways and exported", async () => {
    const { key, tenantId, operator, ids } = await threeOf();
    const ending = ids.at(-1);
    // Made at one time of a clock that stands, they are listed by their ids.
    const all = ids.toSorted().reverse();
    const ended = all.filter((id) => id !== ending);
    const list = async (query: string) => {
      const { status, body } = await call(key, "GET", `/api/subscriptions?${query}`);
      expect(status, JSON.stringify(body)).toBe(200);
      return { ...body, ids: body.data.map(({ id }: { id: string }) => id) };
    };
    expect((await list("state=current")).ids).toEqual([ending]);
    expect((await list("state=ending")).ids).toEqual([ending]);
    expect((await list("state=ended")).ids).toEqual(ended);
    expect((await list("sort=created")).ids).toEqual(all.toReversed());
    const counts = await call(key, "GET", "/api/subscription-counts");
    expect(counts.body.data).toEqual([
      { state: "current", count: 1, more: false, monthly_recurring_revenue: [] },
      { state: "ending", count: 1, more: false, monthly_recurring_revenue: [] },
      { state: "ended", count: 2, more: false, monthly_recurring_revenue: [] },
    ]);
    const first = await list("limit=2");
    const second = await list(`limit=2&cursor=${first.next_cursor}`);
    expect([first.ids, second.ids]).toEqual([all.slice(0, 2), all.slice(2)]);
    expect([first.previous_cursor, second.next_cursor]).toEqual([null, null]);
    const back = await list(`limit=2&cursor=${second.previous_cursor}`);
    expect([back.ids, back.previous_cursor]).toEqual([first.ids, null]);
    const browser = await signedIn(operator);
    const path = "/dashboard/billing/subscriptions";
    const { text } = await browser.get(`${path}?tenant_id=${tenantId}&state=ended`);
    expect(text).toContain("Remove the filter Tenant: Test Ltd");
    expect(text).toContain(`href="/dashboard/tenants/${tenantId}"`);
    expect(text).toContain(`href="${path}/${ended[0]}"`);
    expect(text).not.toContain(`href="${path}/${ending}"`);
    const query = `tenant_id=${tenantId}&state=ended&format=csv`;
    const file = await browser.get(`${path}/export?${query}`);
    const lines = file.text.trim().split("\r\n");
    const firsts = lines.slice(1).map((line) => line.split(",").slice(0, 3));
    expect(firsts).toEqual(ended.map((id) => [id, tenantId, "Test Ltd"]));
    expect(lines[1]).toContain(",test,ended,FREE,");
  });

  it("holds nobody else's", async () => {
    const { tenantId } = await subscriber(CLOCK);
    const { key } = await makeTenant();
    const path = "/api/exports/subscriptions";
    const own = await call(key, "GET", path);
    expect(new TextDecoder().decode(own.bytes).trim().split("\r\n")).toHaveLength(1);
    expect((await call(key, "GET", `${path}?tenant_id=${tenantId}`)).status).toBe(404);
    expect((await call(await operatorKey(), "GET", `${path}?tenant_id=${tenantId}`)).status).toBe(
      200,
    );
  });
});
