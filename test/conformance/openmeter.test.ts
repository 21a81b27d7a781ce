/** The published OpenMeter clients, old and new, against the running product. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HTTPError, OpenMeter } from "@openmeter/sdk";
import { OpenMeter as OldOpenMeter } from "openmeter-sdk-185";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { newState, type Served, serve } from "../process/command.ts";

/** Two weeks after the night in which Berlin's clocks went back, in a year of 53 weeks. */
const CLOCK = "2026-11-05T12:00:00Z";
const MODELS = ["small", "large", 'odd, "quoted"'];
const TYPES = ["input", "output"];
const SUBJECTS = ["user-1", "user 2"];

type Sent = {
  id: string;
  time: Date;
  subject: string;
  tokens: number;
  model: string;
  type: string;
};

type Tenant = { key: string; api: Api; client: OpenMeter; old: OldOpenMeter };

async function tenantOf(
  { url, operatorKey }: Served,
  name: string,
  clock?: string,
): Promise<Tenant> {
  const operator = apiAt(url, operatorKey);
  const mode = clock === undefined ? {} : { mode: "test", clock };
  const body = { name, ...mode };
  const { key } = await operator.call<{ key: string }>("PUT", `/api/tenants/${name}`, body);
  const api = apiAt(url, key);
  const client = new OpenMeter({ baseUrl: `${url}/openmeter`, apiKey: key });
  return { key, api, client, old: new OldOpenMeter({ baseUrl: url, token: key }) };
}

const METER = {
  slug: "tokens_total",
  name: "Tokens",
  description: "What models read and write",
  eventType: "prompt",
  aggregation: "SUM",
  valueProperty: "$.usage.tokens",
  groupBy: { model: "$.model", type: "$.kind.type" },
  metadata: { team: "ai" },
} as const;

/** Events in the hours around the night in which the clocks went back, none in some of them. */
function eventsOf(): Sent[] {
  const startMs = Date.parse("2026-10-23T21:10:00Z");
  return Array.from({ length: 100 }, (_, i) => ({
    id: `prompt-${i}`,
    time: new Date(startMs + (i + (i >= 50 ? 20 : 0)) * 2_000_000),
    subject: SUBJECTS[i % 2] ?? "",
    tokens: 1 + ((i * 7) % 13) + (i % 4) / 4,
    model: MODELS[i % 3] ?? "",
    type: TYPES[(i >> 1) % 2] ?? "",
  }));
}

function cloudEvent({ id, time, subject, tokens, model, type }: Sent) {
  const data = { usage: { tokens }, model, kind: { type } };
  return { id, time, subject, source: "app", type: "prompt", data };
}

const sumOf = (events: readonly Sent[]) => events.reduce((sum, { tokens }) => sum + tokens, 0);

async function totalOf({ client }: Tenant, slug = METER.slug): Promise<number | undefined> {
  const { data } = await client.meters.query(slug);
  expect(data.length).toBeLessThanOrEqual(1);
  return data[0]?.value;
}

async function ingests(tenant: Tenant, events: readonly Sent[]): Promise<void> {
  const { client, old } = tenant;
  const made = await client.meters.create(METER);
  expect(made).toMatchObject({ ...METER, id: expect.any(String), createdAt: expect.any(Date) });
  const [first, ...others] = events.map(cloudEvent);
  if (!first) throw new Error("no events");
  expect(await client.events.ingest(first)).toBeUndefined();
  expect(await totalOf(tenant)).toBe(events[0]?.tokens);
  await client.events.ingest(others);
  expect(await totalOf(tenant)).toBe(sumOf(events));
  // What an app sends once more has another time, and the older client sends it one by one.
  const again = events.map((event) => ({ ...cloudEvent(event), time: new Date(CLOCK) }));
  await client.events.ingest(again);
  expect(await old.events.ingest(again[0] as never)).toBeUndefined();
  expect(await old.events.ingest(again as never)).toBeUndefined();
  expect(await totalOf(tenant)).toBe(sumOf(events));
}

