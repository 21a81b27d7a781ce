/** A body read from its bytes comes to what the same body comes to as JSON, or is left to that. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellToJson } from "../../../src/metering/aggregation/cell.ts";
import type { Counter } from "../../../src/metering/counter/terms.ts";
import { linesOf } from "../../../src/metering/event/body.ts";
import { BACK_MS } from "../../../src/metering/event/window.ts";
import type { Batch, Prepared } from "../../../src/metering/meter/batch.ts";
import { itemsOfBatch } from "../../../src/metering/record/batch-body.ts";
import { plainBatchOf } from "../../../src/metering/record/plain-batch.ts";
import { checkItems, type Recorder } from "../../../src/metering/record/record.ts";
import { utf8Text } from "../../../src/platform/http/http.ts";

const NOW = Date.UTC(2026, 10, 30, 9, 15);
const counters: Counter[] = [
  { metric: "who", aggregation: "unique", property: "u", dimensions: [] },
  { metric: "peak", aggregation: "max", property: null, dimensions: [] },
  { metric: "last", aggregation: "latest", property: null, dimensions: [] },
];
const PREPARED: Prepared = {
  version: 7,
  windows: [{ id: "w1", startMs: NOW - 3_600_000, endMs: NOW + 9e9, cutsMs: [NOW - 60_000] }],
  counters: new Map(counters.map((counter) => [counter.metric, counter])),
};
const RECORDER: Recorder = { tenantId: "ten_1", nowMs: NOW, userId: null, role: "owner" };
const encoder = new TextEncoder();

/** What the same body comes to as JSON; null where something of it is refused. */
async function asJson(
  recorder: Recorder,
  text: string,
): Promise<{ batch: Batch; ids: string[] } | null> {
  try {
    const items = itemsOfBatch("", text);
    const checked = await checkItems(recorder, items, (position) => `name:${position}`, PREPARED);
    return checked.batch.n === items.length ? checked : null;
  } catch {
    return null;
  }
}

const shown = ({ body, sums, ...rest }: Batch) => ({
  ...rest,
  lines: linesOf(body),
  sums: sums?.map(cellToJson),
});

/** Compares both ways; true where the bytes alone sufficed. */
async function compare(bytes: Uint8Array, recorder = RECORDER): Promise<boolean> {
  const plain = plainBatchOf(recorder, bytes, PREPARED, "name");
  if (!plain) return false;
  const json = await asJson(recorder, utf8Text(bytes));
  expect(json && shown(json.batch)).toEqual(shown(plain.batch));
  const answer = JSON.parse(new TextDecoder().decode(plain.answer(9_998, '{"r":[', "]}")));
  const results = json?.ids.map((id, i) => ({ status: 201, id, event_seq: 9_998 + i }));
  expect(answer).toEqual({ r: results });
  return true;
}

