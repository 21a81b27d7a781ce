/** The published OpenMeter clients, old and new, against the running product. */
import { HTTPError, OpenMeter } from "@openmeter/sdk";
import { OpenMeter as OldOpenMeter } from "openmeter-sdk-185";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { type Served, serve, temporaryDir } from "../process/command.ts";

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

it("counts, answers and refuses as their clients expect", async () => {
  const server = await serve(temporaryDir());
  const tenant = await tenantOf(server, "acme", CLOCK);
  const events = eventsOf();
  await ingests(tenant, events);
  await queries(tenant, server.url, events);
  await lists(tenant, events);
  await refuses(tenant);
});
