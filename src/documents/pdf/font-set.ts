/** The faces a document is set in: Inter in three weights, Noto Sans behind it, parsed on demand. */
import interMedium from "./fonts/Inter-Medium.ttf";
import interRegular from "./fonts/Inter-Regular.ttf";
import interSemiBold from "./fonts/Inter-SemiBold.ttf";
import notoRegular from "./fonts/NotoSans-Regular.ttf";
import notoSemiBold from "./fonts/NotoSans-SemiBold.ttf";
import { type FontSet, lazyFace } from "./text.ts";

/** Changes whenever a font file does: part of every rendition's key. */
export const FONTS_VERSION = "inter-4.1-noto-2.015-1";

const noto = { regular: lazyFace(notoRegular), semibold: lazyFace(notoSemiBold) };

export const FONTS: FontSet = {
  regular: [lazyFace(interRegular), noto.regular],
  medium: [lazyFace(interMedium), noto.semibold],
  semibold: [lazyFace(interSemiBold), noto.semibold],
};
