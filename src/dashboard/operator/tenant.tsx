/** /dashboard/tenants/:id: a tenant's names, and where its billing and budgets are (operator). */
import { Hono } from "hono";
import { accountRoutes } from "../../accounts/routes.ts";
import { isErased } from "../../accounts/store/clock.ts";
import { findTenant } from "../../accounts/store/tenant-store.ts";
import { notFound, Problem } from "../../core/errors.ts";
import type { Jurisdiction } from "../../platform/runtime/jurisdiction.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import {
  HubDocuments,
  HubFigures,
  HubSide,
  HubUsage,
  readTenantHub,
  type TenantHub,
} from "./tenant-hub.tsx";

/** Where a tenant can be kept that is elsewhere than the installation, in words. */
const PLACES = {
  eu: "the European Union",
  fedramp: "the FedRAMP jurisdiction",
} as const satisfies Record<Jurisdiction, string>;

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

tenantPages.get("/tenants/:id", async (c) => {
  allowed(c, "operator.read");
  const named = c.req.param("id");
  // What is left of one that is erased is how that stands.
  const shown = tenantPage(c, named, {});
  // Of one that is erased nothing is found: where that leads is said first.
  shown.catch(() => {});
  if (await isErased(c.env.DB, named)) return seeOther(c, `/tenants/${named}/erasure`);
  return shown;
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
  const [tenant, found] = await Promise.all([
    runOperation(c, accountRoutes, { path: apiPath(["tenants", named]) }),
    hubOf(c, named),
  ]);
  const id = String(tenant.id);
  const query = new URLSearchParams({ tenant_id: id });
  const { role } = c.var.actor;
  const hub = typeof found === "string" ? null : found;
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
              <a href={`/dashboard/tenants/${id}/erasure`}>Erase</a>
              <a href={`/dashboard/billing/subscriptions?${query}`}>Subscriptions</a>
              <a href={`/dashboard/billing/credits?${query}`}>Credits</a>
              <Permitted
                role={role}
                needs="operator.subscriptions"
                label="Add a subscription"
                act="add subscriptions"
              >
                <a class="button" href={`/dashboard/billing/subscriptions/new?${query}`}>
                  Add a subscription
                </a>
              </Permitted>
              <ActionButton
                action={`/dashboard/tenants/${id}/open`}
                token={c.var.session.formToken}
                label="Open as this tenant"
                primary
                asks
              />
            </>
          )}
        </div>
      </div>
      <p class="muted">
        <CopyText text={String(tenant.id)} />
        {tenant.jurisdiction !== null &&
          ` · kept in ${PLACES[tenant.jurisdiction as Jurisdiction]}`}
      </p>
      {typeof found === "string" && (
        <div class="notice bad" role="alert">
          <p>Its usage cannot be read: {found}</p>
        </div>
      )}
      {hub && (
        <>
          <HubFigures c={c} hub={hub} />
          <div class="hub">
            <div>
              <HubUsage c={c} hub={hub} />
              <HubDocuments c={c} hub={hub} />
            </div>
            <div>
              <HubSide c={c} hub={hub} />
            </div>
          </div>
        </>
      )}
      <Permitted role={role} needs="operator.tenants" label="Rename" act="rename tenants">
        <Form
          action={`/dashboard/tenants/${id}`}
          token={c.var.session.formToken}
          class="card narrow naming"
        >
          <h2>Name</h2>
          <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
          <Fields fields={FIELDS} body={values ?? tenant} refused={refused} />
          <button type="submit" class="primary">
            Save
          </button>
        </Form>
      </Permitted>
    </>,
  );
}

/** What the page shows of a tenant, or why its meter does not answer; of the operator nothing. */
async function hubOf(c: PageContext, named: string): Promise<TenantHub | string | null> {
  const tenant = await findTenant(c.env.DB, named);
  if (!tenant) throw notFound("tenant");
  if (tenant.operator) return null;
  try {
    return await readTenantHub(c, tenant, tenant.testClockMs ?? c.var.actor.realMs);
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}
