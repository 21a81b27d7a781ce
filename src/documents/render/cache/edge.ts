/** PDFs that are asked for again and again: kept in this isolate and in the edge's cache. */
import { evictOldest } from "../../../core/recent.ts";
import { SECOND_MS } from "../../../core/time.ts";
import type { Env } from "../../../platform/runtime/env.ts";
import { bucketOf } from "../../../platform/runtime/jurisdiction.ts";
import { type Issued, pdfPath } from "./rendered.ts";

// The content of an address never changes; the edge may drop it sooner.
const EDGE_HEADERS = {
  "Content-Type": "application/pdf",
  "Cache-Control": "public, max-age=604800, immutable",
};

/** Runs on after the answer; a failure is dropped, for the file is put again another time. */
type Later = (promise: Promise<unknown>) => void;

/**
 * A PDF that was rendered before: from this isolate, else from the edge's cache, else from R2. Null
 * where it was lost. What came from R2 is put at the edge, and what is asked for twice in a short
 * while is kept in the isolate; all else is streamed as it comes.
 */
export async function storedPdf(
  env: Env,
  { id, issuer }: Issued,
  key: string,
  realMs: number,
  later: Later,
): Promise<Uint8Array | ReadableStream | null> {
  const path = pdfPath(id, key);
  const known = hot.get(path);
  if (known) return known;
  const again = wasAskedLately(path);
  const address = `https://files.invalid/${path}`;
  const near = await caches.default.match(address);
  const found = near ?? (await bucketOf(env, issuer).get(path));
  if (!found?.body) return null;
  const toPut = !near && shouldPutNow(path, realMs);
  if (!toPut && !again) return found.body as ReadableStream;
  const bytes = new Uint8Array(await found.arrayBuffer());
  if (toPut) later(caches.default.put(address, new Response(bytes, { headers: EDGE_HEADERS })));
  if (again) keepHot(path, bytes);
  return bytes;
}

/** When this isolate last put a file at the edge. */
const puts = new Map<string, number>();
const MOST_PUTS = 1_000;
/** For this long a file that was put is taken to be at the edge, or on its way there. */
const PUT_MS = 60 * SECOND_MS;

/** True where the caller is to put a file at the edge: nobody did a short while ago. */
function shouldPutNow(path: string, realMs: number): boolean {
  if ((puts.get(path) ?? 0) + PUT_MS > realMs) return false;
  puts.delete(path);
  evictOldest(puts, MOST_PUTS);
  puts.set(path, realMs);
  return true;
}

/** The files that were streamed last. */
const recentlyStreamed = new Set<string>();
const MAX_RECENT = 32;

function wasAskedLately(path: string): boolean {
  if (recentlyStreamed.has(path)) return true;
  evictOldest(recentlyStreamed, MAX_RECENT);
  recentlyStreamed.add(path);
  return false;
}

/** Files that were handed out last: a viewer asks for the same one again and again, in parts. */
const hot = new Map<string, Uint8Array>();
const HOT_BYTES = 4_000_000;
let hotBytes = 0;

function keepHot(path: string, bytes: Uint8Array): void {
  if (hot.has(path) || bytes.length > HOT_BYTES) return;
  for (const [oldest, { length }] of hot) {
    if (hotBytes + bytes.length <= HOT_BYTES) break;
    hot.delete(oldest);
    hotBytes -= length;
  }
  hot.set(path, bytes);
  hotBytes += bytes.length;
}