/** The start of a Berlin day, as the offset was before and after the clocks went back. */
const berlinDay = (day: number) =>
  new Date(Date.parse(`2026-10-${day}T00:00:00+0${day <= 25 ? 2 : 1}:00`));

async function queries({ client, key, api }: Tenant, url: string, events: readonly Sent[]) {
  const [from, to] = [new Date("2026-10-23T22:00:00Z"), new Date("2026-10-26T06:30:00Z")];
  const asked = {
    from,
    to,
    windowSize: "DAY",
    windowTimeZone: "Europe/Berlin",
    subject: SUBJECTS,
    groupBy: ["model", "type"],
  } as const;
  const input = { ...asked, filterGroupBy: { type: "input" } };
  const expected = [];
  for (const day of [24, 25, 26]) {
    const [start, end] = [berlinDay(day), berlinDay(day + 1)];
    for (const subject of [...SUBJECTS].sort()) {
      for (const model of [...MODELS].sort()) {
        const own = events.filter(
          (event) =>
            event.time >= start &&
            event.time < end &&
            event.time < to &&
            event.subject === subject &&
            event.model === model &&
            event.type === "input",
        );
        if (own.length === 0) continue;
        const groupBy = { model, type: "input" };
        expected.push({ value: sumOf(own), windowStart: start, windowEnd: end, subject, groupBy });
      }
    }
  }
  expect(expected.length).toBeGreaterThan(10);
  const result = await client.meters.query(METER.slug, input as never);
  expect(result).toEqual({ from, to, windowSize: "DAY", data: expected });
  const body = {
    ...asked,
    subject: SUBJECTS,
    groupBy: ["model", "type"],
    filterGroupBy: { type: ["input"] },
  };
  expect(await client.meters.queryPost(METER.slug, body as never)).toEqual(result);
  const params = new URLSearchParams({
    from: from.toISOString(),
    to: to.toISOString(),
    windowSize: "DAY",
    windowTimeZone: "Europe/Berlin",
    "filterGroupBy[type]": "input",
  });
  for (const subject of SUBJECTS) params.append("subject", subject);
  for (const group of ["model", "type"]) params.append("groupBy", group);
  const csv = await fetch(`${url}/openmeter/api/v1/meters/${METER.slug}/query?${params}`, {
    headers: { authorization: `Bearer ${key}`, accept: "text/csv" },
  });
  expect(csv.headers.get("content-type")).toBe("text/csv");
  expect(csv.headers.get("content-disposition")).toBe("attachment; filename=tokens_total.csv");
  const second = (date: Date) => date.toISOString().replace(".000Z", "Z");
  const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = expected.map(({ windowStart, windowEnd, subject, groupBy, value }) =>
    [
      second(windowStart),
      second(windowEnd),
      subject,
      quoted(groupBy.model),
      groupBy.type,
      value.toFixed(6),
    ].join(","),
  );
  const head = "window_start,window_end,subject,model,type,value";
  expect(await csv.text()).toBe([head, ...lines, ""].join("\n"));
  // Without windows and groups: one row, from the first event's minute to the end of the last's.
  const whole = await client.meters.query(METER.slug);
  const last = events.at(-1)?.time.getTime() ?? 0;
  expect(whole).toEqual({
    data: [
      {
        value: sumOf(events),
        windowStart: new Date("2026-10-23T21:10:00Z"),
        windowEnd: new Date(Math.floor(last / 60_000) * 60_000 + 60_000),
        subject: null,
        groupBy: {},
      },
    ],
  });
  const values = await client.meters.listGroupByValues(METER.slug, "model", { from } as never);
  expect(values).toEqual([...MODELS].sort());
  const subjects = await api.call("GET", `/openmeter/api/v1/meters/${METER.slug}/subjects`);
  expect(subjects).toEqual([...SUBJECTS].sort());
}

