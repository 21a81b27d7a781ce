/**
 * What version 0.1 made of six events, in the forms that it kept them in: the same events have the
 * same identity and digest now, and what it wrote is read as it was meant.
 */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { parseJsonExactly } from "../../../src/core/decimal.ts";
import type { Counter } from "../../../src/metering/counter/terms.ts";
import { bodyOfUsers, linesOf, tuplesOf } from "../../../src/metering/event/body.ts";
import { type Item, itemOf } from "../../../src/metering/event/item.ts";
import { keysOf } from "../../../src/metering/event/key.ts";
import { parseLine } from "../../../src/metering/event/line.ts";
import { bytesOfHex, unpackBody } from "../../../src/metering/ledger/segment.ts";
import { SeriesPacker, unpackSeries } from "../../../src/metering/ledger/series.ts";
import { crossed, crossing, UNPREPARED } from "../../../src/metering/meter/batch.ts";
import { meterOf } from "../../../src/metering/meter/meter.ts";
import { plainBatchOf } from "../../../src/metering/record/plain-batch.ts";
import { BatchBuilder } from "../../../src/metering/record/prepare.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant } from "../../support/api.ts";

const NOW = Date.UTC(2026, 10, 30, 9, 15);
const EVENTS = [
  '{"id":"018f3c2e-7d1a-4c3b-9e5f-00a1b2c3d4e5","metric_name":"api_calls",' +
    '"quantity":1,"user_id":"user-7"}',
  '{"id":"a","metric_name":"api_calls","quantity":1.5}',
  '{"id":"an \\"escaped\\" \\\\ id","metric_name":"api_calls",' +
    '"quantity":"0.000001","user_id":"\\u00e9"}',
  '{"id":"größe-🧾","metric_name":"größe","quantity":9223372036854.775807,"user_id":"jürgen"}',
  '{"id":"odd","metric_name":"m",' +
    '"quantity":0,"timestamp":"2026-11-30T09:14:59.250Z","source":"gateway"}',
  '{"id":"with metadata","metric_name":"m",' +
    '"quantity":3,"metadata":{"b":[1,{"z":1,"a":"ü"}],"a":null}}',
];
/** Four words of identity and one of digest each. */
const KEYS = [
  [2065131316, 2919681985, 3094900798, 498248808, 1764761121],
  [2588377684, 2098171868, 1848122559, 917317099, 578405576],
  [1334843599, 2805194570, 4148282769, 4132105213, 785811814],
  [2667376270, 3578456610, 1196642694, 210442959, 2564001452],
  [305503100, 3359019823, 1204559141, 3739600473, 1234066802],
  [299583464, 3748161276, 1736221033, 1590307425, 370698979],
];
const LINES = [
  '["018f3c2e-7d1a-4c3b-9e5f-00a1b2c3d4e5","api_calls",1000000,1796030100000,"user-7"]',
  '["a","api_calls",1500000,1796030100000]',
  '["an \\"escaped\\" \\\\ id","api_calls",1,1796030100000,"é"]',
  '["größe-🧾","größe","9223372036854775807",1796030100000,"jürgen"]',
  '["odd","m",0,1796030099250,0,0,"gateway",1796030100000]',
  '["with metadata","m",3000000,1796030100000,0,{"a":null,"b":[1,{"a":"ü","z":1}]}]',
];
const SEGMENT =
  "1f8b08000000000004036d504b6e833010ddf714e8ad07696ce318b80aa0ca608752018d80286aab9c25cbaa17" +
  "e82aea860bf50815a4dda0ccacdee87d6626038b78af2ae943e3840da34a9561e2f53e64b6a294957291d720d8" +
  "43f358d9b61d4182d72261921d2bbe41c271f44368503c64b01b81be2358797d90c38f953d789723c8f3a0711b" +
  "e93665fe5c13ea61fe9a2f3efcb97c7c83f0074148a454ca4856bb5847c6e8980db61ecff375a87dbf1abdb825" +
  "b103f13f8b93446aa6a551dbc99fecebc66159fdd44c4f41e727ebecb49cdb81d4ddbf30bdc322ed8f6d4b2891" +
  "66e236c07c05e10da93817e7e217d1d2c56688010000";
/** The first event had the sequence 7. */
const SERIES =
  "1f8b08000000000004033d8f4d4ec3400c85eff2d62fd2fc309d76ae128dd010a22a282d30693754394b97880b" +
  "b0aad8cc8538027226c5de58f667bfe70b0efd290fdd84d022bd0d8f5d1ac709c43e97ef72ed411c1089f3d4e7" +
  "8591a2f120ca17889772cbfbfe28c4d4bf23b49efa9e9148278456fbdd4659a595046b36de297aa722577d84b6" +
  "4e340dcd2a28cb5434b4b226ecd0e557e92eb714b5ab4735b133c65a6f94dd6cdd83f76eab3ca8682b1989e159" +
  "fc5791fb77cdeff5f347b0d548fa2784bb20211ccfe3483c2d569606ca0dc407829ee31ce73f326f091b410100" +
  "00";

