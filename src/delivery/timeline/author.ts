/** Who did what with a document: read from its issuer's audit log, by the document's id. */
import { type AuditLogRow, listAudit } from "../../accounts/audit/audit.ts";
import { keyNames } from "../../accounts/store/key-store.ts";
import { userNames } from "../../accounts/store/user-store.ts";
import type { Document } from "../../documents/store/row.ts";

/** Who did it: a user, a key, the operator who acted for the tenant, or the product by itself. */
export const AUTHORS = ["user", "key", "operator", "system"] as const;
export type Author = { kind: (typeof AUTHORS)[number]; name: string | null };

/** Entries of the log that are read at most, the newest. */
const MOST = 200;

/** What the last part of an action says of it, beyond its own name. */
const DETAILS = ["payment_id", "credit_note_id", "email_id", "invoice_id"] as const;

export type Done = { act: string; atMs: number; author: Author };

/**
 * What was done with a document, the first thing first. An act is named as the log does, without
 * its kind: `finalize`, `void`, `change`; with the id of what it made where it made something:
 * `payment pay_1`.
 */
export async function doneWith(db: D1Database, document: Document): Promise<Done[]> {
  const { issuer, id } = document;
  const { data } = await listAudit(db, issuer, { target: id, limit: MOST });
  const users = data.map(({ userId }) => userId).filter((one) => one !== null);
  const [people, keys] = await Promise.all([
    userNames(db, issuer, users),
    keyNames(
      db,
      issuer,
      data.map(({ keyId }) => keyId),
    ),
  ]);
  return data.toReversed().map((row) => {
    const detail = JSON.parse(row.detail) as Record<string, unknown>;
    const author = authorOf(row, detail, { people, keys });
    return { act: actOf(row, detail), atMs: row.atMs, author };
  });
}

function actOf({ action }: AuditLogRow, detail: Record<string, unknown>): string {
  const made = DETAILS.map((name) => detail[name]).find((one) => typeof one === "string");
  // A credit note of all that is left voids its invoice.
  if (detail.credit_note_id !== undefined) return `credit ${made}`;
  const act = action.slice(action.indexOf(".") + 1);
  return made === undefined ? act : `${act} ${made}`;
}

type Names = { people: ReadonlyMap<string, string>; keys: ReadonlyMap<string, string> };

function authorOf(row: AuditLogRow, detail: object, { people, keys }: Names): Author {
  const { keyId, userId } = row;
  // The operator's people and keys are its own: its log has who it was.
  if ("acted_by" in detail) return { kind: "operator", name: null };
  if (userId !== null) return { kind: "user", name: people.get(userId) ?? null };
  if (keyId === "system") return { kind: "system", name: null };
  return { kind: "key", name: keys.get(keyId) ?? null };
}
