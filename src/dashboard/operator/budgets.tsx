/** /dashboard/tenants/:id/budgets: what a tenant may have and do at most (operator). */
import { Hono } from "hono";
import { tenantOf } from "../../accounts/tenant/tenant.ts";
import { budgetsOf } from "../../budget/budget.ts";
import { budgetRoutes } from "../../budget/budget-routes.ts";
import { BudgetTable } from "../component/budget-table.tsx";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { budgetFields } from "../form/budget-fields.ts";
import { bodyOf } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";

export const tenantBudgetPages = new Hono<PageEnv>();

const FIELDS = budgetFields("").map((field) => ({ ...field, clears: true }));

tenantBudgetPages.get("/tenants/:id/budgets", (c) => {
  allowed(c, "operator.read");
  return budgetsPage(c, c.req.param("id"), {});
});

tenantBudgetPages.post("/tenants/:id/budgets", async (c) => {
  allowed(c, "operator.tenants");
  const id = c.req.param("id");
  const values = bodyOf(FIELDS, await readForm(c));
  try {
    const path = apiPath(["tenants", id, "budgets"]);
    await runOperation(c, budgetRoutes, { method: "PUT", path, body: values });
    return seeOther(c, `/tenants/${encodeURIComponent(id)}/budgets`, "saved");
  } catch (error) {
    return budgetsPage(c, id, { values, refused: refusalOf(error) });
  }
});

async function budgetsPage(c: PageContext, named: string, { values, refused }: FormState) {
  const { id, name } = await tenantOf(c.env, named);
  const budgets = await budgetsOf(c.env, { tenantId: id });
  const set = budgets.filter(({ source }) => source === "operator");
  const given = Object.fromEntries(set.map((budget) => [budget.name, budget.limit]));
  return page(
    c,
    { title: `Budgets of ${name}`, section: "tenants", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href="/dashboard/tenants">Tenants</a> / <a href={`/dashboard/tenants/${id}`}>{name}</a>
      </p>
      <h1>Budgets</h1>
      <p class="lead">
        Requests beyond a limit are refused with a message that says why. Existing data is kept.
      </p>
      <BudgetTable budgets={budgets} format={c.var.format} />
      <Permitted
        role={c.var.actor.role}
        needs="operator.tenants"
        label="Change budgets"
        act="change budgets"
      >
        <Form
          action={`/dashboard/tenants/${id}/budgets`}
          token={c.var.session.formToken}
          class="card narrow"
        >
          <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
          <Fields fields={FIELDS} body={values ?? given} refused={refused} />
          <button type="submit" class="primary">
            Save
          </button>
        </Form>
      </Permitted>
    </>,
  );
}
