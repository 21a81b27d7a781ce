/** The table of e-mails; `migrations/0008_email.sql` is what runs. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const EMAIL_STATUSES = ["queued", "sent", "failed"] as const;

export type StoredAttachment = { name: string; type: string; size: number; key: string };

/** Every message as it was written, and what became of it. */
export const emails = sqliteTable("emails", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  /** Empty for real mail, else the test tenant whose it is: that never leaves the installation. */
  scope: text("scope").notNull(),
  /** All three null for a notice, which brings no document. */
  documentKind: text("document_kind", { enum: ["invoice", "quote"] }),
  documentId: text("document_id"),
  documentNumber: text("document_number"),
  fromName: text("from_name").notNull(),
  replyTo: text("reply_to"),
  recipients: text("recipients", { mode: "json" }).$type<string[]>().notNull(),
  cc: text("cc", { mode: "json" }).$type<string[]>().notNull(),
  subject: text("subject").notNull(),
  html: text("html").notNull(),
  plain: text("plain").notNull(),
  attachments: text("attachments", { mode: "json" }).$type<StoredAttachment[]>().notNull(),
  status: text("status", { enum: EMAIL_STATUSES }).notNull(),
  attempts: integer("attempts").notNull().default(0),
  provider: text("provider"),
  providerId: text("provider_id"),
  /** Why it failed, or why it waits. */
  reason: text("reason"),
  createdMs: integer("created_ms").notNull(),
  sentMs: integer("sent_ms"),
});

/** What a tenant has sent without asking for it each time. */
export const emailSettings = sqliteTable("email_settings", {
  tenant: text("tenant").primaryKey(),
  sendInvoices: integer("send_invoices", { mode: "boolean" }).notNull(),
  alertsTo: text("alerts_to", { mode: "json" }).$type<string[]>().notNull(),
  updatedMs: integer("updated_ms").notNull(),
});

export type EmailSettings = typeof emailSettings.$inferSelect;
export type EmailRow = typeof emails.$inferSelect;
