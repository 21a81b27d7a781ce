/** The tables of usage imports. */
import { integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";

export const IMPORT_STATUSES = [
  "open",
  "committing",
  "committed",
  "reverting",
  "reverted",
] as const;

/** Usage from before the window that recording takes, under a name. */
export const usageImports = sqliteTable(
  "usage_imports",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    name: text("name").notNull(),
    status: text("status", { enum: IMPORT_STATUSES }).notNull(),
    /** The highest sequence that its events have reached; null while none counts. */
    upToSeq: integer("up_to_seq"),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [unique().on(t.tenant, t.name)],
);

/** The events of an import, each under its own id. */
export const usageImportEvents = sqliteTable(
  "usage_import_events",
  {
    importId: text("import_id")
      .notNull()
      .references(() => usageImports.id, { onDelete: "cascade" }),
    id: text("id").notNull(),
    /** The item as JSON. */
    item: text("item").notNull(),
    /** Its sequence once it is recorded. */
    seq: integer("seq"),
    /** Why it was refused. */
    refused: text("refused"),
    /** True once it was taken back. */
    voided: integer("voided", { mode: "boolean" }).notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.importId, t.id] })],
);
