/** Rows of e-mails. */
import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from "drizzle-orm";
import { notFound } from "../../core/errors.ts";
import { foldText } from "../../core/fold.ts";
import type { DocumentKind } from "../../documents/kind/registry.ts";
import { documentIdsSeen, type Viewer } from "../../documents/store/viewer.ts";
import { type BoundedCount, countEach } from "../../platform/db/bounded-count.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { type Asked, anyRow } from "../../platform/db/sql.ts";
import {
  EMAIL_STATUSES,
  type EmailReport,
  type EmailRow,
  type EmailSettings,
  emailReports,
  emailSettings,
  emails,
  type Suppression,
  suppressions,
} from "./table.ts";

/** The statement that stores an e-mail; the same id again is a no-op. */
export function insertEmail(db: D1Database, row: EmailRow): D1PreparedStatement {
  return statement(db, orm(db).insert(emails).values(row).onConflictDoNothing());
}

/** Only reminders are sent unless a tenant says otherwise: the issuer scheduled them. */
export const DEFAULT_SETTINGS = {
  sendInvoices: false,
  sendReceipts: false,
  sendCreditNotes: false,
  sendReminders: true,
};

/** What a tenant has sent without asking, or the defaults. */
export async function readSettings(db: D1Database, tenant: string): Promise<EmailSettings> {
  const [row] = await orm(db).select().from(emailSettings).where(eq(emailSettings.tenant, tenant));
  return row ?? { ...DEFAULT_SETTINGS, tenant, updatedMs: 0 };
}

/** The statement that replaces a tenant's settings. */
export function writeSettings(db: D1Database, row: EmailSettings): D1PreparedStatement {
  const target = emailSettings.tenant;
  const query = orm(db).insert(emailSettings).values(row);
  return statement(db, query.onConflictDoUpdate({ target, set: row }));
}

/** An e-mail by its id, whichever tenant's, or null. */
export async function readEmail(db: D1Database, id: string): Promise<EmailRow | null> {
  const [row] = await orm(db).select().from(emails).where(eq(emails.id, id));
  return row ?? null;
}

/** An e-mail of the log that a viewer sees. Errors: 404, also for a private one. */
export async function ownEmail(db: D1Database, viewer: Viewer, id: string): Promise<EmailRow> {
  const [row] = await listEmails(db, { viewer, ids: [id] }, 1);
  if (!row) throw notFound("e-mail");
  return row;
}

/** The statement that changes an e-mail; `change` has at least one field. */
export function updateEmail(
  db: D1Database,
  id: string,
  change: Partial<EmailRow>,
): D1PreparedStatement {
  return statement(db, orm(db).update(emails).set(change).where(eq(emails.id, id)));
}

export type EmailFilter = {
  documentId?: string | undefined;
  status?: EmailRow["status"] | undefined;
  letter?: EmailRow["letter"] | undefined;
  /** Text of the subject or of a recipient's address. */
  text?: string | undefined;
  before?: string | undefined;
  /** Reads the other way, from behind this one on: the oldest of them first. */
  after?: string | undefined;
  ids?: readonly string[] | undefined;
};

/** Who looks at the log; null for the installation itself, at every tenant's. */
export type Viewed = { viewer: Viewer | null };

/** At most `limit` e-mails, newest first; those that somebody sees without what is private. */
export async function listEmails(
  db: D1Database,
  { viewer, documentId, status, letter, text, before, after, ids }: EmailFilter & Viewed,
  limit: number,
): Promise<EmailRow[]> {
  return orm(db)
    .select()
    .from(emails)
    .where(
      and(
        viewer === null ? undefined : seenBy(viewer),
        documentId === undefined ? undefined : eq(emails.documentId, documentId),
        status === undefined ? undefined : eq(emails.status, status),
        letter === undefined ? undefined : eq(emails.letter, letter),
        text === undefined ? undefined : hasText(text),
        before === undefined ? undefined : lt(emails.id, before),
        after === undefined ? undefined : gt(emails.id, after),
        ids === undefined ? undefined : inArray(emails.id, eachOf(ids)),
      ),
    )
    .orderBy(after === undefined ? desc(emails.id) : asc(emails.id))
    .limit(limit);
}

