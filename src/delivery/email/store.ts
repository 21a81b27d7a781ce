/** Rows of e-mails. */
import type { D1Database, D1PreparedStatement } from "@cloudflare/workers-types";
import { and, desc, eq, lt } from "drizzle-orm";
import { orm, statement } from "../../platform/db.ts";
import { type EmailRow, emails } from "./table.ts";

export function insertEmail(db: D1Database, row: EmailRow): D1PreparedStatement {
  return statement(db, orm(db).insert(emails).values(row));
}

/** Whoever's it is. */
export async function readEmail(db: D1Database, id: string): Promise<EmailRow | null> {
  const [row] = await orm(db).select().from(emails).where(eq(emails.id, id));
  return row ?? null;
}

export function updateEmail(
  db: D1Database,
  id: string,
  change: Partial<EmailRow>,
): D1PreparedStatement {
  return statement(db, orm(db).update(emails).set(change).where(eq(emails.id, id)));
}

export type EmailFilter = {
  tenant?: string | undefined;
  documentId?: string | undefined;
  status?: EmailRow["status"] | undefined;
  before?: string | undefined;
};

/** Newest first. */
export async function listEmails(
  db: D1Database,
  { tenant, documentId, status, before }: EmailFilter,
  limit: number,
): Promise<EmailRow[]> {
  return orm(db)
    .select()
    .from(emails)
    .where(
      and(
        tenant === undefined ? undefined : eq(emails.tenant, tenant),
        documentId === undefined ? undefined : eq(emails.documentId, documentId),
        status === undefined ? undefined : eq(emails.status, status),
        before === undefined ? undefined : lt(emails.id, before),
      ),
    )
    .orderBy(desc(emails.id))
    .limit(limit);
}
