import type { ShapedGlyph } from "../../../../src/documents/render/script/harfbuzz.ts";

/** Glyphs as hb-shape writes them: [id=cluster@x,y+advance|…]. */
export function glyphText(glyphs: readonly ShapedGlyph[]): string {
  const texts = glyphs.map(({ id, cluster, advance, offsetX, offsetY }) => {
    const moved = offsetX !== 0 || offsetY !== 0 ? `@${offsetX},${offsetY}` : "";
    return `${id}=${cluster}${moved}+${advance}`;
  });
  return `[${texts.join("|")}]`;
}
