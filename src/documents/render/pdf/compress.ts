/** Pure. How each stream of a file is deflated. */
import { deflateSync } from "node:zlib";
import type { TemplateVersion } from "../../model/model.ts";
import { deflateAs } from "./deflate.ts";
import type { Kind } from "./deflate-lengths.ts";

// Half the time of the default level for three hundredths more bytes.
const FAST = 3;
const FASTEST = 1;
const SMALL = 9;
/** With more of them the codes of short files fit less well, and are no faster. */
const MOST_SHORT_PAGES = 8;

/** The bytes as a zlib stream, as FlateDecode reads it. */
export function compress(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: FAST });
}

/** The same, smaller and slower: for what is made once and written into many files. */
export function compressSmall(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: SMALL });
}

export type Deflate = (kind: Kind, bytes: Uint8Array) => Uint8Array;

/** How pages and objects are deflated in a file of a version and so many pages. */
export function deflateOf(version: TemplateVersion, pages: number): Deflate {
  if (version === 1) return (_, bytes) => compress(bytes);
  return pages > MOST_SHORT_PAGES ? deflateLong : deflateAs;
}

/** Many small objects of one shape are deflated faster, and a little larger. */
function deflateLong(kind: Kind, bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: kind === "page" ? FAST : FASTEST });
}
