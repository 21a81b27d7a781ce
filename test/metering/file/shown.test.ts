/** A dry run shows a file's first lines as they would be recorded, and why others would not be. */
import { expect, it } from "vitest";
import type { Reading } from "../../../src/metering/file/format.ts";
import { Showing, shownBody, shownText } from "../../../src/metering/file/shown.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const EVENT = { metric_name: "m", quantity: "1.5", timestamp: "2026-11-28T10:00:00Z", id: "a" };

const read = (item: Record<string, unknown>): Reading => ({
  events: [{ text: JSON.stringify(item), item }],
});

function shownOf(readings: Reading[]) {
  const showing = new Showing();
  for (const [i, reading] of readings.entries()) showing.add(i + 1, reading, NOW);
  return showing.lines;
}

it("shows ten lines, and then three more that would be refused", () => {
  const header: Reading = { events: [] };
  const bad = read({ ...EVENT, quantity: -1 });
  const sound = Array.from({ length: 12 }, () => read(EVENT));
  const lines = shownOf([header, { fault: "no" }, ...sound, bad, read(EVENT), bad, bad, bad]);
  expect(lines.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 17, 18]);
  expect(lines.slice(0, 2).flatMap(shownText)).toEqual([
    "line 2 cannot be read: no",
    `line 3: ${JSON.stringify(EVENT)}`,
  ]);
  expect(shownBody(lines[1] as (typeof lines)[number])).toEqual({ line: 3, events: [EVENT] });
});

it.each([
  [{ timestamp: "28.11.2026 10:00" }, /^timestamp is an RFC 3339 .*, such as 20.*, not "28\.11/],
  [{ timestamp: "1796000000" }, /not "1796000000"$/],
  [{ timestamp: "2026-11-28T12:06:00Z" }, /^timestamp is more than 5 minutes ahead$/],
  [{ quantity: "\u0663" }, /^quantity is a JSON number or a decimal string.*, not "\u0663"$/],
  [{ quantity: undefined }, /not missing$/],
  [{ user_id: "a\nb" }, /^user_id .*without characters that cannot be printed, not "a\\nb"$/],
  [{ metric_name: "x".repeat(101) }, /^metric_name /],
  [{ colour: "red" }, /colour/],
])("says what an event has and what it needs: %j", (change, why) => {
  const [line] = shownOf([read({ ...EVENT, ...change })]);
  const [text = ""] = line ? shownText(line) : [];
  expect(text).toMatch(/^line 1 would be refused: /);
  expect(text.replace("line 1 would be refused: ", "")).toMatch(why);
});

it("shows nothing as recorded that the API refuses for one of its events", () => {
  const [good, bad] = [read(EVENT), read({ ...EVENT, quantity: "x" })];
  const both = { events: [good, bad].flatMap((one) => ("events" in one ? one.events : [])) };
  const [line] = shownOf([both]);
  expect(line && shownBody(line)).toMatchObject({
    events: [EVENT],
    refused: [expect.stringContaining('not "x"')],
  });
});
