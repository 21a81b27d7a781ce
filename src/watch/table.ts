/** The tables of the watch. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Messages that a queue gave up, until somebody runs them again or drops them. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text("id").primaryKey().notNull(),
    queue: text("queue").notNull(),
    kind: text("kind").notNull(),
    tenant: text("tenant"),
    /** What the message is about: a due row's id, an announcement's, a recording's. */
    ref: text("ref"),
    atMs: integer("at_ms").notNull(),
    /** The message, as JSON. */
    body: text("body").notNull(),
  },
  (t) => [
    index("dead_letters_by_time").on(t.atMs),
    index("dead_letters_by_tenant").on(t.tenant).where(sql`${t.tenant} IS NOT NULL`),
  ],
);

/** How far what is sealed was sealed anew, a row for each secret that was changed to. */
export const reseals = sqliteTable("reseals", {
  /** Names the secret that seals, and reveals nothing of it. */
  secret: text("secret").primaryKey().notNull(),
  beganMs: integer("began_ms").notNull(),
  /** What is looked at, and after which of its rows. */
  part: text("part").notNull(),
  after: text("after").notNull(),
  resealed: integer("resealed").notNull().default(0),
  /** Sealed under neither secret. */
  unreadable: integer("unreadable").notNull().default(0),
  doneMs: integer("done_ms"),
});
