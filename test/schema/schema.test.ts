/// <reference types="vite/types/importMeta.d.ts" />
/** The migrations and drizzle's declarations describe the same tables. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { is, sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  SQLiteTable,
  sqliteTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, it } from "vitest";
import * as ledgerTables from "../../src/metering/ledger/table.ts";
import {
  databaseShapes,
  declaredShape,
  differences,
  freezeFindings,
  type TableShape,
  updateColumns,
} from "./compare.ts";

const modules = import.meta.glob<Record<string, unknown>>("../../src/**/table.ts", { eager: true });
const declared = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter((value): value is SQLiteTable => is(value, SQLiteTable))
  .map(declaredShape);

/** Full-text indexes: drizzle has no virtual tables. */
const VIRTUAL = ["customer_search", "document_search"];

/** SQLite asked for a default when the column was added; a trigger refuses a row that has it. */
const NO_KIND = `documents.kind: default is "''", declared null`;

/** Columns of a finalised document that go on changing, and why. */
const CHANGING = {
  status: "it is paid, accepted, rejected or voided",
  revision: "it counts the writes",
  paid_minor: "payments are received",
  credited_minor: "credit notes are issued",
  search: "it finds the document, and is printed nowhere",
  search_folded: "it says in which form that is",
  updated_ms: "it says when the status changed",
  issued_key: "the PDF is made after the number is",
};

beforeAll(async () => {
  await applyD1Migrations(env.EMPTY_DB, env.TEST_MIGRATIONS);
  await applyD1Migrations(env.EMPTY_LEDGER, env.LEDGER_MIGRATIONS);
});

/** A small schema in which each kind of difference can be planted. */
const owners = sqliteTable("owners", { id: text("id").primaryKey() });
const things = sqliteTable(
  "things",
  {
    id: text("id").primaryKey(),
    owner: text("owner")
      .notNull()
      .references(() => owners.id, { onDelete: "cascade" }),
    size: integer("size").notNull().default(0),
    tags: text("tags", { mode: "json" }).notNull().default([]),
    note: text("note"),
  },
  (t) => [
    unique().on(t.owner, t.note),
    index("things_by_owner").on(t.owner, t.id),
    uniqueIndex("things_noted").on(t.note).where(sql`${t.note} IS NOT NULL AND ${t.size} > 0`),
  ],
);
const marks = sqliteTable(
  "marks",
  { thing: text("thing").notNull(), n: integer("n").notNull() },
  (t) => [primaryKey({ columns: [t.thing, t.n] })],
);
const SMALL = [owners, things, marks].map(declaredShape);
const MADE: TableShape[] = [
  {
    name: "owners",
    columns: [{ name: "id", type: "text", notNull: true, default: null }],
    primaryKey: ["id"],
    unique: [],
    indexes: [],
    references: [],
  },
  {
    name: "things",
    columns: [
      { name: "id", type: "text", notNull: true, default: null },
      { name: "owner", type: "text", notNull: true, default: null },
      { name: "size", type: "integer", notNull: true, default: "0" },
      { name: "tags", type: "text", notNull: true, default: "'[]'" },
      { name: "note", type: "text", notNull: false, default: null },
    ],
    primaryKey: ["id"],
    unique: [["owner", "note"]],
    indexes: [
      { name: "things_by_owner", columns: ["owner", "id"], unique: false, where: null },
      {
        name: "things_noted",
        columns: ["note"],
        unique: true,
        where: "note IS NOT NULL AND size > 0",
      },
    ],
    references: ["owner -> owners.id on delete cascade"],
  },
  {
    name: "marks",
    columns: [
      { name: "thing", type: "text", notNull: true, default: null },
      { name: "n", type: "integer", notNull: true, default: null },
    ],
    primaryKey: ["thing", "n"],
    unique: [],
    indexes: [],
    references: [],
  },
];

/** What is found once `plant` has changed the stored schema. */
function findingsAfter(plant: (tables: { [name: string]: TableShape }) => void): string[] {
  const tables = Object.fromEntries(structuredClone(MADE).map((table) => [table.name, table]));
  plant(tables);
  return differences(Object.values(tables), SMALL);
}

function thingsWith(change: Partial<TableShape>): string[] {
  return findingsAfter(({ things }) => Object.assign(things ?? {}, change));
}

