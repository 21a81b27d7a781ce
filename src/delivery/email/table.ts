/** The tables of e-mail. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { DOCUMENT_KINDS } from "../../documents/kind/registry.ts";
import { REPORT_KINDS } from "./provider/contract.ts";

/** In the order in which a message comes to them; the last two end one that was never sent. */
export const EMAIL_STATUSES = [
  "queued",
  "sent",
  "delivered",
  "bounced",
  "complained",
  "suppressed",
  "failed",
] as const;
export const LETTERS = ["document", "receipt", "reminder", "notice"] as const;

/** `cid`: the letter shows it, and it is no file to save. */
export type StoredAttachment = {
  name: string;
  type: string;
  size: number;
  key: string;
  cid?: string | undefined;
};

/** Every message as it was written, and what became of it. */
export const emails = sqliteTable(
  "emails",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    /** Empty for real mail, else its test tenant: such mail never leaves the installation. */
    scope: text("scope").notNull(),
    letter: text("letter", { enum: LETTERS }).notNull(),
    /** All three null for a notice, which brings no document. */
    documentKind: text("document_kind", { enum: DOCUMENT_KINDS }),
    documentId: text("document_id"),
    documentNumber: text("document_number"),
    fromName: text("from_name").notNull(),
    replyTo: text("reply_to"),
    recipients: text("recipients", { mode: "json" }).$type<string[]>().notNull(),
    cc: text("cc", { mode: "json" }).$type<string[]>().notNull(),
    subject: text("subject").notNull(),
    html: text("html").notNull(),
    plain: text("plain").notNull(),
    /** Whether `html` and `plain` are sealed: see sealed-letter.ts. Empty once they are erased. */
    sealed: integer("sealed", { mode: "boolean" }).notNull().default(false),
    attachments: text("attachments", { mode: "json" }).$type<StoredAttachment[]>().notNull(),
    status: text("status", { enum: EMAIL_STATUSES }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    provider: text("provider"),
    providerId: text("provider_id"),
    /** Why it failed, or why it waits. */
    reason: text("reason"),
    createdMs: integer("created_ms").notNull(),
    sentMs: integer("sent_ms"),
    /** Subject and recipients, folded; those of an earlier version in lower case. */
    search: text("search").notNull(),
    /** It opens an account: nobody but its recipient reads it. */
    private: integer("private", { mode: "boolean" }).notNull().default(false),
  },
  (t) => [
    index("emails_by_tenant").on(t.tenant, t.id),
    index("emails_by_document").on(t.documentId, t.id).where(sql`${t.documentId} IS NOT NULL`),
    index("emails_in_clear").on(t.id).where(sql`${t.sealed} = 0`),
    index("emails_queued").on(t.createdMs).where(sql`${t.status} = 'queued'`),
    index("emails_failed").on(t.createdMs).where(sql`${t.status} = 'failed'`),
    index("emails_by_age").on(t.createdMs).where(sql`${t.status} <> 'queued'`),
  ],
);

/** What a tenant has sent without asking for it each time. */
export const emailSettings = sqliteTable("email_settings", {
  tenant: text("tenant")
    .primaryKey()
    .references(() => tenants.id),
  sendInvoices: integer("send_invoices", { mode: "boolean" }).notNull(),
  sendReceipts: integer("send_receipts", { mode: "boolean" }).notNull().default(false),
  sendCreditNotes: integer("send_credit_notes", { mode: "boolean" }).notNull().default(false),
  /** Of invoices whose issuer has reminders scheduled. */
  sendReminders: integer("send_reminders", { mode: "boolean" }).notNull().default(true),
  updatedMs: integer("updated_ms").notNull(),
});

export const SUPPRESSION_REASONS = ["bounced", "complained", "manual"] as const;

/** Addresses, in lower case, that a tenant's mail is kept from. */
export const suppressions = sqliteTable(
  "suppressions",
  {
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    address: text("address").notNull(),
    reason: text("reason", { enum: SUPPRESSION_REASONS }).notNull(),
    /** The e-mail that told of it; null for one that was entered by hand. */
    email: text("email"),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.address] })],
);

/** What the provider reported, once for each recipient and kind. */
export const emailReports = sqliteTable(
  "email_reports",
  {
    email: text("email")
      .notNull()
      .references(() => emails.id, { onDelete: "cascade" }),
    /** In lower case. */
    address: text("address").notNull(),
    kind: text("kind", { enum: REPORT_KINDS }).notNull(),
    reason: text("reason"),
    atMs: integer("at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.email, t.address, t.kind] })],
);

export type EmailReport = typeof emailReports.$inferSelect;
export type Suppression = typeof suppressions.$inferSelect;
export type EmailSettings = typeof emailSettings.$inferSelect;
export type EmailRow = typeof emails.$inferSelect;
