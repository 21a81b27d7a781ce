/**
 * Pure. Text of scripts whose letters join, stack or run from right to left, mixed with others:
 * levels (UAX #9), runs of one level and face, their clusters by the shaper. The places of a
 * shaped text stay in the order in which it is read; a line is put in the order in which it is seen
 * when it is drawn.
 */
import { type Base, levelsOf, mirrored, visualOrder } from "../script/bidi.ts";
import { MOST_UNITS } from "../script/harfbuzz.ts";
import { WIDE_TEXT } from "./asset-font.ts";
import { type ClusterFace, turned } from "./cluster-face.ts";
import {
  COMPLEX,
  type ComplexText,
  characterIn,
  isInvisible,
  type LazyFace,
  type SeenLine,
  type SeenRun,
  type Shaped,
  SPACE,
  type TextLine,
  type TextStyle,
  widthOf,
} from "./text.ts";
import { type Face, FIRST_CLUSTER_CODE, FIRST_CLUSTER_GLYPH } from "./truetype.ts";

const JOINER = /\u200c|\u200d|\ufe0e|\ufe0f|[\u{e0020}-\u{e007f}]/u;
const TONE = /[\u{1f3fb}-\u{1f3ff}]/u;
const PICTURE_GOES_ON = /^(?:\u200d|[\u20e3\ufe0f\u{1f3fb}-\u{1f3ff}])/u;
const MARK = /\p{M}/u;
const BLANK = /[\s\u2066-\u2069]/u;

/**
 * Shapes what plain text cannot, on pages that run one way. `regions` are the faces of East Asian
 * regions where a document has several: a text is set in the first that has all its ideographs.
 */
export function complexText(page: Base, regions: readonly Face[]): ComplexText {
  const several = regions.length > 1;
  return {
    needs: several ? new RegExp(`${COMPLEX.source}|${WIDE_TEXT.source}`, "u") : COMPLEX,
    shape: (text, style, chain) => {
      const faces = several ? inOneRegion(text, chain, regions) : chain;
      return shapeMixed(text, style, faces, page);
    },
  };
}

/** A chain with the region first that has all ideographs of a text, where one has. */
function inOneRegion(
  text: string,
  chain: readonly LazyFace[],
  regions: readonly Face[],
): readonly LazyFace[] {
  const wide = [...text].filter((character) => WIDE_TEXT.test(character));
  const whole = regions.find((face) =>
    wide.every((character) => face.glyphOf(character.codePointAt(0) ?? 0) !== 0),
  );
  const own = whole && chain.find((face) => face() === whole);
  return own && wide.length > 0 ? [chain[0] ?? own, own, ...chain.slice(1)] : chain;
}

type Run = { face: Face; level: number; from: number; to: number };

function shapeMixed(
  text: string,
  style: TextStyle,
  chain: readonly LazyFace[],
  page: Base,
): Shaped {
  const { levels, base } = levelsOf(text, page);
  const places: Places = {
    codes: [],
    glyphs: [],
    faces: [],
    kerns: [],
    levels: [],
    blanks: [],
    runs: [],
    texts: [],
  };
  for (const run of runsOf(text, levels, chain, style)) {
    if ("clusters" in run.face) addClusters(places, run, run.face as ClusterFace, text);
    else addLetters(places, run, text, style, chain);
  }
  return {
    style,
    codes: places.codes,
    glyphs: places.glyphs,
    face: places.faces[0] ?? characterIn(chain, SPACE, style).face,
    faces: places.faces,
    kerns: places.kerns.some((kern) => kern !== 0) ? places.kerns : null,
    seen: places.levels.some((level) => level !== 0) ? seenOnce(places, base) : null,
  };
}

/** A line is asked for when it is drawn and when its element is read: the last one is kept. */
function seenOnce(places: Places, base: number): (line: TextLine) => SeenLine {
  let last: { line: TextLine; seen: SeenLine } | undefined;
  return (line) => {
    if (last?.line !== line) last = { line, seen: seenLine(line, places, base) };
    return last.seen;
  };
}

type Places = {
  codes: number[];
  glyphs: number[];
  faces: Face[];
  kerns: number[];
  levels: number[];
  blanks: boolean[];
  /** Which run each place is of. */
  runs: number[];
  /** What each place is read as. */
  texts: string[];
};

/** Parts of a text with one level and one face; a mark or a joiner stays with what it follows. */
function runsOf(
  text: string,
  levels: Uint8Array,
  chain: readonly LazyFace[],
  style: TextStyle,
): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(i) ?? SPACE);
    const level = levels[i] ?? 0;
    const last = runs.at(-1);
    const to = i + character.length;
    const follows =
      last !== undefined &&
      last.to === i &&
      "clusters" in last.face &&
      belongs(character, last, text[i - 1] ?? "");
    if (follows) last.to = to;
    else if (!isInvisible(character.codePointAt(0) ?? 0)) {
      const face = faceOf(chain, drawnFor(character, level), style, text.slice(to, to + 2));
      const joins = last?.face === face && last.level === level && last.to === i;
      const full = last !== undefined && last.to - last.from >= MOST_UNITS - 64;
      if (joins && !full) last.to = to;
      else runs.push({ face, level, from: i, to });
    }
    i = to;
  }
  return runs;
}