describe("the comparison", () => {
  const [, made] = MADE as [TableShape, TableShape, TableShape];
  const columnsWith = (name: string, change: object) =>
    made.columns.map((column) => (column.name === name ? { ...column, ...change } : column));
  const indexesWith = (name: string, change: object) =>
    made.indexes.map((found) => (found.name === name ? { ...found, ...change } : found));

  it("finds nothing where both sides say the same", () => {
    expect(differences(MADE, SMALL)).toEqual([]);
  });

  it("finds a table on one side alone, and one that is declared twice", () => {
    expect(findingsAfter((tables) => delete tables.marks)).toEqual([
      "the table marks is in no migration",
    ]);
    expect(differences(MADE, SMALL.slice(0, 2))).toEqual(["the table marks is not declared"]);
    expect(differences(MADE, [...SMALL, ...SMALL.slice(2)])).toEqual(["marks is declared twice"]);
  });

  it("finds a column on one side alone", () => {
    const more = { name: "color", type: "text", notNull: false, default: null };
    expect(thingsWith({ columns: [...made.columns, more] })).toEqual([
      "the column of things color is not declared",
    ]);
    expect(thingsWith({ columns: made.columns.slice(0, -1) })).toEqual([
      "the column of things note is in no migration",
    ]);
  });

  it("finds another type, nullability or default of a column", () => {
    expect(thingsWith({ columns: columnsWith("size", { type: "text" }) })).toEqual([
      'things.size: type is "text", declared "integer"',
    ]);
    expect(thingsWith({ columns: columnsWith("size", { notNull: false }) })).toEqual([
      "things.size: notNull is false, declared true",
    ]);
    expect(thingsWith({ columns: columnsWith("tags", { default: null }) })).toEqual([
      `things.tags: default is null, declared "'[]'"`,
    ]);
  });

  it("finds another primary key, UNIQUE constraint or reference", () => {
    expect(findingsAfter(({ marks }) => marks?.primaryKey.reverse())).toEqual([
      'marks: the primary key is "n, thing", declared "thing, n"',
    ]);
    expect(thingsWith({ unique: [] })).toEqual([
      'things: UNIQUE constraints is "", declared "owner, note"',
    ]);
    expect(thingsWith({ references: ["owner -> owners.id"] })).toEqual([
      'things: references is "owner -> owners.id", declared "owner -> owners.id on delete cascade"',
    ]);
  });

  it("finds an index on one side alone", () => {
    expect(thingsWith({ indexes: made.indexes.slice(1) })).toEqual([
      "the index of things things_by_owner is in no migration",
    ]);
    const more = { name: "things_by_size", columns: ["size"], unique: false, where: null };
    expect(thingsWith({ indexes: [...made.indexes, more] })).toEqual([
      "the index of things things_by_size is not declared",
    ]);
  });

  it("finds another order, uniqueness or condition of an index", () => {
    expect(
      thingsWith({ indexes: indexesWith("things_by_owner", { columns: ["id", "owner"] }) }),
    ).toEqual(['things.things_by_owner: columns is ["id","owner"], declared ["owner","id"]']);
    expect(thingsWith({ indexes: indexesWith("things_by_owner", { unique: true }) })).toEqual([
      "things.things_by_owner: unique is true, declared false",
    ]);
    expect(thingsWith({ indexes: indexesWith("things_noted", { where: null }) })).toEqual([
      'things.things_noted: where is null, declared "note IS NOT NULL AND size > 0"',
    ]);
  });
});

describe("the declarations", () => {
  it("are the tables that the migrations make", async () => {
    const { tables, virtual } = await databaseShapes(env.EMPTY_DB);
    expect(differences(tables, declared)).toEqual([NO_KIND]);
    expect(tables.length).toBe(99);
    expect(virtual.sort()).toEqual(VIRTUAL);
  });
});

describe("a further ledger", () => {
  it("has the tables of usage, each as the control database has it, and no others", async () => {
    const { tables, virtual } = await databaseShapes(env.EMPTY_LEDGER);
    const { usageAnnounced: _, ...usage } = ledgerTables;
    expect(differences(tables, Object.values(usage).map(declaredShape))).toEqual([]);
    expect(virtual).toEqual([]);
    const texts = async (db: D1Database) => {
      const made = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
      const { results } = await made.all<{ name: string; sql: string }>();
      return new Map(results.map(({ name, sql }) => [name, sql.replaceAll(/\s+/g, "")]));
    };
    const [own, control] = [await texts(env.EMPTY_LEDGER), await texts(env.EMPTY_DB)];
    for (const { name } of tables) expect(own.get(name)).toBe(control.get(name));
  });
});

describe("the freeze of a finalised document", () => {
  it("covers every column but those that are known to change", async () => {
    const { results } = await env.EMPTY_DB.prepare(
      `SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'documents'
       AND sql LIKE '%BEFORE UPDATE OF%' AND sql LIKE '%''document is finalised''%'`,
    ).all<{ sql: string }>();
    const frozen = results.flatMap(({ sql }) => updateColumns(sql));
    const { tables } = await databaseShapes(env.EMPTY_DB);
    const columns = tables.find(({ name }) => name === "documents")?.columns ?? [];
    const names = columns.map(({ name }) => name);
    expect(freezeFindings(names, frozen, Object.keys(CHANGING))).toEqual([]);
  });

  it("is found wanting where a new column is in neither list, or one is in both", () => {
    const trigger = "CREATE TRIGGER t BEFORE UPDATE OF id,\n  number ON documents WHEN 1";
    const frozen = updateColumns(trigger);
    expect(frozen).toEqual(["id", "number"]);
    expect(freezeFindings(["id", "number", "status"], frozen, ["status"])).toEqual([]);
    expect(freezeFindings(["id", "number", "status", "color"], frozen, ["status"])).toEqual([
      "color is neither frozen nor one that changes",
    ]);
    expect(freezeFindings(["id", "number"], frozen, ["number"])).toEqual(["number is both"]);
    expect(freezeFindings(["id"], frozen, [])).toEqual(["number is no column"]);
  });
});