async function lists({ client, old }: Tenant, events: readonly Sent[]) {
  const newest = events.at(-1) as Sent;
  const [first, ...more] = (await client.events.list({ limit: 3 })) ?? [];
  expect(more.length).toBe(2);
  const shown = (event: Sent) => ({
    ...cloudEvent(event),
    specversion: "1.0",
    data: expect.objectContaining(cloudEvent(event).data),
  });
  expect(first?.event).toMatchObject(shown(newest));
  const own = events.filter(({ subject }) => subject === "user 2");
  const filter = JSON.stringify({ subject: { $eq: "user 2" } });
  const found: unknown[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.events.listV2({ filter, limit: 20, ...(cursor ? { cursor } : {}) });
    found.push(...(page?.items ?? []).map(({ event }) => event.id));
    cursor = page?.nextCursor;
    if (cursor === undefined) break;
  }
  expect(found).toEqual(own.map(({ id }) => id).reverse());
  expect((await old.events.list({ subject: "user-1", limit: 2 } as never)).length).toBe(2);
}

async function refuses(tenant: Tenant) {
  const { client, old, key } = tenant;
  const unknown = client.meters.query("nothing_here");
  await expect(unknown).rejects.toBeInstanceOf(HTTPError);
  await expect(unknown).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("meter nothing_here not found"),
  });
  await expect(old.meters.get("nothing_here")).rejects.toMatchObject({
    statusCode: 404,
    problem: { status: 404, detail: "meter nothing_here not found" },
  });
  const before = await totalOf(tenant);
  const good = cloudEvent({ ...(eventsOf()[0] as Sent), id: "good", tokens: 5 });
  const bad = [
    { ...good, id: "no-subject", subject: "" },
    { ...good, id: "negative", data: { usage: { tokens: -1 } } },
    { ...good, id: "old", time: new Date("2020-01-01") },
    { ...good, id: "none", data: {} },
  ];
  const mixed = client.events.ingest([...bad, good]);
  await expect(mixed).rejects.toMatchObject({ status: 400 });
  const error = (await mixed.catch((thrown: HTTPError) => thrown)) as HTTPError;
  expect(error.getField("errors")).toEqual([
    { pointer: "/0/subject", detail: expect.any(String) },
    { pointer: "/1/data/usage/tokens", detail: expect.stringContaining("0 or more") },
    { pointer: "/2", detail: expect.stringContaining("35 days back") },
    { pointer: "/3/data/usage/tokens", detail: expect.stringContaining("missing") },
  ]);
  expect(await totalOf(tenant)).toBe((before ?? 0) + 5);
  await expect(old.events.ingest([{ ...bad[0] }] as never)).rejects.toMatchObject({
    statusCode: 400,
  });
  const wrong = new OpenMeter({
    baseUrl: `${client.config.baseUrl}`,
    apiKey: `${key.slice(0, -1)}!`,
  });
  await expect(wrong.meters.list()).rejects.toMatchObject({ status: 401 });
  const plans = client.plans.list();
  await expect(plans).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("GET and POST /api/plans"),
  });
}

/** A plan of a hard and of a soft limit, to which a tenant is subscribed. */
async function subscribes({ url, operatorKey }: Served, tenant: string): Promise<void> {
  const operator = apiAt(url, operatorKey);
  const price = { model: "per_unit", unit_price: 1, included_quantity: 100 };
  const prices = [
    { ...price, metric_name: "seconds", hard_limit: true },
    { ...price, metric_name: "words" },
  ];
  const plan = { code: "OPENMETER", name: "Plan", currency: "USD", prices };
  await operator.call("POST", "/api/plans", plan);
  const body = { tenant_id: tenant, plan: plan.code, base_price: 0 };
  await operator.call("POST", "/api/subscriptions", body);
}

