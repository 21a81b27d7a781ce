/**
 * Pure. The two OpenType features that figures and names need: pair kerning (GPOS `kern`) and one
 * for one substitution (GSUB). Table layouts: OpenType 1.9, chapters GPOS, GSUB and Common.
 */
/** The kerning of two glyphs in font units. */
export type Kerning = (left: number, right: number) => number;

const EXTENSION_GSUB = 7;
const EXTENSION_GPOS = 9;

type Subtable = { type: number; at: number };

/** Reads the pair kerning of a face from its GPOS table; without a table every pair has 0. */
export function readKerning(view: DataView, gpos: number | undefined): Kerning {
  if (gpos === undefined) return () => 0;
  const lookups = featureLookups(view, gpos, "kern", EXTENSION_GPOS).map((subtables) =>
    subtables.filter(({ type }) => type === 2).map(({ at }) => readPairs(view, at)),
  );
  // A glyph is found in few subtables, and is followed by many others.
  const rows = new Map<number, Row[][]>();
  const rowsOf = (left: number) => {
    const known = rows.get(left);
    if (known) return known;
    const found = lookups
      .map((subtables) => subtables.map((pairs) => pairs(left)).filter((row) => row !== null))
      .filter((own) => own.length > 0);
    rows.set(left, found);
    return found;
  };
  return (left, right) => {
    let sum = 0;
    for (const subtables of rowsOf(left)) {
      for (const row of subtables) {
        const value = row(right);
        if (value === null) continue;
        sum += value;
        break;
      }
    }
    return sum;
  };
}

/** The first glyph's advance change before a second one, null where nothing is said of both. */
type Row = (right: number) => number | null;

/** Glyphs and what a GSUB feature replaces each by; empty where the face has no such feature. */
export function readSubstitution(
  view: DataView,
  gsub: number | undefined,
  feature: string,
): Map<number, number> {
  const substitutes = new Map<number, number>();
  if (gsub === undefined) return substitutes;
  for (const { type, at } of featureLookups(view, gsub, feature, EXTENSION_GSUB).flat()) {
    if (type !== 1) continue;
    const glyphs = coveredGlyphs(view, at + view.getUint16(at + 2));
    const delta = view.getUint16(at) === 1;
    glyphs.forEach((glyph, i) => {
      const other = delta
        ? (glyph + view.getInt16(at + 4)) & 0xffff
        : view.getUint16(at + 6 + 2 * i);
      substitutes.set(glyph, other);
    });
  }
  return substitutes;
}

/** The subtables of each lookup that a feature names in any script, extensions resolved. */
function featureLookups(
  view: DataView,
  table: number,
  feature: string,
  extension: number,
): Subtable[][] {
  const features = table + view.getUint16(table + 6);
  const lookups = table + view.getUint16(table + 8);
  const wanted = new Set<number>();
  for (let i = 0; i < view.getUint16(features); i++) {
    const record = features + 2 + 6 * i;
    const tag = [0, 1, 2, 3].map((j) => String.fromCharCode(view.getUint8(record + j))).join("");
    if (tag !== feature) continue;
    const at = features + view.getUint16(record + 4);
    for (let j = 0; j < view.getUint16(at + 2); j++) wanted.add(view.getUint16(at + 4 + 2 * j));
  }
  return [...wanted]
    .sort((a, b) => a - b)
    .map((index) => {
      const lookup = lookups + view.getUint16(lookups + 2 + 2 * index);
      const type = view.getUint16(lookup);
      return Array.from({ length: view.getUint16(lookup + 4) }, (_, j) => {
        const at = lookup + view.getUint16(lookup + 6 + 2 * j);
        return type === extension
          ? { type: view.getUint16(at + 2), at: at + view.getUint32(at + 4) }
          : { type, at };
      });
    });
}

/** A PairPos subtable: what it says of a first glyph, null where nothing. */
function readPairs(view: DataView, at: number): (left: number) => Row | null {
  const coverage = at + view.getUint16(at + 2);
  const format1 = view.getUint16(at + 4);
  const size = 2 * (bits(format1) + bits(view.getUint16(at + 6)));
  const advance = 2 * bits(format1 & 0x0003);
  const hasAdvance = (format1 & 0x0004) !== 0;
  const valueAt = (record: number) => (hasAdvance ? view.getInt16(record + advance) : 0);
  if (view.getUint16(at) === 1) {
    return (left) => {
      const index = coverageIndex(view, coverage, left);
      if (index < 0) return null;
      const set = at + view.getUint16(at + 10 + 2 * index);
      return (right) => {
        const record = findPair(view, set, 2 + size, right);
        return record < 0 ? null : valueAt(record + 2);
      };
    };
  }
  const [class1, class2] = [at + view.getUint16(at + 8), at + view.getUint16(at + 10)];
  const count2 = view.getUint16(at + 14);
  const classes = new Map<number, number>();
  const class2Of = (right: number) => {
    const known = classes.get(right) ?? classOf(view, class2, right);
    classes.set(right, known);
    return known;
  };
  return (left) => {
    if (coverageIndex(view, coverage, left) < 0) return null;
    const row = at + 16 + size * count2 * classOf(view, class1, left);
    return (right) => valueAt(row + size * class2Of(right));
  };
}

function findPair(view: DataView, set: number, size: number, right: number): number {
  let low = 0;
  let high = view.getUint16(set) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const record = set + 2 + size * middle;
    const glyph = view.getUint16(record);
    if (glyph === right) return record;
    if (glyph < right) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function coverageIndex(view: DataView, at: number, glyph: number): number {
  const ranges = view.getUint16(at) === 2;
  const size = ranges ? 6 : 2;
  let low = 0;
  let high = view.getUint16(at + 2) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const record = at + 4 + size * middle;
    const first = view.getUint16(record);
    const last = ranges ? view.getUint16(record + 2) : first;
    if (glyph < first) high = middle - 1;
    else if (glyph > last) low = middle + 1;
    else return ranges ? view.getUint16(record + 4) + glyph - first : middle;
  }
  return -1;
}

function coveredGlyphs(view: DataView, at: number): number[] {
  const count = view.getUint16(at + 2);
  if (view.getUint16(at) === 1) {
    return Array.from({ length: count }, (_, i) => view.getUint16(at + 4 + 2 * i));
  }
  return Array.from({ length: count }, (_, i) => at + 4 + 6 * i).flatMap((record) => {
    const first = view.getUint16(record);
    return Array.from({ length: view.getUint16(record + 2) - first + 1 }, (_, i) => first + i);
  });
}

function classOf(view: DataView, at: number, glyph: number): number {
  if (view.getUint16(at) === 1) {
    const index = glyph - view.getUint16(at + 2);
    return index >= 0 && index < view.getUint16(at + 4) ? view.getUint16(at + 6 + 2 * index) : 0;
  }
  let low = 0;
  let high = view.getUint16(at + 2) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const record = at + 4 + 6 * middle;
    if (glyph < view.getUint16(record)) high = middle - 1;
    else if (glyph > view.getUint16(record + 2)) low = middle + 1;
    else return view.getUint16(record + 4);
  }
  return 0;
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest >>= 1) count += rest & 1;
  return count;
}
