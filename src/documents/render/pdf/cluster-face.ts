/**
 * Pure. A face whose letters are joined, stacked and moved by a shaper. What a shaper makes of the
 * characters that belong together is one glyph here, a composite of the face's own: so a PDF says
 * of it where its parts stand and which text it is, and a line is broken only between them.
 */
import type { Direction, ShapedGlyph, ShapingFont } from "../script/harfbuzz.ts";
import { type Cluster, type Face, FIRST_CLUSTER_GLYPH } from "./truetype.ts";

export type ClusterFace = Face & {
  clusters: Clusters;
};

export type Clusters = {
  shape(text: string, direction: Direction): number[];
  at(glyph: number): Cluster | undefined;
  /** All that a cluster is, as one text; empty for other glyphs. */
  keyAt(glyph: number): string;
};

/** A cluster that the shaper has made, and what tells it from others. */
type Made = { cluster: Cluster; key: string };

/** Labels, names and units come again in document after document. */
const MOST_KEPT = 2_000;
const MOST_KEPT_UNITS = 64;
const kept = new WeakMap<ShapingFont, Map<string, readonly Made[]>>();

function madeOf(font: ShapingFont, text: string, direction: Direction): readonly Made[] {
  const key = direction + text;
  const all = kept.get(font) ?? new Map<string, readonly Made[]>();
  const known = all.get(key);
  if (known) return known;
  const made = clustersOf(text, font.shape(text, direction), direction).map((cluster) => ({
    cluster,
    key: keyOf(cluster),
  }));
  if (text.length > MOST_KEPT_UNITS) return made;
  if (all.size >= MOST_KEPT) all.clear();
  all.set(key, made);
  kept.set(font, all);
  return made;
}

/** A face that shapes, for one document: it remembers what the document has drawn of it. */
export function clusterFace(face: Face, font: ShapingFont): ClusterFace {
  const known = new Map<string, number>();
  const clusters: Made[] = [];
  const at = (glyph: number) => clusters[glyph - FIRST_CLUSTER_GLYPH]?.cluster;
  const take = (made: Made) => {
    const { key } = made;
    let index = known.get(key);
    if (index === undefined) {
      index = clusters.push(made) - 1;
      known.set(key, index);
    }
    return FIRST_CLUSTER_GLYPH + index;
  };
  const perMille = (units: number) => Math.round((units * 1000) / face.unitsPerEm);
  return {
    ...face,
    advanceOf: (glyph) => {
      const cluster = at(glyph);
      return cluster ? perMille(cluster.advance) : face.advanceOf(glyph);
    },
    kerningOf: () => 0,
    clusters: {
      at,
      keyAt: (glyph) => clusters[glyph - FIRST_CLUSTER_GLYPH]?.key ?? "",
      shape: (text, direction) => madeOf(font, text, direction).map(take),
    },
  };
}

/** Glyphs in visual order as clusters in the order of the text. */
function clustersOf(text: string, glyphs: readonly ShapedGlyph[], direction: Direction): Cluster[] {
  const groups: ShapedGlyph[][] = [];
  for (const glyph of glyphs) {
    const last = groups.at(-1);
    if (last?.[0]?.cluster === glyph.cluster) last.push(glyph);
    else groups.push([glyph]);
  }
  if (direction === "rtl") groups.reverse();
  return groups.map((group, i) => {
    const start = group[0]?.cluster ?? 0;
    const end = groups[i + 1]?.[0]?.cluster ?? text.length;
    let pen = 0;
    const parts = group.map(({ id, advance, offsetX, offsetY }) => {
      const part = { glyph: id, x: pen + offsetX, y: offsetY };
      pen += advance;
      return part;
    });
    const own = visible(text.slice(start, end));
    return { text: direction === "rtl" ? turned(own) : own, advance: pen, parts };
  });
}

/** Joiners shape their neighbours; a reader of the text has no use for them at a cluster's ends. */
function visible(text: string): string {
  return text.replace(/^[\u200c\u200d]+(?=.)/u, "");
}

/** Readers of a PDF turn all that runs from right to left, what one glyph stands for as well. */
export function turned(text: string): string {
  return text.length === 1 ? text : [...text].reverse().join("");
}

function keyOf({ text, advance, parts }: Cluster): string {
  return `${text}|${advance}|${parts.map(({ glyph, x, y }) => `${glyph},${x},${y}`).join(";")}`;
}
