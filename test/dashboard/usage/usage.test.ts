import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

const CLOCK = "2026-03-15T12:00:00Z";

async function tenantWithUsage() {
  const tenant = await makeTenant({ clock: CLOCK });
  const record = (quantity: number, timestamp: string, user_id: string) =>
    call(tenant.key, "POST", "/api/usage/record", {
      metric_name: "api_calls",
      quantity,
      timestamp,
      user_id,
    });
  await record(30, "2026-03-02T10:00:00Z", "ada");
  await record(12, "2026-03-02T11:00:00Z", "=grace");
  await record(21, "2026-02-10T10:00:00Z", "ada");
  return tenant;
}

describe("the usage page", () => {
  it("shows the trend, the change and the quantity of each user", async () => {
    const { key } = await tenantWithUsage();
    const browser = await signedIn(key);
    const { text } = await browser.get("/dashboard/usage");
    expect(text).toContain("API calls by day");
    expect(text).toMatch(/<span data-value="42">42<\/span>/);
    expect(text).toContain("+100%");
    expect(text).toMatch(/ada<\/td><td class="figure"[^>]*>30</);
    expect((await browser.get("/dashboard/usage?range=ever")).status).toBe(422);
    expect((await browser.get("/dashboard/usage?group_by=nothing")).status).toBe(422);
  });

  it("groups by two keys, and takes the events that have one of some values", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    await call(key, "PUT", "/api/metrics/tokens", { dimensions: ["model"] });
    const event = (quantity: number, user_id: string, model?: string) => {
      const metadata = model === undefined ? {} : { model };
      return { metric_name: "tokens", quantity, user_id, metadata };
    };
    const events = [event(1, "ada", "a"), event(2, "ada", "b"), event(4, "bob", "a, b")];
    await call(key, "POST", "/api/usage/events", [...events, event(8, "ada")]);
    const browser = await signedIn(key);
    const csv = async (query: string) => {
      const { text } = await browser.get(
        `/dashboard/usage.csv?metric=tokens&window=month&${query}`,
      );
      return text.split("\r\n").map((row) => row.replace(/^([^,]*),[^,]*,[^,]*/, "$1"));
    };
    expect(await csv("group_by=user_id&then_by=model&where=model&value= a, a%5C, b")).toEqual([
      "metric,user_id,model,quantity,events",
      "tokens,ada,a,1,1",
      'tokens,bob,"a, b",4,1',
      "",
    ]);
    expect(await csv("group_by=model&then_by=model&where=model&value=")).toEqual([
      "metric,model,quantity,events",
      "tokens,,8,1",
      "",
    ]);
    const { text } = await browser.get("/dashboard/usage?then_by=model&group_by=user_id");
    expect(text).toContain("Tokens by user and model");
    expect(text).toMatch(/ada<\/td><td[^>]*><span class="muted">none<\/span><\/td><td[^>]*>8</);
    expect((await browser.get("/dashboard/usage?where=nothing&value=a")).status).toBe(422);
  });

  it("asks for the windows of the metric that it draws alone", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const events = Array.from({ length: 1_500 }, (_, n) => ({ metric_name: `m${n}`, quantity: 1 }));
    await call(key, "POST", "/api/usage/events", [...events, events[7]]);
    const range = "start_date=2026-03-01T00:00:00Z&window=hour";
    const all = await call(key, "GET", `/api/usage/summary?${range}`);
    expect(all.body.errors).toMatchObject([{ pointer: "/query/window" }]);
    const { status, text } = await (await signedIn(key)).get("/dashboard/usage?window=hour");
    expect(status).toBe(200);
    expect(text).toContain("M7 by hour");
    expect(text).toContain("the first 500 of 1500");
  });

  it("exports its numbers as CSV", async () => {
    const { key } = await tenantWithUsage();
    const browser = await signedIn(key);
    const query = "range=month&window=month&metric=api_calls&group_by=user_id";
    const { text, headers } = await browser.get(`/dashboard/usage.csv?${query}`);
    expect(headers.get("content-type")).toContain("text/csv");
    const span = "2026-03-01T00:00:00Z,2026-03-15T12:00:00.001Z";
    expect(text.split("\r\n")).toEqual([
      "metric,start,end,user_id,quantity,events",
      `api_calls,${span},'=grace,12,1`,
      `api_calls,${span},ada,30,1`,
      "",
    ]);
  });

  it("shows the holder of a user's key only that user's usage", async () => {
    const { tenantId, key } = await tenantWithUsage();
    const person = { email: "m@usage.test", name: "M", role: "member" };
    const { body } = await call(key, "POST", "/api/users", person);
    const options = { userId: body.id, mode: "test" } as const;
    const member = await signedIn(await keyFor(tenantId, "member", options));
    expect((await member.get("/dashboard/usage")).text).toContain("No usage in this range");
    expect((await member.get("/dashboard/usage?user_id=ada")).status).toBe(403);
  });
});

describe("the page of events", () => {
  const PATH = "/dashboard/usage/events";

  it("filters what was recorded, and takes an event back", async () => {
    const { key, tenantId } = await tenantWithUsage();
    const browser = await signedIn(key);
    const quantities = async (query: string) => {
      const { text } = await browser.get(`${PATH}?${query}`);
      const cells = text.matchAll(/data-head="Quantity">([^<]+)</g);
      return [...cells].map(([, shown]) => shown);
    };
    expect(await quantities("")).toEqual(["21", "12", "30"]);
    expect(await quantities("user_id=ada&start_date=2026-03-01")).toEqual(["30"]);
    expect(await quantities("start_date=2026-02-10&end_date=2026-02-10")).toEqual(["21"]);
    expect(await quantities("metric_name=storage_gb")).toEqual([]);
    expect((await browser.get(`${PATH}?start_date=2026-02-31`)).status).toBe(422);
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    expect((await viewer.get(PATH)).text.match(/<form method="post"/g)?.length).toBe(1);
    const { text } = await browser.get(PATH);
    const voids = [...text.matchAll(/action="([^"]+\/void)"/g)].map(([, action]) => action ?? "");
    expect(voids.length).toBe(3);
    const last = voids[0] ?? "";
    const theirs = await signedIn((await makeTenant({ clock: CLOCK })).key);
    expect((await theirs.submit(PATH, last)).status).toBe(404);
    expect((await browser.submit(PATH, last)).status).toBe(303);
    expect((await browser.get(PATH)).text).toMatch(/badge plain">void</);
    const range = "start_date=2026-02-01T00:00:00Z&end_date=2026-03-01T00:00:00Z";
    const { body } = await call(key, "GET", `/api/usage/summary?${range}`);
    expect(body.metrics[0]?.total_quantity ?? 0).toBe(0);
  });
});