/** What of a tenant's log somebody sees: all, or the messages that brought documents they see. */
function seenBy(viewer: Viewer): SQL | undefined {
  const isPublic = sql`${emails.private} = 0`;
  const ids = documentIdsSeen(viewer);
  if (ids === undefined) return and(eq(emails.tenant, viewer.tenantId), isPublic);
  // By their documents, and not through all that the tenant sent.
  return and(
    sql`${emails.documentId} IN ${ids}`,
    sql`+${emails.tenant} = ${viewer.tenantId}`,
    isPublic,
  );
}

const { id, letter, recipients, subject, status, provider, reason, createdMs, sentMs } = emails;
const BROUGHT = { id, letter, recipients, subject, status, provider, reason, createdMs, sentMs };

/** An e-mail that brought a document, without its letter, which is long. */
export type Brought = Pick<EmailRow, keyof typeof BROUGHT>;

const BROUGHT_BY = preparedRead<"ids" | "tenant" | "limit", Brought>((queries) =>
  queries
    .select(BROUGHT)
    .from(emails)
    .where(
      and(
        sql`${emails.documentId} IN (SELECT value FROM json_each(${sql.placeholder("ids")}))`,
        eq(emails.tenant, sql.placeholder("tenant")),
        sql`${emails.private} = 0`,
      ),
    )
    .orderBy(desc(emails.id))
    .limit(sql.placeholder("limit")),
);

/** A tenant's newest e-mails that brought one of some documents. */
export function listEmailsOf(
  db: D1Database,
  tenant: string,
  documentIds: readonly string[],
  limit: number,
): Promise<Brought[]> {
  return rowsOfRead(BROUGHT_BY(db, { ids: JSON.stringify(documentIds), tenant, limit }));
}

/** How many e-mails of each status somebody sees in the log, up to a thousand of each. */
export function countEmails(
  db: D1Database,
  viewer: Viewer,
): Promise<Record<EmailRow["status"], BoundedCount>> {
  const of = (status: EmailRow["status"]) => sql`SELECT 1 FROM ${emails}
    WHERE ${and(seenBy(viewer), eq(emails.status, status))}`;
  const queries = Object.fromEntries(EMAIL_STATUSES.map((status) => [status, of(status)]));
  return countEach(db, queries as Record<EmailRow["status"], SQL>);
}

/** Whether a document of a kind is among the first thousand e-mails that a tenant sent. */
export async function hasMailed(
  db: D1Database,
  tenant: string,
  kind: DocumentKind,
): Promise<boolean> {
  const first = orm(db)
    .select({ kind: emails.documentKind })
    .from(emails)
    .where(eq(emails.tenant, tenant))
    .orderBy(asc(emails.id))
    .limit(1_000)
    .as("first");
  const [row] = await orm(db).select().from(first).where(eq(first.kind, kind)).limit(1);
  return row !== undefined;
}

/** As it was typed as well: messages that an earlier version wrote are in lower case only. */
function hasText(text: string): SQL {
  const has = (part: string) => sql`instr(${emails.search}, ${part}) > 0`;
  return sql`(${has(foldText(text))} OR ${has(text.toLowerCase())})`;
}

/** Keeps a tenant's mail from an address; one that is kept already stays as it is. */
export function insertSuppression(db: D1Database, row: Suppression): D1PreparedStatement {
  return statement(db, orm(db).insert(suppressions).values(row).onConflictDoNothing());
}

/** The statement that takes an address, in lower case, off a tenant's list. */
export function deleteSuppression(
  db: D1Database,
  tenant: string,
  address: string,
): D1PreparedStatement {
  const entry = and(eq(suppressions.tenant, tenant), eq(suppressions.address, address));
  return statement(db, orm(db).delete(suppressions).where(entry));
}

/** Of these addresses, in lower case, those that a tenant's mail is kept from. */
export async function suppressedOf(
  db: D1Database,
  tenant: string,
  addresses: readonly string[],
): Promise<Suppression[]> {
  return orm(db)
    .select()
    .from(suppressions)
    .where(and(eq(suppressions.tenant, tenant), inArray(suppressions.address, [...addresses])));
}

/** At most `limit` of a tenant's addresses after `after`, in alphabetical order. */
export async function listSuppressions(
  db: D1Database,
  tenant: string,
  after: string,
  limit: number,
): Promise<Suppression[]> {
  return orm(db)
    .select()
    .from(suppressions)
    .where(and(eq(suppressions.tenant, tenant), gt(suppressions.address, after)))
    .orderBy(asc(suppressions.address))
    .limit(limit);
}

