/** Lines and bodies for property tests. */
import * as fc from "fast-check";
import { type Event, encodeLine } from "../../../src/metering/event/line.ts";

const text = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }).filter((made) => {
  return !/[\p{Cc}\p{Cs}]/u.test(made);
});
/** A user's id, often one that looks like a part of a line. */
export const userId = fc.oneof(
  text,
  fc.constantFrom("a", 'a"b', "a\\", "[1,2", ",a", "user-1", "user-12"),
);
export const START = Date.UTC(2026, 10, 24);
export const SPAN = 3 * 3_600_000;

const plainEvent: fc.Arbitrary<Event> = fc.record({
  id: text,
  source: fc.constantFrom("api", "gateway"),
  metric: fc.constantFrom("api_calls", "bytes"),
  micro: fc.bigInt({ min: 0n, max: 2n ** 60n }),
  atMs: fc.integer({ min: START, max: START + SPAN }),
  receivedMs: fc.integer({ min: START, max: START + SPAN }),
  userId: fc.option(userId),
  metadata: fc.option(fc.record({ note: text })),
  voidsSeq: fc.constant(null),
  timeGiven: fc.boolean(),
  requestedMicro: fc.constant(null),
});
/** A body of plain events from START on, over SPAN milliseconds. */
export const body = fc
  .array(plainEvent, { maxLength: 40 })
  .map((events) => events.map(encodeLine).join("\n"));

const name = fc.oneof(
  fc.constantFrom("api_calls", "größe", 'a "quoted" name', "back\\slash", "\\", "},0,5]", "[1,2]"),
  fc.string({ minLength: 1, unit: "grapheme", maxLength: 20 }),
);
const json = fc.jsonValue({ maxDepth: 3 });

const anyEvent = fc.record<Event>({
  id: name,
  source: fc.oneof(fc.constant("api"), name),
  metric: name,
  micro: fc.oneof(
    fc.bigInt({ min: 0n, max: 10n ** 7n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
    fc.constantFrom(0n, 10n ** 15n - 1n, 10n ** 15n, 2n ** 53n - 1n, 2n ** 53n),
  ),
  atMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  receivedMs: fc.integer({ min: 1, max: 2_000_000_000_000 }),
  userId: fc.option(name),
  metadata: fc.option(fc.dictionary(name, json, { minKeys: 1, maxKeys: 4 })),
  voidsSeq: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat() },
  ),
  timeGiven: fc.boolean(),
  requestedMicro: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 60n }) },
  ),
});
/** Lines of every form that there can be. */
export const lines = fc.array(anyEvent.map(encodeLine), { maxLength: 12 });