const counters = new Map<string, Counter>([
  ["größe", { metric: "größe", aggregation: "latest", property: null, dimensions: [] }],
]);

/** The lines of a series as they were written, as far as it keeps them. */
const SERIES_LINES = LINES.map(parseLine).map(([id, metric, ...rest], i) => {
  const [micro, atMs, user = 0, metadata = 0] = rest;
  return { seq: 7 + i, tuple: [metric === "größe" ? id : "", metric, micro, atMs, user, metadata] };
});

describe("identity and digest", () => {
  it("are what they were, from JSON and from the bytes of a body", () => {
    const builder = new BatchBuilder(NOW, EVENTS.length, UNPREPARED);
    for (const event of EVENTS) {
      const item = itemOf(parseJsonExactly(event)) as Item;
      builder.add({ item, id: item.id ?? "", userId: item.userId });
    }
    const made = builder.build();
    expect(made.keys).toEqual(Uint32Array.from(KEYS.flat()));
    expect(linesOf(made.body)).toEqual(LINES);
    const recorder = { tenantId: "ten_1", nowMs: NOW, userId: null, role: "owner" } as const;
    const bytes = new TextEncoder().encode(`[${EVENTS.join(",")}]`);
    const plain = plainBatchOf(recorder, bytes, UNPREPARED, "name");
    expect(plain?.batch.keys).toEqual(Uint32Array.from(KEYS.flat()));
    expect(plain && linesOf(plain.batch.body)).toEqual(LINES);
    expect(keysOf(LINES.map(parseLine))).toEqual(Uint32Array.from(KEYS.flat()));
  });
});

describe("an object of version 0.1", () => {
  it("finds no body in a batch of frames, and text where it always was", () => {
    const builder = new BatchBuilder(NOW, 2, UNPREPARED);
    const item = itemOf({ metric_name: "m", quantity: 1 }) as Item;
    for (const id of ["a", "b"]) builder.add({ item, id, userId: null });
    const batch = builder.build();
    expect(crossing(batch)).not.toHaveProperty("body");
    expect(crossed(crossing(batch))).toEqual(batch);
    const text = { ...batch, body: LINES.join("\n") };
    expect(crossing(text)).toBe(text);
  });
});

describe("what version 0.1 wrote", () => {
  it("is read from segments, by user as well", () => {
    const body = unpackBody(bytesOfHex(SEGMENT));
    expect(linesOf(body)).toEqual(LINES);
    expect(tuplesOf(body)).toEqual(LINES.map(parseLine));
    expect(bodyOfUsers(body, ["jürgen"]).map(({ index }) => index)).toEqual([3]);
  });

  it("is read from series, as what is written now", () => {
    expect(unpackSeries(bytesOfHex(SERIES), null)).toEqual(SERIES_LINES);
    const some = unpackSeries(bytesOfHex(SERIES), ["é", ""]);
    expect(some.map(({ seq }) => seq)).toEqual([8, 9, 11, 12]);
    const packer = new SeriesPacker(LINES.length, counters);
    packer.add(7, LINES.join("\n"));
    const [block] = packer.blocks();
    expect(block && unpackSeries(block.body, null)).toEqual(SERIES_LINES);
  });

  it("in a log is known when it is sent again, and drained with what follows", async () => {
    const worker = env as unknown as Env;
    const { tenantId, key } = await makeTenant();
    const nowMs = Date.now();
    const event = (i: number) => ({
      id: `e ${i}`,
      metric_name: "größe",
      quantity: i,
      user_id: "é",
    });
    const line = (i: number) => JSON.stringify([`e ${i}`, "größe", i * 1_000_000, nowMs, "é"]);
    await meterOf(worker, tenantId).drain(tenantId);
    const stub = worker.METER.get(worker.METER.idFromName(tenantId)) as never;
    await runInDurableObject(stub, (_, { storage }) => {
      const lines = [1, 2].map(line);
      const keys = keysOf(lines.map(parseLine)).buffer;
      storage.sql.exec("INSERT INTO log_1 VALUES (2, 2, ?, ?)", keys, lines.join("\n"));
    });
    await runInDurableObject(stub, (_, ctx) => ctx.abort("starts again")).catch(() => undefined);
    const events = [1, 2, 3, 4].map(event);
    const first = await call(key, "POST", "/api/usage/events", events);
    expect(first.body).toMatchObject({ accepted: 2, duplicates: 2, refused: 0 });
    const again = await call(key, "POST", "/api/usage/events", events);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 4, refused: 0 });
    const path = "/api/usage/summary?metric_name=größe&user_id=é&start_date=2020-01-01T00:00:00Z";
    const { body } = await call(key, "GET", path);
    expect(body.metrics[0]).toMatchObject({ event_count: 4, total_quantity: 10 });
    const read = await call(key, "GET", "/api/usage/events?limit=10");
    expect(read.body.data.map(({ id }: { id: string }) => id)).toEqual([
      "e 4",
      "e 3",
      "e 2",
      "e 1",
    ]);
  });
});
