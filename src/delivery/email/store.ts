/** Rows of e-mails. */
import type { D1Database, D1PreparedStatement } from "@cloudflare/workers-types";
import { and, desc, eq, lt } from "drizzle-orm";
import { orm, statement } from "../../platform/db.ts";
import { type EmailRow, type EmailSettings, emailSettings, emails } from "./table.ts";

/** The same id again is a no-op. */
export function insertEmail(db: D1Database, row: EmailRow): D1PreparedStatement {
  return statement(db, orm(db).insert(emails).values(row).onConflictDoNothing());
}

export async function readSettings(db: D1Database, tenant: string): Promise<EmailSettings> {
  const [row] = await orm(db).select().from(emailSettings).where(eq(emailSettings.tenant, tenant));
  return row ?? { tenant, sendInvoices: false, alertsTo: [], updatedMs: 0 };
}

export function writeSettings(db: D1Database, row: EmailSettings): D1PreparedStatement {
  const target = emailSettings.tenant;
  const query = orm(db).insert(emailSettings).values(row);
  return statement(db, query.onConflictDoUpdate({ target, set: row }));
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
