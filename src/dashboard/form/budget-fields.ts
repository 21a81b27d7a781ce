/** Pure. The fields of budgets, and how a limit is written. */
import { BUDGET_NAMES, type BudgetName, budgetNamed } from "../../core/budget.ts";
import type { Field } from "./form.ts";
import type { Format } from "./format.ts";

/** A field for each budget, under a pointer; empty where nothing is set. */
export function budgetFields(under: string): Field[] {
  return BUDGET_NAMES.map((name) => {
    const { title, unit, limit } = budgetNamed(name);
    const size = unit === "bytes" ? "bytes; " : "";
    const pointer = `${under}/${name}`;
    const hint = `${size}empty: ${limit === null ? "no limit" : grouped(limit)}`;
    return { pointer, label: title, kind: "integer", hint };
  });
}

/** Digits in threes; hints are made before anybody's locale is known. */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
}

/** An amount of a budget: bytes are written as MB. */
export function budgetAmount(name: BudgetName, amount: number, format: Format): string {
  const { unit } = budgetNamed(name);
  return unit === "bytes" ? `${format.count(Math.ceil(amount / 1e6))} MB` : format.count(amount);
}
