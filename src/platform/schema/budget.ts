/** The shapes of budgets in the API's document. */
import { z } from "@hono/zod-openapi";
import { BUDGET_NAMES, type BudgetName, budgetNamed } from "../../core/budget.ts";

/** A limit as it is set: nothing is recorded at all with no events a minute, so that is refused. */
function limitInput(name: BudgetName) {
  const least = name === "events_per_minute" ? 1 : 0;
  return z.number().int().min(least).max(budgetNamed(name).most);
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
