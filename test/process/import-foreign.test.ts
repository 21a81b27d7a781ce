/** Other products' exports into the running product, whose their events are, and each once. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newState, runScript, type Served, serve, temporaryDir } from "./command.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

async function importInto(url: string, key: string, args: string[]) {
  const env = { BOXCOSTPRO_URL: url, BOXCOSTPRO_KEY: key };
  const command = runScript("import.ts", [...args, "--json"], env);
  const { code } = await command.ended;
  const { stdout, stderr } = command.output();
  return { code, stderr, done: code === 0 ? JSON.parse(stdout) : null };
}

/** Asks the product; with a tenant, as the operator that acts for it. */
function callerOf({ url }: Served, key: string) {
  return async (method: string, path: string, body?: unknown, tenant?: string) => {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(tenant === undefined ? {} : { "boxcost-tenant": tenant }),
    };
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await fetch(url + path, { method, headers, body: text });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${answer}`);
    return answer === "" ? null : JSON.parse(answer);
  };
}

function fileOf(name: string, content: unknown): string {
  const file = join(temporaryDir(), name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const cloudEvent = (id: string, subject: string, tokens: number | string, atMs: number) => ({
  specversion: "1.0",
  id,
  source: "gateway",
  type: "prompt",
  time: ago(atMs),
  subject,
  data: { tokens, model: id.endsWith("2") ? "large" : "small" },
});
type CloudEvent = ReturnType<typeof cloudEvent>;

const listed = (event: CloudEvent) => ({ event, ingestedAt: event.time, storedAt: event.time });

/** A tenant that is subscribed is a customer of the operator's: gives it a reference. */
async function referAs(call: ReturnType<typeof callerOf>, tenant: string, reference: string) {
  const plan = { code: "PRO", name: "Pro", currency: "EUR", base_price_monthly: 49, prices: [] };
  await call("POST", "/api/plans", plan);
  const { tenant_id } = await call("POST", "/api/subscriptions", {
    tenant_id: tenant,
    plan: "PRO",
  });
  const { data } = await call("GET", "/api/customers?limit=200");
  const [customer] = data.filter((one: { tenant_id: string }) => one.tenant_id === tenant_id);
  await call("PATCH", `/api/customers/${customer.id}`, { reference });
}

async function openMeter(server: Served): Promise<void> {
  const call = callerOf(server, server.operatorKey);
  const rule = { event_type: "prompt", metric_name: "tokens", value_path: "$.tokens" };
  await call("POST", "/api/usage/rules", { ...rule, group_paths: { model: "$.model" } });
  await call("PUT", "/api/tenants/acme", { name: "Acme Ltd" });
  await referAs(call, "acme", "ref-9");
  const events = [
    cloudEvent("e1", "acme", 2.5, 9 * MINUTE_MS),
    cloudEvent("e2", "acme", "4", 8 * MINUTE_MS),
    cloudEvent("e3", "stranger", 8, 7 * MINUTE_MS),
    cloudEvent("e4", "acme", "many", 6 * MINUTE_MS),
    cloudEvent("e5", "ref-9", 1, 5 * MINUTE_MS),
  ];
  const file = fileOf("events.json", events.map(listed));
  const into = (...args: string[]) => importInto(server.url, server.operatorKey, [file, ...args]);

  const dry = await into("--dry-run");
  expect(dry.done).toMatchObject({ format: "openmeter", lines: 5, unreadable: 1, invalid: 0 });
  expect(dry.done.shown[0].events).toMatchObject([
    { tenant: expect.stringMatching(/^ten_/), metric_name: "tokens", id: "e1:tokens" },
  ]);
  expect(dry.done.shown[2].events).toMatchObject([{ user_id: "stranger", quantity: "8" }]);
  expect(dry.done.shown[3]).toEqual({ line: 4, fault: expect.stringMatching(/^\/data\/tokens/) });

  // One was sent live, as a client of OpenMeter records it, and with another time.
  const live = { ...events[1], source: "openmeter:gateway", time: ago(3 * MINUTE_MS) };
  await call("POST", "/api/usage/cloudevents", live, "acme");
  const { done } = await into();
  expect(done).toMatchObject({ accepted: 3, duplicates: 1, rejected: 1 });
  expect(readFileSync(done.rejects_file, "utf8")).toContain("/data/tokens");
  expect((await into("--restart")).done).toMatchObject({ accepted: 0, duplicates: 4 });

  const range = `start_date=${ago(DAY_MS)}&metric_name=tokens`;
  const path = `/api/usage/summary?${range}&group_by=model,user_id`;
  const { breakdown } = await call("GET", path, undefined, "acme");
  expect(
    breakdown.map(({ group, total_quantity }: Record<string, unknown>) => [group, total_quantity]),
  ).toEqual([
    [{ model: "large", user_id: "acme" }, 4],
    [{ model: "small", user_id: null }, 3.5],
  ]);
  const others = await call("GET", `/api/usage/summary?${range}&user_id=stranger`);
  expect(others.metrics).toMatchObject([{ total_quantity: 8, event_count: 1 }]);
}

async function older(server: Served): Promise<void> {
  const call = callerOf(server, server.operatorKey);
  const events = [
    cloudEvent("o1", "acme", 16, 50 * DAY_MS),
    { ...cloudEvent("o1", "acme", 64, 50 * DAY_MS), source: "worker" },
    cloudEvent("o2", "globex", 32, 50 * DAY_MS),
  ];
  const file = fileOf("older.json", events.map(listed));
  const into = (...args: string[]) =>
    importInto(server.url, server.operatorKey, [file, "--backfill", "Moved", ...args]);
  expect((await into()).stderr).toContain("say --tenant, and --only");
  const one = await into("--tenant", "acme", "--only", "acme");
  expect(one.done).toMatchObject({ import: { status: "committed", recorded: 2 }, left_out: 0 });
  const range = `start_date=${ago(60 * DAY_MS)}&end_date=${ago(40 * DAY_MS)}`;
  const { metrics } = await call("GET", `/api/usage/summary?${range}`, undefined, "acme");
  expect(metrics).toMatchObject([{ metric_name: "tokens", total_quantity: 80, event_count: 2 }]);
}

async function stripeAndLago(server: Served): Promise<void> {
  const call = callerOf(server, server.demoKey);
  const meter = { event_type: "sms", metric_name: "sms", value_path: "/value" };
  await call("POST", "/api/usage/rules", { ...meter, user_path: "/stripe_customer_id" });
  const seconds = Math.floor(Date.now() / 1_000) - 300;
  const rows = [1, 2, 3].map((n) => `sms,id-${n},${seconds + n},${n},cus_${n % 2}`);
  const header = "event_name,identifier,timestamp,payload_value,payload_stripe_customer_id";
  const stripe = fileOf("stripe.csv", [header, ...rows, ""].join("\n"));
  const page = (number: number, codes: string[]) => ({
    events: codes.map((code) => ({
      transaction_id: `tx-${number}-${code}`,
      external_subscription_id: "sub-1",
      code,
      timestamp: ago(MINUTE_MS * number),
      properties: { note: "a}]b" },
    })),
    meta: { current_page: number },
  });
  const pages = [page(1, ["seat", "login"]), page(2, ["seat"])];
  const lago = fileOf("lago.json", pages.map((one) => JSON.stringify(one, null, 2)).join("\n"));
  for (const [file, format] of [
    [stripe, "stripe"],
    [lago, "lago"],
  ] as const) {
    const first = await importInto(server.url, server.demoKey, [file]);
    expect(first.done).toMatchObject({ format, accepted: 3, rejected: 0 });
    const again = await importInto(server.url, server.demoKey, [file, "--format", format]);
    expect(again.done).toMatchObject({ accepted: 0, lines: 0 });
  }
  const path = `/api/usage/summary?start_date=${ago(DAY_MS)}&group_by=user_id`;
  const { breakdown } = await call("GET", path);
  const own = breakdown
    .filter((row: { metric_name: string }) => ["sms", "seat", "login"].includes(row.metric_name))
    .map((row: Record<string, unknown> & { group: { user_id: string } }) => {
      return [row.group.user_id, row.metric_name, row.total_quantity];
    });
  expect(own).toEqual([
    ["cus_0", "sms", 2],
    ["cus_1", "sms", 4],
    ["sub-1", "login", 1],
    ["sub-1", "seat", 2],
  ]);
}

it("takes the exports of OpenMeter, Stripe and Lago, each event once", async () => {
  const server = await serve(await newState());
  await openMeter(server);
  await older(server);
  await stripeAndLago(server);
  const totals = fileOf("query.csv", "window_start,window_end,value\n2026-11-01,2026-11-02,1\n");
  const refused = await importInto(server.url, server.demoKey, [totals]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("GET /api/v1/events") });
});
