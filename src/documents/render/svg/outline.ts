/**
 * Pure. Glyphs as SVG paths in font units, y upward: read from the face's own outlines ("glyf"), so
 * that they are those of the PDF. Each is made once for as long as its face lives.
 */
import { type Face, outlineOf } from "../pdf/truetype.ts";

const known = new WeakMap<DataView, Map<number, string>>();

/** The path of a glyph of the face's file; empty for a blank one. */
export function outlinePath(face: Face, glyph: number): string {
  const paths = known.get(face.view) ?? new Map<number, string>();
  known.set(face.view, paths);
  let path = paths.get(glyph);
  if (path === undefined) {
    path = contoursOf(face, glyph, IDENTITY).map(contourPath).join("");
    paths.set(glyph, path);
  }
  return path;
}

type Point = { x: number; y: number; on: boolean };
/** As PDF and SVG write one: [a b c d e f]. */
type Matrix = readonly [number, number, number, number, number, number];

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];
/** Composites of composites; no font has more levels (OpenType, "maxp", maxComponentDepth). */
const MOST_LEVELS = 8;

function contoursOf(face: Face, glyph: number, matrix: Matrix, level = 0): Point[][] {
  const bytes = outlineOf(face, glyph);
  if (bytes.length < 10 || level > MOST_LEVELS) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getInt16(0);
  if (count < 0) return partsOf(face, view, matrix, level);
  return simpleContours(view, count).map((points) =>
    points.map(({ x, y, on }) => ({
      x: matrix[0] * x + matrix[2] * y + matrix[4],
      y: matrix[1] * x + matrix[3] * y + matrix[5],
      on,
    })),
  );
}

const ON_CURVE = 0x01;
const SHORT_X = 0x02;
const SHORT_Y = 0x04;
const REPEAT = 0x08;
const SAME_X = 0x10;
const SAME_Y = 0x20;

/** "glyf", Simple Glyph Description. */
function simpleContours(view: DataView, count: number): Point[][] {
  const ends = Array.from({ length: count }, (_, i) => view.getUint16(10 + 2 * i));
  const total = (ends.at(-1) ?? -1) + 1;
  let at = 10 + 2 * count;
  at += 2 + view.getUint16(at);
  const flags: number[] = [];
  while (flags.length < total) {
    const flag = view.getUint8(at++);
    flags.push(flag);
    if (flag & REPEAT) for (let left = view.getUint8(at++); left > 0; left--) flags.push(flag);
  }
  const read = (short: number, same: number) => {
    let value = 0;
    return flags.map((flag) => {
      if (flag & short) {
        const step = view.getUint8(at++);
        value += flag & same ? step : -step;
      } else if (!(flag & same)) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = read(SHORT_X, SAME_X);
  const ys = read(SHORT_Y, SAME_Y);
  const points = flags.map((flag, i) => ({
    x: xs[i] ?? 0,
    y: ys[i] ?? 0,
    on: (flag & ON_CURVE) !== 0,
  }));
  return ends.map((end, i) => points.slice(i === 0 ? 0 : (ends[i - 1] ?? 0) + 1, end + 1));
}

const ARGUMENTS_ARE_WORDS = 0x0001;
const ARGUMENTS_ARE_OFFSETS = 0x0002;
const HAS_SCALE = 0x0008;
const MORE_COMPONENTS = 0x0020;
const HAS_XY_SCALE = 0x0040;
const HAS_MATRIX = 0x0080;

/** "glyf", Composite Glyph Description; parts that are placed by points are placed at 0. */
function partsOf(face: Face, view: DataView, outer: Matrix, level: number): Point[][] {
  const contours: Point[][] = [];
  for (let at = 10; ; ) {
    const flags = view.getUint16(at);
    const glyph = view.getUint16(at + 2);
    const words = (flags & ARGUMENTS_ARE_WORDS) !== 0;
    const placed = (flags & ARGUMENTS_ARE_OFFSETS) !== 0;
    const x = words ? view.getInt16(at + 4) : view.getInt8(at + 4);
    const y = words ? view.getInt16(at + 6) : view.getInt8(at + 5);
    at += words ? 8 : 6;
    const fraction = () => {
      at += 2;
      return view.getInt16(at - 2) / 0x4000;
    };
    let own: Matrix = IDENTITY;
    if (flags & HAS_SCALE) {
      const scale = fraction();
      own = [scale, 0, 0, scale, 0, 0];
    } else if (flags & HAS_XY_SCALE) own = [fraction(), 0, 0, fraction(), 0, 0];
    else if (flags & HAS_MATRIX) own = [fraction(), fraction(), fraction(), fraction(), 0, 0];
    const moved: Matrix = [own[0], own[1], own[2], own[3], placed ? x : 0, placed ? y : 0];
    contours.push(...contoursOf(face, glyph, within(outer, moved), level + 1));
    if (!(flags & MORE_COMPONENTS)) return contours;
  }
}

function within(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = inner;
  return [
    outer[0] * a + outer[2] * b,
    outer[1] * a + outer[3] * b,
    outer[0] * c + outer[2] * d,
    outer[1] * c + outer[3] * d,
    outer[0] * e + outer[2] * f + outer[4],
    outer[1] * e + outer[3] * f + outer[5],
  ];
}

/** Points off the curve are control points; between two of them lies one on it. */
function contourPath(points: readonly Point[]): string {
  const count = points.length;
  if (count === 0) return "";
  const at = (i: number) => points[i % count] ?? NOWHERE;
  const firstOn = points.findIndex(({ on }) => on);
  const begin = firstOn < 0 ? middle(at(0), at(count - 1)) : at(firstOn);
  const first = Math.max(firstOn, 0);
  let path = `M${pair(begin)}`;
  // Without a point on the curve, all of them are control points.
  for (let i = firstOn < 0 ? 0 : 1; i < count; i++) {
    const point = at(first + i);
    if (point.on) {
      path += `L${pair(point)}`;
      continue;
    }
    const next = i + 1 === count ? begin : at(first + i + 1);
    const isEnd = i + 1 === count || next.on;
    path += `Q${pair(point)} ${pair(isEnd ? next : middle(point, next))}`;
    if (isEnd) i += 1;
  }
  return `${path}Z`;
}

const NOWHERE: Point = { x: 0, y: 0, on: true };

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, on: true };
}

function pair({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