/** A joiner belongs to what it follows, as do a mark, a tone of skin and what is joined. */
function belongs(character: string, run: Run, before: string): boolean {
  const joins = MARK.test(character) || TONE.test(character) || before === "\u200d";
  const code = character.codePointAt(0) ?? 0;
  return JOINER.test(character) || (joins && run.face.glyphOf(code) !== 0);
}

/** What is joined to a picture is set in its face, even where an earlier one has the character. */
function faceOf(chain: readonly LazyFace[], code: number, style: TextStyle, after: string): Face {
  const joined = after.charCodeAt(0) >= 0x200d && PICTURE_GOES_ON.test(after);
  const shapes = joined && chain.find((lazy) => "clusters" in lazy() && lazy().glyphOf(code) !== 0);
  return shapes ? shapes() : characterIn(chain, code, style).face;
}

function drawnFor(character: string, level: number): number {
  return (level % 2 === 1 ? mirrored(character) : character).codePointAt(0) ?? SPACE;
}

function addClusters(places: Places, run: Run, face: ClusterFace, text: string): void {
  const direction = run.level % 2 === 1 ? "rtl" : "ltr";
  const part = text.slice(run.from, run.to);
  for (const glyph of face.clusters.shape(part, direction)) {
    places.codes.push(glyph - FIRST_CLUSTER_GLYPH + FIRST_CLUSTER_CODE);
    places.glyphs.push(glyph);
    places.faces.push(face);
    places.kerns.push(0);
    places.levels.push(run.level);
    places.runs.push(run.from);
    const stored = face.clusters.at(glyph)?.text ?? "";
    places.texts.push(direction === "rtl" ? turned(stored) : stored);
    places.blanks.push(BLANK.test(stored));
  }
}

function addLetters(
  places: Places,
  run: Run,
  text: string,
  style: TextStyle,
  chain: readonly LazyFace[],
): void {
  let before = -1;
  for (const character of text.slice(run.from, run.to)) {
    const { glyph } = characterIn(chain, drawnFor(character, run.level), style);
    const kerned = before >= 0 && !style.tabular && run.level % 2 === 0;
    places.codes.push(character === "\t" ? SPACE : (character.codePointAt(0) ?? SPACE));
    places.glyphs.push(glyph);
    places.faces.push(run.face);
    places.kerns.push(kerned ? run.face.kerningOf(before, glyph) : 0);
    places.levels.push(run.level);
    places.runs.push(run.from);
    places.texts.push(character);
    places.blanks.push(BLANK.test(character));
    before = glyph;
  }
}

/** A line's runs as they are read, each with its places as they are seen. */
function seenLine(line: TextLine, places: Places, base: number): SeenLine {
  const { shaped, from, to } = line;
  const isBlank = (index: number) => places.blanks[index] ?? false;
  const seen = visualOrder(places.levels, base, [from, to], isBlank);
  const ranks = new Int32Array(to - from);
  seen.forEach((index, rank) => {
    ranks[index - from] = rank;
  });
  const lefts = new Float64Array(to - from);
  // A space behind the line's end hangs out of it, on the left where the line ends there.
  let pen = base % 2 === 1 ? -hanging(line) : 0;
  for (const index of seen) {
    const kern = index === from ? 0 : (shaped.kerns?.[index] ?? 0);
    lefts[index - from] = pen + kern;
    pen += kern + (places.faces[index]?.advanceOf(places.glyphs[index] ?? 0) ?? 0);
  }
  const runs: SeenRun[] = [];
  for (let start = from; start < to; ) {
    let end = start + 1;
    // A space at the line's end may be seen apart from the run that it is of (L1).
    const stepTo = (index: number) => (ranks[index - from] ?? 0) - (ranks[index - 1 - from] ?? 0);
    const step = end < to && stepTo(end) < 0 ? -1 : 1;
    while (end < to && places.runs[end] === places.runs[start] && stepTo(end) === step) end += 1;
    const leftward = step < 0 && end > start + 1;
    const order = Array.from({ length: end - start }, (_, i) =>
      leftward ? end - 1 - i : start + i,
    );
    runs.push({
      places: partOf(shaped, order, places),
      atPerMille: lefts[(order[0] ?? from) - from] ?? 0,
    });
    start = end;
  }
  return { text: places.texts.slice(from, to).join(""), runs };
}

/** How much wider a line's places are than the line, in thousandths of the em. */
function hanging({ shaped, from, to, widthPt }: TextLine): number {
  return Math.round(((widthOf(shaped, from, to) - widthPt) * 1000) / shaped.style.size);
}

function partOf(shaped: Shaped, order: readonly number[], places: Places): Shaped {
  const pick = <T>(list: readonly T[], none: T) => order.map((index) => list[index] ?? none);
  return {
    ...shaped,
    codes: pick(shaped.codes, SPACE),
    glyphs: pick(shaped.glyphs, 0),
    faces: pick(places.faces, shaped.face),
    kerns: shaped.kerns ? pick(shaped.kerns, 0) : null,
    seen: null,
  };
}
