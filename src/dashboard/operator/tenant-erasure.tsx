/** /dashboard/tenants/:id/erasure: erasing a tenant as a whole, and how that stands (operator). */
import { Hono } from "hono";
import { may } from "../../accounts/actor/roles.ts";
import { insistReach } from "../../accounts/guard/guard.ts";
import { findTenant, readTenant, type Tenant } from "../../accounts/store/tenant-store.ts";
import { invalidField, notFound } from "../../core/errors.ts";
import { retentionRoutes } from "../../retention/routes.ts";
import { GRACE_DAYS } from "../../retention/tenant/tenant-erasure.ts";
import { readTenantErasure } from "../../retention/tenant/tenant-store.ts";
import type { FormState } from "../component/form.tsx";
import { bodyOf } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import {
  OPERATOR_FIELDS,
  stateOf,
  TenantErasureCard,
  tenantQuestion,
} from "../page/tenant-erasure.tsx";

export const tenantErasurePages = new Hono<PageEnv>();

tenantErasurePages.get("/tenants/:id/erasure", (c) => erasurePage(c, c.req.param("id"), {}));

tenantErasurePages.post("/tenants/:id/erasure", async (c) => {
  allowed(c, "operator.tenants");
  const named = c.req.param("id");
  const sent = await readForm(c);
  const values = bodyOf(OPERATOR_FIELDS, sent);
  try {
    const tenant = await evenErased(c, named);
    const asked = await ask(c, sent, () => {
      if (values.name !== tenant.name) throw invalidField("/name", "is not this tenant's name");
      return tenantQuestion(c, tenant, Number(values.delay_days ?? GRACE_DAYS));
    });
    if (asked) return asked;
    const path = apiPath(["tenants", named, "erasure"]);
    await runOperation(c, retentionRoutes, { method: "POST", path, body: values });
    return seeOther(c, `/tenants/${tenant.id}/erasure`, "erasing");
  } catch (error) {
    return erasurePage(c, named, { values, refused: refusalOf(error) });
  }
});

tenantErasurePages.post("/tenants/:id/erasure/take-back", async (c) => {
  allowed(c, "operator.tenants");
  const named = c.req.param("id");
  await readForm(c);
  const path = apiPath(["tenants", named, "erasure"]);
  try {
    await runOperation(c, retentionRoutes, { method: "DELETE", path });
  } catch (error) {
    return erasurePage(c, named, { refused: refusalOf(error) });
  }
  return seeOther(c, `/tenants/${encodeURIComponent(named)}/erasure`, "not_erased");
});

/** A tenant by its names, by its id also once it is erased. Errors: 404. */
async function evenErased(c: PageContext, named: string): Promise<Tenant> {
  const { DB } = c.env;
  const tenant = (await findTenant(DB, named)) ?? (await readTenant(DB, named));
  if (!tenant || tenant.operator) throw notFound("tenant");
  insistReach(c.var.actor, tenant.id);
  return tenant;
}

async function erasurePage(c: PageContext, named: string, { values = {}, refused }: FormState) {
  const actor = allowed(c, "operator.read");
  const { id, name, erasedMs } = await evenErased(c, named);
  const erasure = await readTenantErasure(c.env.DB, id);
  return page(
    c,
    { title: `Erase ${name}`, section: "tenants", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href="/dashboard/tenants">Tenants</a>
        {" / "}
        <a href="/dashboard/tenants/erased">Erased tenants</a>
        {erasedMs === null && (
          <>
            {" / "}
            <a href={`/dashboard/tenants/${id}`}>{name}</a>
          </>
        )}
      </p>
      <h1>{erasedMs === null ? `Erase ${name}` : name}</h1>
      <p class="muted">{id}</p>
      <TenantErasureCard
        c={c}
        state={erasure && (await stateOf(c, erasure))}
        action={`/dashboard/tenants/${id}/erasure`}
        fields={OPERATOR_FIELDS}
        mayAsk={may(actor.role, "operator.tenants")}
        values={values}
        {...(refused ? { refused } : {})}
      />
    </>,
  );
}
