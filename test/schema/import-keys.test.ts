/// <reference types="vite/types/importMeta.d.ts" />
/**
 * What an export's rows may collide with where they are read back: each unique key of each table is
 * asked for, or of its tenant alone, or named with the reason why no row of another can have it.
 */
import { is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import { type Child, LAST_SECTIONS, SECTIONS } from "../../src/retention/export/sections.ts";
import { SHARED_KEYS } from "../../src/retention/export/taken.ts";
import { declaredShape, type TableShape } from "./compare.ts";

/** Keys that no row of another tenant, or of the operator, holds with another meaning. */
const APART: Readonly<Record<string, string>> = {
  "tenants(id)": "it is the tenant's that comes: one that is there is not read back",
  "tenants(operator)": "the operator is not read back",
  "plans(id)": "random: a plan that is there under it is the same, and its code is asked for",
  "plan_versions(id)": "random, and goes with its plan",
  "plan_prices(metric,version_id)": "of a version of a plan, as above",
  "coupons(id)": "random: a coupon that is there under it is the same, and its code is asked for",
  "api_keys(hash)": "a secret, which no export holds",
  "periods(number,subscription_id)": "of the tenant's subscription, whose id is asked for",
  "webhook_deliveries(endpoint,message)": "of the tenant's endpoint, whose id is asked for",
  "documents(origin_id)": "the random id of a document that comes with it, of the same issuer",
  "deposit_deductions(deposit_id)": "the random id of a deposit, of the same issuer and customer",
};

const modules = import.meta.glob<Record<string, unknown>>("../../src/**/table.ts", { eager: true });
const declared = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter((value): value is SQLiteTable => is(value, SQLiteTable))
  .map(declaredShape);

const below = (child: Child): Child[] => [child, ...(child.children ?? []).flatMap(below)];
const sections = [...SECTIONS, ...LAST_SECTIONS];
const children = sections.flatMap(({ table, children: own = [] }) =>
  own.flatMap(below).map((child) => ({ ...child, root: table })),
);
const OWNERS = ["tenant", "issuer"];

const named = (table: string, columns: readonly string[]) => `${table}(${[...columns].sort()})`;

/** The unique keys of what an export holds, each by its table and columns. */
function keysOf(tables: readonly TableShape[]): { table: TableShape; columns: string[] }[] {
  const held = new Set([...sections, ...children].map(({ table }) => table));
  return tables
    .filter(({ name }) => held.has(name))
    .flatMap((table) => {
      const indexes = table.indexes.filter(({ unique }) => unique);
      const keys = [table.primaryKey, ...table.unique, ...indexes.map((one) => one.columns)];
      return keys.map((columns) => ({ table, columns }));
    });
}

function hasOwner(table: string): boolean {
  const { columns = [] } = declared.find(({ name }) => name === table) ?? {};
  return columns.some(({ name }) => OWNERS.includes(name));
}

/** True where only rows of the tenant that comes, or of a row that comes with it, can have it. */
function isOwn(table: TableShape, columns: readonly string[]): boolean {
  // Ids of tables that have an owner are asked for, all of them.
  if (hasOwner(table.name) && columns.join() === "id") return true;
  const its = sections.filter((one) => one.table === table.name);
  const under = children.filter((one) => one.table === table.name);
  const ofTenant = (scope: string) =>
    OWNERS.some((owner) => columns.includes(owner) && scope.startsWith(`${owner} = ?1`));
  return (
    its.every(({ scope }) => ofTenant(scope)) &&
    under.every(({ parent, root }) => columns.includes(parent) && hasOwner(root))
  );
}

function unaccounted(tables: readonly TableShape[], shared: readonly string[]): string[] {
  return keysOf(tables)
    .filter(({ table, columns }) => !isOwn(table, columns))
    .map(({ table, columns }) => named(table.name, columns))
    .filter((name) => !shared.includes(name) && !(name in APART));
}

const shared = SHARED_KEYS.map(({ table, columns }) => named(table, columns));

it("each unique key of what an export holds is asked for, or its tenant's alone", () => {
  expect(unaccounted(declared, shared)).toEqual([]);
});

it("all keys that are asked for, or named as apart, are keys", () => {
  const there = keysOf(declared).map(({ table, columns }) => named(table.name, columns));
  const unknown = [...shared, ...Object.keys(APART)].filter((name) => !there.includes(name));
  expect(unknown).toEqual([]);
});

it("a key that is taken off the list is found, and one that is new", () => {
  for (const [i, name] of shared.entries()) {
    expect(unaccounted(declared, shared.toSpliced(i, 1))).toEqual([name]);
  }
  const wider = declared.map((table): TableShape => {
    return table.name === "items" ? { ...table, unique: [["code"]] } : table;
  });
  expect(unaccounted(wider, shared)).toEqual(["items(code)"]);
});