async function access(server: Served) {
  const tenant = await tenantOf(server, "globex");
  const operator = new OpenMeter({
    baseUrl: `${server.url}/openmeter`,
    apiKey: server.operatorKey,
  });
  const oldOperator = new OldOpenMeter({ baseUrl: server.url, token: server.operatorKey });
  for (const slug of ["seconds", "words"]) {
    const meter = { slug, eventType: slug, aggregation: "SUM", valueProperty: "$.n" } as const;
    await operator.meters.create(meter);
  }
  await operator.features.create({ key: "speech", name: "Speech", meterSlug: "seconds" });
  const value = async (key: string) => {
    const forms = [
      await operator.entitlementsV1.value("globex", key),
      await operator.customers.entitlementsV1.value("globex", key),
      await operator.customers.entitlements.value("globex", key),
      await oldOperator.subjects.getEntitlementValue("globex", key),
    ];
    const [first] = forms;
    expect(forms).toEqual([first, first, { ...first, grantBalances: {} }, first]);
    return first;
  };
  // Nobody without a subscription has access.
  expect(await value("seconds")).toEqual({ hasAccess: false });
  expect(await operator.customers.getAccess("globex")).toEqual({ entitlements: {} });
  await subscribes(server, "globex");
  const use = (type: string, id: string, n: number) =>
    operator.events.ingest({ id, source: "app", type, subject: "globex", data: { n } });
  const left = (used: number, hard: boolean) => ({
    hasAccess: !hard || used < 100,
    balance: Math.max(0, 100 - used),
    usage: used,
    overage: Math.max(0, used - 100),
    totalAvailableGrantAmount: 100,
  });
  expect(await value("seconds")).toEqual(left(0, true));
  await use("seconds", "s1", 99.5);
  expect(await value("speech")).toEqual(left(99.5, true));
  await use("seconds", "s2", 0.5);
  expect(await value("seconds")).toEqual(left(100, true));
  await expect(use("seconds", "s3", 1)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining("hard limit; 0 remain"),
  });
  expect(await value("seconds")).toEqual(left(100, true));
  await use("words", "w1", 100);
  expect(await value("words")).toEqual(left(100, false));
  await use("words", "w2", 3);
  expect(await value("words")).toEqual(left(103, false));
  expect(await operator.customers.getAccess("globex")).toEqual({
    entitlements: { seconds: left(100, true), speech: left(100, true), words: left(103, false) },
  });
  expect(await value("nothing")).toEqual({ hasAccess: false });
  await expect(operator.customers.getAccess("nobody")).rejects.toMatchObject({ status: 404 });
  // What was sent with the operator's key is the tenant's, and is read by both.
  const { data } = await operator.meters.query("words", { subject: ["globex"] });
  expect(data).toMatchObject([{ value: 103, subject: "globex" }]);
  expect(await totalOf(tenant, "words" as never)).toBe(103);
  const features = (await operator.features.list()) as { key: string }[];
  expect(features.map(({ key }) => key)).toEqual(["speech", "seconds", "words"]);
}

async function customers({ client }: Tenant) {
  const input = {
    key: "c-1",
    name: "Ada Ltd",
    description: "the first",
    metadata: { tier: "gold" },
    primaryEmail: "ada@example.com",
    currency: "EUR",
    usageAttribution: { subjectKeys: ["user 2", "user-1"] },
    billingAddress: { line1: "1 Main St", city: "Berlin", postalCode: "10115", country: "DE" },
  };
  const made = await client.customers.create(input as never);
  expect(made).toMatchObject({ ...input, id: expect.stringMatching(/^cus_/) });
  expect(await client.customers.get("c-1")).toEqual(made);
  expect(await client.customers.get(made?.id ?? "")).toEqual(made);
  const page = await client.customers.list({ key: "c-", page: 1, pageSize: 10 });
  expect(page).toEqual({ items: [made], page: 1, pageSize: 10, totalCount: 1 });
  expect(await client.customers.list({ subject: "user 2" })).toMatchObject({ items: [made] });
  const query = { filterCustomerId: [made?.id ?? ""] };
  const { data } = await client.meters.query(METER.slug, query);
  const whole = await client.meters.query(METER.slug);
  expect(data).toEqual([{ ...whole.data[0], customerId: made?.id }]);
  const { usageAttribution: _, description: __, ...rest } = input;
  const changed = await client.customers.update("c-1", { ...rest, name: "Ada plc" } as never);
  expect(changed).toMatchObject({ ...rest, name: "Ada plc", id: made?.id });
  expect(changed?.description).toBeUndefined();
  expect(changed?.usageAttribution).toEqual({ subjectKeys: ["c-1"] });
  expect(await client.customers.delete("c-1")).toBeUndefined();
  await expect(client.customers.get(made?.id ?? "")).rejects.toMatchObject({ status: 404 });
  expect(await client.customers.list()).toMatchObject({ items: [], totalCount: 0 });
}

