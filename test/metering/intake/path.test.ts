/** Paths that rules name: the same place, however it is written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePath, pointerOf, valueAlong } from "../../../src/metering/intake/path.ts";

const quotedWith = (quote: string) => (part: string) =>
  `[${quote}${part.replace(/[\\'"]/g, "\\$&")}${quote}]`;
const PLAIN = /^[^.[\]'"*?@\s]+$/;
const WRITTEN = [
  (parts: string[]) => `$${parts.map(quotedWith("'")).join("")}`,
  (parts: string[]) => `$${parts.map(quotedWith('"')).join("")}`,
  (parts: string[]) =>
    `$${parts.map((part) => (PLAIN.test(part) ? `.${part}` : quotedWith("'")(part))).join("")}`,
  (parts: string[]) => pointerOf(parts),
];
const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const parts = fc.array(part, { minLength: 1, maxLength: 6 });

/** Data in which a way leads to a value. */
function dataWith(way: readonly string[], value: unknown): unknown {
  return way.reduceRight((inner: unknown, name) => ({ [name]: inner }), value);
}

describe("a path", () => {
  it("leads to the same place as JSONPath, in either quotes, and as a pointer", () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(...WRITTEN), fc.jsonValue(), (way, write, value) => {
        const text = write(way);
        fc.pre(text.length <= 200);
        const path = parsePath(text);
        expect(path).toEqual(way);
        expect(valueAlong(dataWith(way, value), path ?? [])).toEqual(value);
      }),
    );
  });

  it("counts positions, and is the data itself where it is $", () => {
    const data = { a: [{ b: 1 }, { b: 2 }], "0": "zero" };
    for (const [text, value] of [
      ["$.a[1].b", 2],
      ["$['a'][0][\"b\"]", 1],
      ["/a/1/b", 2],
      ["$[0]", "zero"],
      ["$", data],
      ["$.a[2].b", undefined],
      ["$.a.length", undefined],
      ["/a/01/b", undefined],
      ["$.toString", undefined],
      ["$.a[1].b.c", undefined],
    ] as const) {
      expect([text, valueAlong(data, parsePath(text) ?? ["?"])]).toEqual([text, value]);
    }
  });

  it("is none where it is no path, or leads to several places", () => {
    for (const text of [
      "",
      "a",
      "a.b",
      "$a",
      "$.",
      "$..a",
      "$.*",
      "$[*]",
      "$[-1]",
      "$[01]",
      "$[?(@.a)]",
      "$.a[",
      "$['a]",
      "$['']",
      "$.a b",
      "/a~2",
      "/a~",
      `$.${"a".repeat(199)}`,
      "/a".repeat(21),
    ]) {
      expect([text, parsePath(text)]).toEqual([text, null]);
    }
  });
});
