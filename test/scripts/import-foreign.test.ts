/** Other products' exports become the events that their clients would have sent here. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Owner, Placing } from "../../scripts/lib/import/foreign/placing.ts";
import { ForeignReader, type ForeignReading } from "../../scripts/lib/import/foreign/reader.ts";
import { type ForeignName, foundIn } from "../../scripts/lib/import/foreign/registry.ts";
import { firstItem, ListScanner } from "../../scripts/lib/import/list-scanner.ts";
import type { UsageRule } from "../../src/metering/intake/rule.ts";

const AT = "2026-11-20T10:00:00Z";
const SECONDS = Date.parse(AT) / 1_000;

function rule(given: Partial<UsageRule> & Pick<UsageRule, "eventType" | "metric">): UsageRule {
  return {
    id: "rule_1",
    tenant: "*",
    name: "",
    description: "",
    unit: "",
    aggregation: "sum",
    property: null,
    valuePath: null,
    userPath: null,
    groups: {},
    active: true,
    byOperator: true,
    createdMs: 0,
    updatedMs: 0,
    ...given,
  };
}

const TOKENS = rule({
  eventType: "prompt",
  metric: "tokens",
  valuePath: "$.tokens",
  groups: { model: "$.model" },
});
const CALLS = rule({
  eventType: "api_call",
  metric: "api_call",
  valuePath: "/value",
  userPath: "/stripe_customer_id",
});

type Given = ForeignReading & {
  rules?: UsageRule[];
  owners?: Record<string, Owner>;
  named?: ForeignName;
};

/** What a file is found to be, and the events or the fault of each of its records. */
function readAll(file: string, { rules = [], owners = {}, named, ...options }: Given = {}) {
  const found = foundIn(file, options, named);
  if (found === null) return null;
  const placing = new Placing(rules, new Map(Object.entries(owners)));
  const reader = new ForeignReader(found, { ...options, rules, placing });
  const records = reader.isList ? itemsIn(file) : file.split("\n");
  const read = records.flatMap((text, i): (string | Record<string, unknown>)[] => {
    const line = { number: i + 1, text, fault: null, bytes: Buffer.from(text), end: 0 };
    const reading = reader.readLine({ ...line, whole: true });
    if ("fault" in reading) return [reading.fault];
    return reading.events.map((usage) => JSON.parse(usage.text) as Record<string, unknown>);
  });
  return { found, read, placing };
}

function itemsIn(text: string): string[] {
  const bytes = Buffer.from(text);
  const places = [...new ListScanner().next(bytes)];
  return places.map(({ start, after }) => bytes.toString("utf8", start, after));
}

const CLOUD_EVENT = {
  specversion: "1.0",
  id: "e1",
  source: "gateway",
  type: "prompt",
  time: AT,
  subject: "acme",
  data: { tokens: 12.5, model: "small" },
};

describe("OpenMeter's events", () => {
  const entry = { event: CLOUD_EVENT, ingestedAt: AT, storedAt: AT, customerId: "01J" };
  const item = {
    metric_name: "tokens",
    quantity: "12.5",
    id: "e1:tokens",
    source: "openmeter:gateway",
    timestamp: AT,
    user_id: "acme",
    metadata: { model: "small", tokens: 12.5 },
  };

  it.each([
    ["as they are listed", JSON.stringify([entry]), "list"],
    ["as they are listed by cursor", JSON.stringify({ items: [entry], nextCursor: "x" }), "list"],
    ["over several lines", JSON.stringify([entry], null, 2), "list"],
    ["a CloudEvent a line", `${JSON.stringify(CLOUD_EVENT)}\n`, "lines"],
    ["an entry a line", `${JSON.stringify(entry)}\n${JSON.stringify(entry)}`, "lines"],
  ])("are read %s", (_, file, container) => {
    const { found, read = [] } = readAll(file, { rules: [TOKENS] }) ?? {};
    expect(found).toEqual({ format: "openmeter", container });
    expect(read[0]).toEqual(item);
  });

  it("are their tenant's, where their subject is one, by that tenant's rules", () => {
    const own = rule({ eventType: "prompt", metric: "prompts", aggregation: "count" });
    const owners = { acme: { tenant: "ten_1", rules: [own] } };
    const file = JSON.stringify([entry, { event: { ...CLOUD_EVENT, subject: "zed", id: "e2" } }]);
    const { read, placing } = readAll(file, { rules: [TOKENS], owners }) ?? {};
    expect(read).toEqual([
      {
        tenant: "ten_1",
        metric_name: "prompts",
        quantity: "1",
        id: "e1:prompts",
        source: "openmeter:gateway",
        timestamp: AT,
        metadata: { model: "small", tokens: 12.5 },
      },
      { ...item, id: "e2:tokens", user_id: "zed" },
    ]);
    const needed = placing?.takeNeeded().map(({ tenant, rule: { metric } }) => [tenant, metric]);
    expect(needed).toEqual([
      ["ten_1", "prompts"],
      [null, "tokens"],
    ]);
    expect(placing?.takeNeeded()).toEqual([]);
  });

  it("count as 1 of their type without a rule, and say what a rule does not find", () => {
    const file = JSON.stringify(CLOUD_EVENT);
    expect(readAll(file)?.read).toMatchObject([{ metric_name: "prompt", quantity: "1", id: "e1" }]);
    const lacking = JSON.stringify({ ...CLOUD_EVENT, data: {} });
    expect(readAll(lacking, { rules: [TOKENS] })?.read).toEqual([
      expect.stringMatching(/^\/data\/tokens is missing/),
    ]);
    const timeless = JSON.stringify({ ...CLOUD_EVENT, time: undefined });
    expect(readAll(timeless)?.read).toEqual(["/time is missing"]);
  });

  it("keep every digit of a quantity that a double does not", () => {
    const file = JSON.stringify(CLOUD_EVENT).replace("12.5", "9007199254740.993001");
    expect(readAll(file, { rules: [TOKENS] })?.read).toMatchObject([
      { quantity: "9007199254740.993001" },
    ]);
  });

  it.each([
    "window_start,window_end,subject,value\n2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,a,1.0",
    `{"data":[{"value":1,"windowStart":"${AT}","windowEnd":"${AT}","subject":null,"groupBy":{}}]}`,
  ])("are not what a meter query answers, which is told: %#", (file) => {
    expect(() => foundIn(file, {})).toThrow(/totals.*GET \/api\/v1\/events.*--map/);
  });
});