/** The statement that keeps a report; fails the batch where it is there already. */
export function insertReport(db: D1Database, row: EmailReport): D1PreparedStatement {
  return statement(db, orm(db).insert(emailReports).values(row));
}

/** The provider's reports of an e-mail, the oldest first. */
export async function listReports(db: D1Database, email: string): Promise<EmailReport[]> {
  return orm(db)
    .select()
    .from(emailReports)
    .where(eq(emailReports.email, email))
    .orderBy(asc(emailReports.atMs), asc(emailReports.address));
}

/** The statement that moves a sent message to a later status than the one it has. */
export function advanceEmail(
  db: D1Database,
  { email, kind, reason }: Pick<EmailReport, "email" | "kind" | "reason">,
): D1PreparedStatement {
  const sent = EMAIL_STATUSES.indexOf("sent");
  const before = EMAIL_STATUSES.slice(sent, EMAIL_STATUSES.indexOf(kind));
  const query = orm(db)
    .update(emails)
    .set({ status: kind, reason })
    .where(and(eq(emails.id, email), inArray(emails.status, before)));
  return statement(db, query);
}

const IS_IN_CLEAR = sql`${emails.sealed} = 0`;

/** Whether an earlier version stored messages in clear. */
export function anyInClear(): SQL {
  return anyRow(sql`FROM ${emails} WHERE ${IS_IN_CLEAR}`);
}

/** Some of the messages that an earlier version stored in clear. */
export async function lettersInClear(
  db: D1Database,
  limit: number,
): Promise<Pick<EmailRow, "id" | "html" | "plain" | "sealed">[]> {
  const { id, html, plain, sealed } = emails;
  return orm(db).select({ id, html, plain, sealed }).from(emails).where(IS_IN_CLEAR).limit(limit);
}

/** The statement that seals a message which is still in clear. */
export function sealEmail(
  db: D1Database,
  id: string,
  change: Pick<EmailRow, "html" | "plain" | "sealed">,
): D1PreparedStatement {
  const inClear = and(eq(emails.id, id), eq(emails.sealed, false));
  return statement(db, orm(db).update(emails).set(change).where(inClear));
}

/** Messages whose letters are sealed, by their ids; those that were erased are among them. */
export async function sealedLetters(
  db: D1Database,
  after: string,
  limit: number,
): Promise<Pick<EmailRow, "id" | "html" | "plain">[]> {
  const { id, html, plain, sealed } = emails;
  return orm(db)
    .select({ id, html, plain })
    .from(emails)
    .where(and(gt(id, after), eq(sealed, true)))
    .orderBy(asc(id))
    .limit(limit);
}

/** The statement that seals a letter anew, unless it was changed or erased meanwhile. */
export function resealEmail(
  db: D1Database,
  id: string,
  change: Pick<EmailRow, "html" | "plain">,
  htmlBefore: string,
): D1PreparedStatement {
  const asRead = and(eq(emails.id, id), eq(emails.html, htmlBefore));
  return statement(db, orm(db).update(emails).set(change).where(asRead));
}

// The words of the index emails_by_age, which a parameter would not match.
const IS_SENT = sql`${emails.status} <> 'queued'`;

/** Whether there are messages from before `beforeMs` that nobody sends any more. */
export function anyOldEmail(beforeMs: Asked): SQL {
  return anyRow(sql`FROM ${emails} WHERE ${emails.createdMs} < ${beforeMs} AND ${IS_SENT}`);
}

/** The oldest messages from before `beforeMs` that nobody sends any more. */
export async function oldEmails(
  db: D1Database,
  beforeMs: number,
  limit: number,
): Promise<Pick<EmailRow, "id" | "tenant" | "attachments">[]> {
  return orm(db)
    .select({ id: emails.id, tenant: emails.tenant, attachments: emails.attachments })
    .from(emails)
    .where(and(lt(emails.createdMs, beforeMs), IS_SENT))
    .orderBy(asc(emails.createdMs))
    .limit(limit);
}

/** The statement that drops e-mails, with the provider's reports of them. */
export function deleteEmails(db: D1Database, ids: readonly string[]): D1PreparedStatement {
  return statement(
    db,
    orm(db)
      .delete(emails)
      .where(inArray(emails.id, eachOf(ids))),
  );
}
