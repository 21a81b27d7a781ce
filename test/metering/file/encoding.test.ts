/** Files in other encodings are read as UTF-8, and nothing in them is replaced. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Encoding,
  escaped,
  formOf,
  notText,
  Utf8Of,
} from "../../../src/metering/file/encoding.ts";

const LINE = "metric_name,quantity\n";

function utf16(text: string, encoding: "utf-16le" | "utf-16be", mark = ""): Buffer {
  const bytes = Buffer.from(mark + text, "utf16le");
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}

/** What pieces of so many bytes come to. */
function utf8Of(bytes: Buffer, encoding: Encoding, piece: number): Buffer {
  const reader = new Utf8Of(encoding);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    pieces.push(reader.of(bytes.subarray(at, at + piece)));
  }
  return Buffer.concat([...pieces, reader.end()]);
}

describe("the encoding of a file", () => {
  it.each<[string, Buffer, string]>([
    ["UTF-8", Buffer.from(LINE), "utf-8"],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${LINE}`), "utf-8"],
    ["UTF-16 with a mark", utf16(LINE, "utf-16le", "\ufeff"), "utf-16le"],
    ["UTF-16 with its bytes swapped", utf16(LINE, "utf-16be", "\ufeff"), "utf-16be"],
    ["UTF-16 without a mark", utf16(LINE, "utf-16le"), "utf-16le"],
    ["swapped UTF-16 without a mark", utf16(LINE, "utf-16be"), "utf-16be"],
    ["UTF-8 with what a crash left", Buffer.from(`${LINE}\0\0a\n`), "utf-8"],
  ])("is told: %s", (_, head, encoding) => {
    expect(formOf(head, undefined).encoding).toBe(encoding);
  });

  it.each([
    ["windows-1252", "windows-1252"],
    ["Latin1", "windows-1252"],
    ["ISO-8859-1", "windows-1252"],
    ["UTF8", "utf-8"],
  ])("is named: %s", (named, encoding) => {
    expect(formOf(Buffer.from(LINE), named).encoding).toBe(encoding);
  });

  it.each([
    [[0x1f, 0x8b, 8], undefined, "gunzip"],
    [[0x50, 0x4b, 3, 4], undefined, "save it as CSV"],
    [[0xff, 0xfe, 0, 0], undefined, "UTF-32"],
    [[1, 0, 0, 0, 0, 5], undefined, "no text"],
    [[0xff, 0xfe, 97, 0], "windows-1252", "byte order mark says utf-16le"],
    [[97], "ebcdic", "--encoding is one of utf-8"],
  ])("is refused where it is none: %j named %j", (head, named, why) => {
    expect(() => formOf(Buffer.from(head), named)).toThrow(why);
  });

  it("is one whose lines end with CR alone where there is no LF", () => {
    const endOf = (text: string) => formOf(Buffer.from(text), undefined).lineEnd;
    expect(endOf("a,b\r1,2\r")).toBe(13);
    expect(endOf("a,b\r\n1,2\r\n")).toBe(10);
    expect(endOf("a,b\r")).toBe(10); // the line feed may still come
    expect(formOf(utf16("a,b\r1,2\r", "utf-16le", "\ufeff"), undefined).lineEnd).toBe(13);
  });
});

describe("text in another encoding", () => {
  it("is the same in UTF-8, wherever its pieces end", () => {
    const encoding = fc.constantFrom("utf-16le" as const, "utf-16be" as const);
    const text = fc.string({ unit: "grapheme" });
    const piece = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(text, encoding, piece, (written, by, size) => {
        expect(utf8Of(utf16(written, by), by, size).toString("utf8")).toBe(written);
      }),
    );
  });

  it("is read as Windows-1252 with its quotes and its euro", () => {
    const bytes = Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72, 0x80, 0x93, 0x9f]);
    expect(utf8Of(bytes, "windows-1252", 2).toString("utf8")).toBe("Müller€“Ÿ");
  });

  it.each<[string, Buffer, Encoding]>([
    ["a letter that Windows-1252 has not", Buffer.from([0x61, 0x81]), "windows-1252"],
    ["half a pair", Buffer.from([0x61, 0, 0, 0xd8, 0x62, 0]), "utf-16le"],
    ["half a pair at the end", Buffer.from([0x61, 0, 0, 0xd8]), "utf-16le"],
    ["half a letter at the end", Buffer.from([0x61, 0, 0x62]), "utf-16le"],
  ])("has no UTF-8 where it holds %s", (_, bytes, encoding) => {
    const text = utf8Of(bytes, encoding, 2);
    expect([...text.subarray(0, 2)]).toEqual([0x61, 0xff]);
    expect(notText(text, encoding)).toContain(encoding);
  });
});

it("a line that is no UTF-8 says which byte, and which option may take it", () => {
  const line = Buffer.from("Zoë 5,M\xfcller", "latin1");
  const mixed = Buffer.concat([Buffer.from("Zoë 5,M"), Buffer.from([0xfc]), Buffer.from("ller")]);
  expect(notText(mixed, "utf-8")).toMatch(/byte 0xfc at 9; say --encoding windows-1252/);
  expect(escaped(line)).toBe("Zo\\xeb 5,M\\xfcller");
});
