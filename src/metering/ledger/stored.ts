/**
 * Objects in R2 that hold events. Their keys, or their rows, have a digest of what was written: an
 * object that is gone, cut off, changed or another one's is told by its name, and nothing is read
 * from it.
 */
import { Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import { logError } from "../../platform/runtime/log.ts";

/** Digits of a digest that a key has. */
export const KEY_DIGITS = 16;
/** Objects of segments by their keys: `segments/<tenant>/<digest>/<low>-<high>`. */
const KEY_DIGEST = /^segments\/[^/]+\/([0-9a-f]{16})\/\d+-\d+$/;
/** ETags of objects that this isolate read whole; a part of one of these is read by itself. */
const MOST_KNOWN = 2_000;
const known = new Map<string, string>();

/** What is said of an object that is not as it was written; the operator's log has it, too. */
export function damaged(objectKey: string, how: string): Problem {
  logError({ at: "usage.damaged", key: objectKey, how });
  return new Problem(
    "usage.damaged",
    `the file ${objectKey} ${how}, so nothing is answered from it: the operator puts it back ` +
      "from a copy of the bucket; totals by whole quarter-hours are still answered",
    { members: { file: objectKey } },
  );
}

/** The key of the damaged object that is why a reading fails; null where none is. */
export async function damagedIn(reading: Promise<unknown>): Promise<string | null> {
  try {
    await reading;
    return null;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "usage.damaged") throw error;
    return String(error.extra.members?.file);
  }
}

/** The key of an object of segments, from what it holds. */
export async function segmentsKey(
  tenant: string,
  whole: Uint8Array<ArrayBuffer>,
  { low, high }: { low: number | undefined; high: number | undefined },
): Promise<string> {
  const digest = (await sha256Hex(whole)).slice(0, KEY_DIGITS);
  return `segments/${tenant}/${digest}/${low}-${high}`;
}

/**
 * The bytes of an object of segments from one place to another. It is compared with its key when
 * this isolate reads it first, and again once it has another ETag. Errors: 409 that names it.
 */
export async function readSegmentBytes(
  files: R2Bucket,
  key: string,
  { offset, end }: { offset: number; end: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const etag = known.get(key);
  if (etag !== undefined) {
    const range = { offset, length: end - offset };
    const part = await files.get(key, { range, onlyIf: { etagMatches: etag } });
    if (part !== null && "body" in part) return new Uint8Array(await part.arrayBuffer());
  }
  known.delete(key);
  const object = await files.get(key);
  if (!object) throw damaged(key, "is missing");
  const bytes = new Uint8Array(await object.arrayBuffer());
  // What earlier versions restored has another digest in its key; it stays for some weeks.
  const [, digest] = KEY_DIGEST.exec(key) ?? [];
  const isWhole =
    digest === undefined
      ? bytes.length >= end
      : (await sha256Hex(bytes)).slice(0, KEY_DIGITS) === digest;
  if (!isWhole) throw damaged(key, "was changed");
  evictOldest(known, MOST_KNOWN);
  known.set(key, object.etag);
  return bytes.slice(offset, end);
}
