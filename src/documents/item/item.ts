/** The catalogue of items: create, change, delete, read. */

import { sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistBudget } from "../../accounts/store/budget-store.ts";
import { notFound } from "../../core/errors.ts";
import { foldText } from "../../core/fold.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { plain, taxFrom } from "../schema/input.ts";
import type { ItemChange, ItemInput } from "./item-schema.ts";
import { countItems, deleteItem, insertItem, readItem, updateItem } from "./item-store.ts";
import type { ItemRow } from "./table.ts";

/** UN/ECE Recommendation 20: one. */
const ONE = "C62";

/** Adds an item to the catalogue. Errors: 429 `budget.reached`. */
export async function createItem(env: Env, actor: Actor, given: ItemInput): Promise<ItemRow> {
  const { nowMs, realMs, tenantId: tenant } = actor;
  const blank = {
    id: makeId("itm", realMs),
    tenant,
    name: given.name,
    description: null,
    unitCode: ONE,
    unit: null,
    unitPrice: "0",
    currency: null,
    tax: null,
    search: "",
    revision: 0,
    createdMs: nowMs,
    updatedMs: nowMs,
  };
  const row = changed(blank, given, nowMs);
  await commit(env.DB, [
    insertItem(env.DB, row),
    insistBudget(env.DB, actor, "items", countItems(sql`${tenant}`)),
    auditRow(env.DB, actor, { action: "item.create", target: row.id }, realMs),
  ]);
  return row;
}

/** Changes the given fields; null clears one. Errors: 404, 409 where it was changed meanwhile. */
export async function changeItem(
  env: Env,
  actor: Actor,
  id: string,
  given: ItemChange,
): Promise<ItemRow> {
  const before = await itemOf(env, actor, id);
  const row = changed(before, given, actor.nowMs);
  const entry = { action: "item.change", target: id, detail: { fields: Object.keys(given) } };
  await commit(env.DB, [
    ...updateItem(env.DB, before, row),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return row;
}

/** Takes an item out of the catalogue; documents keep their lines. Errors: 404. */
export async function removeItem(env: Env, actor: Actor, id: string): Promise<void> {
  const item = await itemOf(env, actor, id);
  const entry = { action: "item.delete", target: id, detail: { name: item.name } };
  await commit(env.DB, [
    deleteItem(env.DB, item),
    insistChanged(env.DB),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
}

/** An item of the actor's by its id. Errors: 404 for any other. */
export async function itemOf(env: Env, actor: Actor, id: string): Promise<ItemRow> {
  const row = await readItem(env.DB, actor.tenantId, id);
  if (!row) throw notFound("item");
  return row;
}

function changed(base: ItemRow, given: ItemChange, nowMs: number): ItemRow {
  const kept = <T>(value: T | undefined, before: T): T => (value === undefined ? before : value);
  const name = given.name ?? base.name;
  return {
    ...base,
    name,
    description: kept(given.description, base.description),
    unitCode: given.unit_code ?? base.unitCode,
    unit: kept(given.unit, base.unit),
    unitPrice: given.unit_price === undefined ? base.unitPrice : plain(given.unit_price),
    currency: kept(given.currency, base.currency),
    tax: given.tax ? taxFrom(given.tax) : kept(given.tax, base.tax),
    search: foldText(name),
    revision: base.revision + 1,
    updatedMs: nowMs,
  };
}
