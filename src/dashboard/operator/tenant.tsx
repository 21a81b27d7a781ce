/** /dashboard/tenants/:id: a tenant's names, and where its billing and budgets are (operator). */
import { Hono } from "hono";
import { may } from "../../accounts/actor/roles.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { Badge } from "../component/badge.tsx";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";

export const tenantPages = new Hono<PageEnv>();

const FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true },
  {
    pointer: "/external_id",
    label: "External ID",
    kind: "line",
    hint: "your own ID for this tenant, usable wherever its ID is; can never be given to another",
    clears: true,
  },
];

tenantPages.get("/tenants/:id", (c) => {
  allowed(c, "operator.read");
  return tenantPage(c, c.req.param("id"), {});
});

tenantPages.post("/tenants/:id", async (c) => {
  allowed(c, "operator.tenants");
  const id = c.req.param("id");
  const values = bodyOf(FIELDS, await readForm(c));
  try {
    const path = apiPath(["tenants", id]);
    const saved = await runOperation(c, accountRoutes, { method: "PATCH", path, body: values });
    return seeOther(c, `/tenants/${saved.id}`, "saved");
  } catch (error) {
    return tenantPage(c, id, { values, refused: refusalOf(error) });
  }
});

async function tenantPage(c: PageContext, named: string, { values, refused }: FormState) {
  const tenant = await runOperation(c, accountRoutes, { path: apiPath(["tenants", named]) });
  const id = String(tenant.id);
  const query = new URLSearchParams({ tenant_id: id });
  const { role } = c.var.actor;
  return page(
    c,
    { title: String(tenant.name), section: "tenants", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href="/dashboard/tenants">Tenants</a>
      </p>
      <div class="head">
        <h1>
          {String(tenant.name)} <Badge state={tenant.operator ? "operator" : String(tenant.mode)} />
        </h1>
        <div class="actions">
          <a href={`/dashboard/tenants/${id}/budgets`}>Budgets</a>
          {!tenant.operator && (
            <>
              <a href={`/dashboard/billing/subscriptions?${query}`}>Subscriptions</a>
              <a href={`/dashboard/billing/credits?${query}`}>Credits</a>
              {may(role, "operator.subscriptions") && (
                <a class="button" href={`/dashboard/billing/subscriptions/new?${query}`}>
                  Add a subscription
                </a>
              )}
            </>
          )}
        </div>
      </div>
      {may(role, "operator.tenants") && (
        <Form
          action={`/dashboard/tenants/${id}`}
          token={c.var.session.formToken}
          class="card narrow"
        >
          <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
          <Fields fields={FIELDS} body={values ?? tenant} refused={refused} />
          <button type="submit" class="primary">
            Save
          </button>
        </Form>
      )}
    </>,
  );
}
