/** The shapes of budgets in the API's document. */
import { z } from "@hono/zod-openapi";
import { BUDGET_NAMES, type BudgetName, budgetNamed } from "../../core/budget.ts";

/** A limit as it is set: with none at all a minute nothing could be done, so that is refused. */
function limitInput(name: BudgetName) {
  const least = name.endsWith("_per_minute") ? 1 : 0;
  return z.number().int().min(least).max(budgetNamed(name).most);
}

/** Requests a minute that a key may send at most, as it is set; null for its tenant's own limit. */
export function keyLimitInput(name: "reads_per_minute" | "writes_per_minute") {
  return limitInput(name).nullable().optional();
}

function eachBudget<T>(make: (name: BudgetName) => T): { [Name in BudgetName]: T } {
  const entries = BUDGET_NAMES.map((name) => [name, make(name)]);
  return Object.fromEntries(entries) as { [Name in BudgetName]: T };
}

/** Limits by name, as a plan's version grants them. */
export const budgetValuesInput = z.strictObject(eachBudget((name) => limitInput(name).optional()));

/** Limits by name, as the operator sets them; null takes back what was set. */
export const budgetChangeInput = z.strictObject(
  eachBudget((name) => limitInput(name).nullable().optional()),
);

/** Limits by name, as they are answered. */
export const budgetValuesSchema = z.object(eachBudget(() => z.number().int().optional()));
