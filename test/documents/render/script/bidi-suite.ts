/**
 * Unicode's own tests of UAX #9: BidiTest.txt gives classes of characters, BidiCharacterTest.txt
 * characters, each the levels and the order in which they are seen. A removed character's level
 * is x.
 */
import {
  type Base,
  paragraphLevels,
  visualOrder,
} from "../../../../src/documents/render/script/bidi.ts";

const OF_CLASS: Record<string, string> = {
  L: "a",
  R: "\u05d0",
  AL: "\u0627",
  EN: "1",
  ES: "+",
  ET: "#",
  AN: "\u0660",
  CS: ",",
  B: "\u2029",
  S: "\t",
  WS: " ",
  ON: "!",
  BN: "\u00ad",
  NSM: "\u0300",
  LRO: "\u202d",
  RLO: "\u202e",
  LRE: "\u202a",
  RLE: "\u202b",
  PDF: "\u202c",
  LRI: "\u2066",
  RLI: "\u2067",
  FSI: "\u2068",
  PDI: "\u2069",
};
const BLANK = /[\s\u00ad\u2066-\u2069\u202a-\u202e]/;

type Expected = { levels: string[]; order: string };

function holds(text: string, base: Base | "auto", expected: Expected, level?: number): boolean {
  const found = paragraphLevels(text, base);
  const characters = [...text];
  const at: number[] = [];
  for (let i = 0, unit = 0; i < characters.length; i++) {
    at.push(unit);
    unit += characters[i]?.length ?? 1;
  }
  const levels = at.map((unit) => found.levels[unit] ?? 0);
  const places = expected.levels.flatMap((one, i) => (one === "x" ? [] : [i]));
  const seen = visualOrder(
    Uint8Array.from(places.map((i) => levels[i] ?? 0)),
    found.base,
    [0, places.length],
    (i) => BLANK.test(characters[places[i] ?? 0] ?? ""),
  );
  return (
    (level === undefined || level === found.base) &&
    places.every((i) => `${levels[i]}` === expected.levels[i]) &&
    seen.map((i) => places[i]).join(" ") === expected.order
  );
}

const words = (text: string) => (text.trim() === "" ? [] : text.trim().split(/\s+/));

/** A line of BidiTest: levels; order; classes; for which bases. */
export function classesHold(line: string): boolean {
  const [levels = "", order = "", classes = "", bases = ""] = line.split(";");
  const text = words(classes)
    .map((name) => OF_CLASS[name] ?? "")
    .join("");
  const expected = { levels: words(levels), order: words(order).join(" ") };
  const asked = Number(bases);
  return (["auto", "ltr", "rtl"] as const).every(
    (base, bit) => (asked & (1 << bit)) === 0 || holds(text, base, expected),
  );
}

/** A line of BidiCharacterTest: code points; direction; the paragraph's level; levels; order. */
export function charactersHold(line: string): boolean {
  const [codes = "", direction = "", level = "", levels = "", order = ""] = line.split(";");
  const text = String.fromCodePoint(...words(codes).map((hex) => Number.parseInt(hex, 16)));
  const base = (["ltr", "rtl", "auto"] as const)[Number(direction)] ?? "auto";
  const expected = { levels: words(levels), order: words(order).join(" ") };
  return holds(text, base, expected, Number(level));
}

/** The lines of BidiTest.txt, each with the levels and the order that stand above it. */
export function linesOfBidiTest(file: string): string[] {
  let levels = "";
  let order = "";
  return file.split("\n").flatMap((line) => {
    if (line.startsWith("@Levels:")) levels = line.slice(8).trim();
    else if (line.startsWith("@Reorder:")) order = line.slice(9).trim();
    else if (line !== "" && !line.startsWith("#") && !line.startsWith("@")) {
      const [classes = "", bases = ""] = line.split(";");
      return [`${levels};${order};${classes.trim()};${Number.parseInt(bases, 16)}`];
    }
    return [];
  });
}

/** The lines of BidiCharacterTest.txt. */
export function linesOfCharacterTest(file: string): string[] {
  return file.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
