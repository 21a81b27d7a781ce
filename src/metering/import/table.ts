/** The tables of usage imports. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import type { ReadOptions } from "../file/format.ts";

/** How a file is read; what is left open is told by the file. */
export type FileOptions = ReadOptions & { format?: string; encoding?: string };

/** A line that could not be taken, and why. */
export type LineError = { line: number; text: string; reason: string };

export const IMPORT_STATUSES = [
  "open",
  "committing",
  "committed",
  "reverting",
  "reverted",
] as const;

/** Half-way through: its caller goes on with it, call by call. */
export const IS_MOVING = sql`status IN ('committing', 'reverting')`;

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
    /** In real time, when a call last began to commit it or to take it back; null before. */
    movedMs: integer("moved_ms"),
  },
  (t) => [
    unique().on(t.tenant, t.name),
    index("usage_imports_by_tenant").on(t.tenant, t.id),
    index("usage_imports_moving").on(t.movedMs).where(IS_MOVING),
  ],
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

/** The file that an import is read from. */
export const usageImportFiles = sqliteTable(
  "usage_import_files",
  {
    importId: text("import_id")
      .primaryKey()
      .references(() => usageImports.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    bytes: integer("bytes").notNull(),
    /** Those of them that lie in R2: all until nothing more is read of it. */
    keptBytes: integer("kept_bytes").notNull().default(0),
    /** Of its bytes: the same file has the same one. */
    digest: text("digest").notNull(),
    /** What was said of its form. */
    options: text("options", { mode: "json" }).$type<FileOptions>().notNull().default({}),
    /** Lines that were read, the events in them, and lines that could not be taken. */
    lines: integer("lines").notNull().default(0),
    events: integer("events").notNull().default(0),
    wrong: integer("wrong").notNull().default(0),
    /** The first of these lines. */
    errors: text("errors", { mode: "json" }).$type<LineError[]>().notNull().default([]),
    /** The share of it that was read, in thousandths. */
    readThousandths: integer("read_thousandths").notNull().default(0),
  },
  (t) => [index("usage_import_files_by_digest").on(t.digest)],
);