const text = fc.oneof(
  fc.constantFrom(
    "api_calls",
    "who",
    "peak",
    "last",
    "größe",
    'a"b',
    "a\\",
    " x",
    "seq_7",
    "seq_x",
  ),
  fc.constantFrom("", " ", "\u0007", "\u007f", "018f3c2e-7d1a-4c3b-9e5f-00a1b2c3d4e5"),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const time = fc.oneof(
  fc.integer({ min: NOW - 4_000_000, max: NOW + 400_000 }).map((ms) => new Date(ms).toISOString()),
  fc.constantFrom("2026-11-30T09:10:00Z", "2026-11-30T10:10:00+01:00", "2026-11-31T09:10:00Z"),
  fc.constantFrom("2026-11-30T09:10:60Z", "2026-11-30t09:10:00z", "2026-11-30T09:10:00.25Z", ""),
  fc.constant(new Date(NOW - BACK_MS - 1).toISOString()),
);
const quantity = fc.oneof(
  fc.constantFrom(
    "1",
    "0",
    "01",
    "-1",
    "-0",
    "1.5",
    "1.",
    "0.000001",
    "1.0000001",
    "999999999.999999",
  ),
  fc.constantFrom("1e3", '"2.5"', "1000000000", "9007199254740993", "1.50 ", "null", "true", ".5"),
  fc.nat().map(String),
);
const json = (value: fc.Arbitrary<unknown>) => value.map((made) => JSON.stringify(made));
const field = fc.oneof(
  fc.tuple(fc.constant("id"), json(text)),
  fc.tuple(fc.constant("user_id"), json(fc.option(text))),
  fc.tuple(fc.constant("timestamp"), json(time)),
  fc.tuple(fc.constant("metadata"), json(fc.option(fc.dictionary(text, text, { maxKeys: 2 })))),
  fc.tuple(fc.constant("source"), json(fc.constantFrom("api", "gateway", "boxcostpro"))),
  fc.tuple(fc.constantFrom("cap", "tenant", "quantity", "__proto__"), fc.constantFrom("true", "1")),
);
const space = fc.constantFrom("", "", " ", "\n\t");
/** Mostly right, so that whole bodies are. */
const item = fc
  .record({
    fields: fc.oneof(
      { weight: 4, arbitrary: fc.uniqueArray(field, { maxLength: 3, selector: ([name]) => name }) },
      { weight: 1, arbitrary: fc.array(field, { maxLength: 3 }) },
    ),
    metric: fc.oneof({ weight: 9, arbitrary: fc.constant("api_calls") }, text),
    quantity: fc.oneof({ weight: 9, arbitrary: fc.constant("1") }, quantity),
    space,
  })
  .map(({ fields, metric, quantity: amount, space: gap }) => {
    const all = [["metric_name", JSON.stringify(metric)], ["quantity", amount], ...fields];
    const members = all.map(([name, value]) => `"${name}"${gap}:${value}`);
    return `{${gap}${members.join(`,${gap}`)}${gap}}`;
  });
const body = fc
  .tuple(
    fc.array(item, { minLength: 2, maxLength: 4 }),
    space,
    fc.constantFrom("", "", "", ",", "]", "x"),
  )
  .map(([items, gap, end]) => `${gap}[${items.join(`${gap},`)}${end}]${gap}`);

describe("a body", () => {
  it("is read the same where its events look alike, and where one suddenly does not", async () => {
    const like = (i: number) => `{"id":"e${i}","metric_name":"api_calls","quantity":${i}}`;
    const others = [
      '{"id": "o1" , "metric_name":"api_calls","quantity":1}',
      '{"metric_name":"api_calls","quantity":2,"id":"o2"}',
      '{"id":"o3","quantity":3,"metric_name":"api_calls","user_id":"u"}',
    ];
    const events = others.flatMap((other, i) => [like(2 * i), other, like(2 * i + 1)]);
    expect(await compare(encoder.encode(`[${events.join(",")}]`))).toBe(true);
    const twice = '{"id":"x","id":"y","metric_name":"api_calls","quantity":1}';
    const bytes = encoder.encode(`[${like(1)},${twice},${like(2)}]`);
    expect(plainBatchOf(RECORDER, bytes, PREPARED, "name")?.batch.n).toBe(3);
    await compare(bytes);
  });

  it("comes to the same events, keys, sums and answer from its bytes as from JSON", async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(body, async (made) => {
        if (await compare(encoder.encode(made))) plain++;
      }),
      { numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(150);
  });

  it("of a key that records for its user alone names nobody else", async () => {
    const own: Recorder = { ...RECORDER, role: "member", userId: "ann" };
    const of = (user: string) =>
      encoder.encode(`[${PLAIN},{"user_id":"${user}",${PLAIN.slice(1)}]`);
    expect(await compare(of("ann"), own)).toBe(true);
    expect(await compare(of("bob"), own)).toBe(false);
    expect(await compare(of("bob"))).toBe(true);
  });

  it("is left to JSON where it is cut anywhere, or has another byte", async () => {
    const whole = encoder.encode(`[${PLAIN}, ${PLAIN}]`);
    expect(await compare(whole)).toBe(true);
    for (let end = 0; end < whole.length; end++) {
      expect(await compare(whole.slice(0, end))).toBe(false);
    }
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 34, 44, 92, 93, 125, 195, 255]) await compare(whole.with(at, byte));
    }
  });

  it("of no or one event, or of more than there may be, is left to JSON", async () => {
    for (const n of [0, 1, 5_001]) {
      expect(await compare(encoder.encode(`[${Array(n).fill(PLAIN).join()}]`))).toBe(false);
    }
    expect(await compare(encoder.encode(`[${Array(5_000).fill(PLAIN).join()}]`))).toBe(true);
  });
});

const PLAIN = '{"metric_name":"m","quantity":1}';
