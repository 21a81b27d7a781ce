/** Taking many events back, by a filter or by selection, and the list of those. */
import { expect, it } from "vitest";
import { signedIn, tokenOn } from "../../dashboard/browser.ts";
import { call, makeTenant } from "../../support/api.ts";
import { act, record, subscriber } from "../../support/billing.ts";

const PATH = "/dashboard/usage/events";
const CLOCK = "2026-03-10T12:00:00Z";

async function eventsOf(key: string, query: string): Promise<string[]> {
  const { status, body } = await call(key, "GET", `/api/usage/events?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data.map(({ id }: { id: string }) => id);
}

async function withEvents() {
  const { key } = await makeTenant({ clock: CLOCK });
  for (let n = 1; n <= 7; n++) {
    const metric_name = n % 2 === 0 ? "even" : "odd";
    const body = { metric_name, quantity: 1, id: `e${n}`, user_id: `u${n % 3}` };
    await call(key, "POST", "/api/usage/record", body);
    // Segments of their own, between which pages end.
    if (n % 3 === 0) await eventsOf(key, "");
  }
  return key;
}

it("takes back what a filter leaves, and lists what was taken back both ways", async () => {
  const key = await withEvents();
  const body = { act: "void", filter: { metric_name: "odd" } };
  const step = await call(key, "POST", "/api/bulk/usage-events", body);
  expect(step.body).toEqual({ done: 4, skipped: 0, refused: [], next_cursor: null });
  expect((await call(key, "POST", "/api/bulk/usage-events", body)).body.skipped).toBe(4);
  expect(await eventsOf(key, "voided=true")).toEqual(["e7", "e5", "e3", "e1"]);
  expect(await eventsOf(key, "voided=true&sort=recorded")).toEqual(["e1", "e3", "e5", "e7"]);
  expect(await eventsOf(key, "voided=true&user_id=u1")).toEqual(["e7", "e1"]);
  // The product's own count of these calls is usage of another source.
  const sent = await eventsOf(key, "sort=recorded&source=api");
  expect(sent).toEqual(["e1", "e2", "e3", "e4", "e5", "e6", "e7"]);

  for (const query of ["voided=true&limit=2", "voided=true&sort=recorded&limit=2"]) {
    const [first, second] = query.includes("sort") ? ["e1,e3", "e5,e7"] : ["e7,e5", "e3,e1"];
    const pageAt = async (cursor: string) =>
      (await call(key, "GET", `/api/usage/events?${query}${cursor}`)).body;
    const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id).join();
    const one = await pageAt("");
    const two = await pageAt(`&cursor=${one.next_cursor}`);
    const back = await pageAt(`&cursor=${two.previous_cursor}`);
    expect([idsOf(one), idsOf(two), idsOf(back)]).toEqual([first, second, first]);
    expect([one.previous_cursor, two.next_cursor, back.previous_cursor]).toEqual([
      null,
      null,
      null,
    ]);
  }
  const all = await eventsOf(key, "");
  const counts = await call(key, "GET", "/api/usage/event-counts");
  expect(counts.body.data).toEqual([
    { state: "all", count: all.length, more: false },
    { state: "voided", count: 4, more: false },
  ]);
});

it("is done to those selected on the page, after a question in numbers", async () => {
  const key = await withEvents();
  const browser = await signedIn(key);
  const { text } = await browser.get(PATH);
  expect(text).toContain('value="seq_2"');
  const question = await browser.get(`${PATH}/bulk?act=void&ids=seq_2&ids=seq_4&ids=seq_99`);
  expect(question.text).toContain("Void 2 events");
  expect(question.text).toContain("Takes 2 events of even off the totals.");
  const fields = { form_token: tokenOn(question.text), act: "void", filter_ids: "seq_2,seq_4" };
  expect((await browser.post(`${PATH}/bulk`, fields)).text).toContain("2 events voided");
  const voided = await browser.get(`${PATH}?voided=true`);
  expect(voided.text.match(/badge plain">void</g)).toHaveLength(2);
  const file = await browser.get(`${PATH}/export?ids=seq_2&ids=seq_3&format=csv`);
  const ids = file.text
    .trim()
    .split("\r\n")
    .map((line) => line.split(",")[0]);
  expect(ids.slice(1)).toEqual(["e3", "e2"]);
});

it("refuses each event that only the operator may take back, and takes the others", async () => {
  const tenant = await subscriber(CLOCK);
  await record(tenant, 1, { id: "own", metric_name: "own" });
  await record(tenant, 1, { id: "priced" });
  const body = { act: "void", filter: {} };
  const step = (await call(tenant.key, "POST", "/api/bulk/usage-events", body)).body;
  expect([step.done, step.refused]).toEqual([
    1,
    [expect.objectContaining({ number: "priced", code: "usage.billed" })],
  ]);
  await act(tenant, "cancel", { when: "now" });
});
