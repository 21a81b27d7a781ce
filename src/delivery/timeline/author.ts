/** Who did what with a document: read from its issuer's audit log, by the document's id. */
import { sql } from "drizzle-orm";
import { type AuditLogRow, listAudit } from "../../accounts/audit/audit.ts";
import { keyNames } from "../../accounts/store/key-store.ts";
import { audit } from "../../accounts/store/table.ts";
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
  const [{ data }, people, keys] = await Promise.all([
    listAudit(db, issuer, { target: id, limit: MOST }),
    userNames(db, issuer, actorsOn(id, issuer, audit.userId)),
    keyNames(db, issuer, actorsOn(id, issuer, audit.keyId)),
  ]);
  return data.toReversed().map((row) => {
    const detail = JSON.parse(row.detail) as Record<string, unknown>;
    const author = authorOf(row, detail, { people, keys });
    return { act: actOf(row, detail), atMs: row.atMs, author };
  });
}

/** Whoever did something with a document, for reads that go with that of its log. */
function actorsOn(target: string, tenant: string, who: typeof audit.userId | typeof audit.keyId) {
  return sql`(SELECT who FROM (
    SELECT ${who} AS who FROM ${audit}
    WHERE ${audit.tenant} = ${tenant} AND ${audit.target} = ${target}
    ORDER BY ${audit.atMs} DESC, ${audit.id} DESC LIMIT ${MOST}))`;
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
