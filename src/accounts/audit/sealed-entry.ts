/**
 * An entry of the audit log as it is exported and hashed: flat, of texts and one number, so that
 * whoever has the file alone can make its hash again. Pure but for the digest.
 */
import { canonicalJson } from "../../core/canonical-json.ts";
import { type Digest, type Link, linkHash } from "../../core/chain.ts";
import { timeText } from "../../core/time.ts";
import type { AuditLogRow } from "./audit.ts";

/** Its fields in the order of an export; all but `hash` are hashed. */
export const ENTRY_FIELDS = [
  "seq",
  "id",
  "tenant_id",
  "at",
  "action",
  "target",
  "key_id",
  "key_name",
  "user_id",
  "session_id",
  "address",
  "user_agent",
  "request_id",
  "caller_request_id",
  "detail",
  "before",
  "after",
  "hash",
] as const;

/** `detail`, `before` and `after` are JSON, as text. */
export type SealedEntry = { seq: number; id: string } & Record<
  Exclude<(typeof ENTRY_FIELDS)[number], "seq" | "id">,
  string | null
>;

/** A stored row as an entry. */
export function entryOf(row: AuditLogRow): SealedEntry {
  return {
    seq: row.seq ?? 0,
    id: row.id,
    tenant_id: row.tenant,
    at: timeText(row.atMs),
    action: row.action,
    target: row.target,
    key_id: row.keyId,
    key_name: row.keyName,
    user_id: row.userId,
    session_id: row.sessionId,
    address: row.address,
    user_agent: row.userAgent,
    request_id: row.requestId,
    caller_request_id: row.callerRequestId,
    detail: row.detail,
    before: row.before,
    after: row.after,
    hash: row.hash,
  };
}

/**
 * An entry as a link. What it says of the change is hashed by itself first (`content`), so that it
 * could be blotted out one day without breaking the chain.
 */
export async function linkOf(entry: SealedEntry, digest: Digest): Promise<Link> {
  const { hash, detail, before, after, ...rest } = entry;
  const content = await digest(canonicalJson({ detail, before, after }));
  return { seq: entry.seq, id: entry.id, hash, text: canonicalJson({ ...rest, content }) };
}

/** The hash of an entry after the one with the hash `previous`. */
export async function entryHash(
  previous: string,
  entry: SealedEntry,
  digest: Digest,
): Promise<string> {
  return linkHash(previous, (await linkOf(entry, digest)).text, digest);
}
