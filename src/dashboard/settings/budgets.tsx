/** /dashboard/settings/budgets: what the tenant may have and do at most, and what it uses. */
import { Hono } from "hono";
import { budgetsOf } from "../../budget/budget.ts";
import { BudgetTable } from "../component/budget-table.tsx";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const budgetPages = new Hono<PageEnv>();

budgetPages.get("/settings/budgets", async (c) => {
  const actor = allowed(c, "billing.read");
  return page(
    c,
    { title: "Budgets", section: "settings" },
    <>
      <Tabs current="budgets" role={actor.role} />
      <p class="lead">
        Requests beyond a limit are refused with a message that says what to do. Your provider can
        raise limits.
      </p>
      <BudgetTable budgets={await budgetsOf(c.env, actor)} format={c.var.format} />
    </>,
  );
});
