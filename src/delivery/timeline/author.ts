/** Who did what with a document: read from its issuer's audit log, by the document's id. */
import { and, desc, eq, sql } from "drizzle-orm";
import { apiKeys, audit, users } from "../../accounts/store/table.ts";
import type { Document } from "../../documents/store/row.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";

/** Who did it: a user, a key, the operator who acted for the tenant, or the product by itself. */
export const AUTHORS = ["user", "key", "operator", "system"] as const;
export type Author = { kind: (typeof AUTHORS)[number]; name: string | null };

/** Entries of the log that are read at most, the newest. */
const MOST = 200;

/** What the last part of an action says of it, beyond its own name. */
const DETAILS = ["payment_id", "credit_note_id", "email_id", "invoice_id"] as const;

export type Done = { act: string; atMs: number; author: Author };

/** What is read of an entry: what it changed, which is most of it, is not shown. */
type Entry = Pick<typeof audit.$inferSelect, "action" | "detail" | "atMs" | "keyId" | "userId"> & {
  userName: string | null;
  nameOfKey: string | null;
};

const ENTRIES = preparedRead<"issuer" | "id", Entry>((queries) => {
  const { action, detail, atMs, keyId, userId } = audit;
  const who = { userName: users.name, nameOfKey: apiKeys.name };
  return queries
    .select({ action, detail, atMs, keyId, userId, ...who })
    .from(audit)
    .leftJoin(users, and(eq(users.id, userId), eq(users.tenant, audit.tenant)))
    .leftJoin(apiKeys, and(eq(apiKeys.id, keyId), eq(apiKeys.tenant, audit.tenant)))
    .where(
      and(eq(audit.tenant, sql.placeholder("issuer")), eq(audit.target, sql.placeholder("id"))),
    )
    .orderBy(desc(atMs), desc(audit.id))
    .limit(MOST);
});

/**
 * What was done with a document, the first thing first. An act is named as the log does, without
 * its kind: `finalize`, `void`, `change`; with the id of what it made where it made something:
 * `payment pay_1`.
 */
export async function doneWith(db: D1Database, { issuer, id }: Document): Promise<Done[]> {
  const entries = await rowsOfRead(ENTRIES(db, { issuer, id }));
  return entries.toReversed().map((entry) => {
    const detail = JSON.parse(entry.detail) as Record<string, unknown>;
    return { act: actOf(entry, detail), atMs: entry.atMs, author: authorOf(entry, detail) };
  });
}

function actOf({ action }: Entry, detail: Record<string, unknown>): string {
  const made = DETAILS.map((name) => detail[name]).find((one) => typeof one === "string");
  // A credit note of all that is left voids its invoice.
  if (detail.credit_note_id !== undefined) return `credit ${made}`;
  const act = action.slice(action.indexOf(".") + 1);
  return made === undefined ? act : `${act} ${made}`;
}

function authorOf({ keyId, userId, userName, nameOfKey }: Entry, detail: object): Author {
  // The operator's people and keys are its own: its log has who it was.
  if ("acted_by" in detail) return { kind: "operator", name: null };
  if (userId !== null) return { kind: "user", name: userName };
  if (keyId === "system") return { kind: "system", name: null };
  return { kind: "key", name: nameOfKey };
}