async function subjects({ client, old }: Tenant) {
  const [made] = (await client.subjects.upsert([
    { key: "user-1", displayName: "Ada", metadata: { a: 1 } },
  ])) as unknown as Record<string, unknown>[];
  expect(made).toMatchObject({ key: "user-1", displayName: "Ada", metadata: { a: 1 } });
  await client.subjects.upsert({ key: "user-1", displayName: null } as never);
  expect(await client.subjects.get("user-1")).toMatchObject({
    id: made?.id,
    displayName: null,
    metadata: { a: 1 },
  });
  expect(await old.subjects.list()).toMatchObject([{ id: made?.id, key: "user-1" }]);
  expect(await client.subjects.delete("user-1")).toBeUndefined();
  await expect(old.subjects.get("user-1")).rejects.toMatchObject({ statusCode: 404 });
}

async function meters({ client, old }: Tenant) {
  const average = {
    slug: "latency",
    eventType: "call",
    aggregation: "AVG",
    valueProperty: "$.ms",
    groupBy: { route: "$.route" },
  } as const;
  const made = await client.meters.create(average);
  const calls = [10, 20, 25].map((ms, i) => ({
    id: `call-${i}`,
    source: "app",
    type: "call",
    subject: "user-1",
    time: new Date(Date.parse(CLOCK) - 60_000),
    data: { ms, route: "/a" },
  }));
  await client.events.ingest(calls);
  const { data } = await client.meters.query("latency", { groupBy: ["route"] });
  expect(data).toMatchObject([{ value: 18.333333, groupBy: { route: "/a" }, subject: null }]);
  expect((await old.meters.query("latency")).data).toMatchObject([{ value: 18.333333 }]);
  const groupBy = { ...average.groupBy, method: "$.method" };
  const changed = await client.meters.update(made?.id ?? "", { name: "Latency", groupBy });
  expect(changed).toMatchObject({ ...average, name: "Latency", groupBy, id: made?.id });
  expect(await client.meters.get("latency")).toEqual(changed);
  expect((await client.meters.list())?.map(({ slug }) => slug)).toContain("latency");
  await expect(client.meters.create(average)).rejects.toMatchObject({ status: 409 });
  const bad = client.meters.create({ ...average, slug: "bad", valueProperty: "no path" } as never);
  await expect(bad).rejects.toMatchObject({ message: expect.stringContaining("/valueProperty") });
  expect(await client.meters.delete("latency")).toBeUndefined();
  expect((await client.meters.list())?.map(({ slug }) => slug)).not.toContain("latency");
}

/** The page's code, run exactly as it is written with a key of the operator. */
async function page({ url, operatorKey }: Served, dir: string) {
  await apiAt(url, operatorKey).call("PUT", "/api/tenants/customer-1", { name: "Customer" });
  const text = readFileSync("docs/from-openmeter.md", "utf8");
  const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(text) ?? [];
  const client = pathToFileURL(resolve("node_modules/@openmeter/sdk/dist/index.js")).href;
  const file = join(dir, "page.mts");
  writeFileSync(file, code.replace("@openmeter/sdk", client));
  const printed = execFileSync(process.execPath, ["--no-warnings", file], {
    env: { ...process.env, URL: url, KEY: operatorKey },
    encoding: "utf8",
  });
  expect(printed).toBe("12.5 small\nfalse\n");
}

it("counts, answers and refuses as their clients expect", async () => {
  const dir = await newState();
  const server = await serve(dir);
  const tenant = await tenantOf(server, "acme", CLOCK);
  const events = eventsOf();
  await ingests(tenant, events);
  await queries(tenant, server.url, events);
  await lists(tenant, events);
  await refuses(tenant);
  await customers(tenant);
  await subjects(tenant);
  await meters(tenant);
  await access(server);
  await page(server, dir);
});