describe("Stripe's meter events", () => {
  const sent = {
    event_name: "api_call",
    identifier: "id-1",
    timestamp: SECONDS,
    payload: { value: "3", stripe_customer_id: "cus_1" },
  };
  const item = {
    metric_name: "api_call",
    quantity: "3",
    id: "id-1:api_call",
    source: "stripe",
    timestamp: AT,
    user_id: "cus_1",
    metadata: { value: "3", stripe_customer_id: "cus_1" },
  };
  const v2 = { ...sent, object: "v2.billing.meter_event", timestamp: "2026-11-20T10:00:00.000Z" };
  const csv = (header: string, row: string) => `${header}\n${row}`;

  it.each([
    ["a list of version 1", JSON.stringify({ object: "list", data: [sent], has_more: false })],
    ["a list of version 2", JSON.stringify({ data: [v2], next_page_url: null })],
    ["as they were sent", JSON.stringify({ events: [sent] })],
    ["an event a line", JSON.stringify({ object: "billing.meter_event", ...sent })],
    [
      "CSV with its payload as JSON",
      csv(
        "Event_Name,identifier,timestamp,payload",
        'api_call,id-1,2026-11-20 10:00:00,"{""value"":""3"",""stripe_customer_id"":""cus_1""}"',
      ),
    ],
    [
      "CSV with its payload in columns",
      csv(
        "event_name;identifier;timestamp;payload_value;payload[stripe_customer_id]",
        `api_call;id-1;${SECONDS};3;cus_1`,
      ),
    ],
    [
      "CSV with its own columns",
      csv("event_name,identifier,timestamp,value,customer_id", `api_call,id-1,${AT},3,cus_1`),
    ],
  ])("are read from %s", (_, file) => {
    const { found, read } = readAll(file, { rules: [CALLS] }) ?? {};
    expect(found?.format).toBe("stripe");
    expect(read).toEqual([item]);
  });

  it("have an id of their own content without an identifier, and need a meter", () => {
    const { identifier: _, ...nameless } = sent;
    const file = [nameless, nameless, sent].map((event) => JSON.stringify(event)).join("\n");
    const [first, second] = (readAll(file, { rules: [CALLS] })?.read ?? []) as { id: string }[];
    expect(first?.id).toMatch(/^[0-9a-f]{24}-1:api_call$/);
    expect(second?.id).toBe(first?.id.replace("-1:", "-2:"));
    expect(readAll(file)?.read.at(-1)).toContain("no meter counts api_call");
  });

  it("are their tenant's by the payload's key that the meter names", () => {
    const meter = { ...CALLS, userPath: "/account" };
    const owners = { acme: { tenant: "ten_1", rules: [meter] } };
    const file = JSON.stringify({ ...sent, payload: { value: "3", account: "acme" } });
    expect(readAll(file, { rules: [meter], owners })?.read).toMatchObject([{ tenant: "ten_1" }]);
  });

  it("as summaries are one event a window, once it is said of what and of whom", () => {
    const summary = {
      id: "mtrusg_1",
      object: "billing.meter_event_summary",
      aggregated_value: 7.5,
      start_time: SECONDS,
      end_time: SECONDS + 3_600,
      livemode: true,
      meter: "mtr_1",
    };
    const file = JSON.stringify({ object: "list", data: [summary], has_more: false });
    expect(() => readAll(file)).toThrow("--metric NAME and --customer ID");
    const end = "2026-11-20T11:00:00Z";
    const options = { metric: "calls", customer: "acme" };
    expect(readAll(file, options)?.read).toEqual([
      {
        metric_name: "calls",
        quantity: "7.5",
        id: `summary:mtr_1:acme:${AT}/${end}`,
        source: "stripe",
        timestamp: AT,
        user_id: "acme",
        metadata: { meter: "mtr_1", window_end: end },
      },
    ]);
  });
});

