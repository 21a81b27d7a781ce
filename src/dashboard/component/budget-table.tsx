/** Pure. A tenant's budgets: what is used of each, as a bar where there is a limit. */
import type { TenantBudget } from "../../budget/budget.ts";
import { budgetNamed } from "../../core/budget.ts";
import { budgetAmount } from "../form/budget-fields.ts";
import type { Format } from "../form/format.ts";
import { DataTable } from "./data-table.tsx";
import { MeterBar } from "./meter-bar.ts";

type Props = { budgets: readonly TenantBudget[]; format: Format };

const GIVEN_BY = {
  operator: "operator",
  plan: "plan",
  default: "default",
} as const;

/** A row for each budget; an amount of bytes is written in MB. */
export function BudgetTable({ budgets, format }: Props) {
  return (
    <DataTable
      caption="Budgets"
      columns={[
        { head: "Limit on", wide: true },
        { head: "Used", figure: true },
        { head: "Limit", figure: true },
        { head: "" },
        { head: "Set by" },
      ]}
      rows={budgets.map(({ name, used, limit, source }) => {
        const { title } = budgetNamed(name);
        const amount = (n: number) => budgetAmount(name, n, format);
        const text = `${amount(used ?? 0)} of ${amount(limit ?? 0)}`;
        return {
          cells: [
            title,
            used === null ? "" : amount(used),
            limit === null ? "no limit" : amount(limit),
            used !== null && limit !== null && (
              <MeterBar
                basisPoints={shareOf(used, limit)}
                thresholds={[100]}
                label={title}
                text={text}
              />
            ),
            GIVEN_BY[source],
          ],
        };
      })}
    />
  );
}

/** Hundredths of a percent; a limit of 0 is reached. */
function shareOf(used: number, limit: number): bigint {
  return limit === 0 ? 10_000n : (BigInt(Math.max(used, 0)) * 10_000n) / BigInt(limit);
}