describe("Lago's events", () => {
  const listed = {
    lago_id: "1a901a90-1a90-1a90-1a90-1a901a901a90",
    transaction_id: "tx-1",
    lago_customer_id: null,
    code: "storage",
    timestamp: "2026-11-20T10:00:00.250Z",
    properties: { gb: "1.25" },
    lago_subscription_id: null,
    external_subscription_id: "sub-1",
    created_at: AT,
  };
  const storage = rule({ eventType: "storage", metric: "storage", valuePath: "/gb" });
  const item = {
    metric_name: "storage",
    quantity: "1.25",
    id: "tx-1:storage",
    source: "lago:sub-1",
    timestamp: "2026-11-20T10:00:00.25Z",
    user_id: "sub-1",
    metadata: { gb: "1.25" },
  };
  const { transaction_id, code, properties, external_subscription_id } = listed;
  const sent = { transaction_id, code, properties, external_subscription_id };

  it.each([
    ["pages", `${JSON.stringify({ events: [listed], meta: { current_page: 1 } }, null, 1)}\n`],
    ["an event a line", JSON.stringify({ event: { ...sent, timestamp: `${SECONDS}.25` } })],
    [
      "CSV",
      "transaction_id,external_subscription_id,code,timestamp,properties\n" +
        `tx-1,sub-1,storage,${SECONDS}.25,"{""gb"":""1.25""}"`,
    ],
  ])("are read from %s", (_, file) => {
    const { found, read } = readAll(file, { rules: [storage] }) ?? {};
    expect(found?.format).toBe("lago");
    expect(read).toMatchObject([{ ...item, timestamp: expect.stringContaining("10:00:00.25") }]);
  });

  it("are one customer's alone where only that one is asked for", () => {
    const other = { ...sent, timestamp: SECONDS, external_subscription_id: "sub-2" };
    const file = [listed, other].map((event) => JSON.stringify(event)).join("\n");
    expect(readAll(file, { only: "sub-2" })?.read).toMatchObject([{ source: "lago:sub-2" }]);
  });

  it("say what is wrong with one", () => {
    const wrong = (change: object) =>
      readAll(JSON.stringify({ ...listed, ...change }), { rules: [storage] })?.read[0];
    expect(wrong({ timestamp: null })).toBe("/timestamp is missing");
    expect(wrong({ timestamp: "soon" })).toMatch(/^\/timestamp is an RFC 3339 time/);
    expect(wrong({ external_subscription_id: null })).toContain("external_customer_id is missing");
    expect(wrong({ properties: { gb: "-1" } })).toMatch(/^\/properties\/gb/);
    expect(wrong({ properties: { operation_type: "remove" } })).toContain("remove is not counted");
  });
});

describe("a file", () => {
  it("of none of these products is left to the other formats", () => {
    const others = [
      '{"metric_name":"m","quantity":1}',
      "metric_name,quantity,timestamp",
      "[]",
      "{",
      '192.0.2.7 - - [20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 2326',
    ];
    for (const file of others) expect(foundIn(file, {})).toBeNull();
  });

  it("that is not what was named says how it begins", () => {
    const file = '{"metric_name":"m","quantity":1}\n';
    expect(() => foundIn(file, {}, "lago")).toThrow(/no export of Lago's.*metric_name/);
    const events = JSON.stringify(CLOUD_EVENT);
    expect(() => foundIn(events, {}, "stripe")).toThrow("no export of Stripe's");
    expect(foundIn(events, {}, "openmeter")).toMatchObject({ container: "lines" });
  });
});

describe("lists in JSON", () => {
  const item = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
  const list = fc.array(item, { maxLength: 6 });
  const page = list.map((data) => ({ object: "list", data, meta: { a: [{}] } }));

  it("give their objects, in whatever pieces they come", () => {
    const documents = fc.array(fc.oneof(list, page), { minLength: 1, maxLength: 3 });
    const indent = fc.constantFrom(undefined, 1, "\t");
    fc.assert(
      fc.property(documents, indent, fc.integer({ min: 1, max: 40 }), (all, space, size) => {
        const text = all.map((one) => JSON.stringify(one, null, space)).join("\n");
        const wanted = all.flatMap((one) => (Array.isArray(one) ? one : one.data));
        const bytes = Buffer.from(text);
        const scanner = new ListScanner();
        const places = [];
        for (let at = 0; at < bytes.length; at += size) {
          places.push(...scanner.next(bytes.subarray(at, at + size)));
        }
        const found = places.map(({ start, after }) =>
          JSON.parse(bytes.toString("utf8", start, after)),
        );
        expect(JSON.stringify(found)).toBe(JSON.stringify(wanted));
        expect(scanner.isInside).toBe(false);
      }),
    );
  });

  it("give their first object, however they end", () => {
    expect(firstItem('[{"a":"]}"},{"b":')).toBe('{"a":"]}"}');
    expect(firstItem('{"data":[{"a":[{}]}]}')).toBe('{"a":[{}]}');
    expect(firstItem('[{"a":')).toBeNull();
  });
});
