/**
 * /dashboard/tenants/:id/open: the operator opens a tenant's dashboard, and stops. Sessions are no
 * resource of the API, where a key of the operator names its tenant in a header.
 */
import { Hono } from "hono";
import { roleName } from "../../accounts/actor/roles.ts";
import { asTenant, beginActing, endActing } from "../../accounts/session/acting.ts";
import { notFound } from "../../core/errors.ts";
import { ask } from "../page/ask.tsx";
import { allowed, type PageEnv, readForm, seeOther } from "../page/request.ts";

export const actingPages = new Hono<PageEnv>();

actingPages.post("/tenants/:id/open", async (c) => {
  const { person, session } = c.var;
  const sent = await readForm(c);
  // As for a tenant that there is not: who is no operator learns of none.
  if (!c.var.actor.operator) throw notFound("tenant");
  allowed(c, "operator.read");
  const { tenantId, tenantName, role } = await asTenant(c.env, person, c.req.param("id"));
  const asked = await ask(c, sent, () => ({
    title: `Open the dashboard as ${tenantName}?`,
    consequences: [
      `You see what ${tenantName} sees, with the rights of its ${roleName(role)}, in all tabs.`,
      `What you change is changed for ${tenantName}. Its audit log and yours say that you did it.`,
    ],
    act: `Open as ${tenantName}`,
    undo: "A bar on each page names the tenant and stops it; signing out does, too.",
    harmless: true,
  }));
  if (asked) return asked;
  await beginActing(c.env, person, session, tenantId);
  return seeOther(c, "");
});

actingPages.post("/acting/stop", async (c) => {
  const { actor, session } = c.var;
  await readForm(c);
  if (!actor.actedBy) return seeOther(c, "");
  await endActing(c.env, actor, session);
  return seeOther(c, `/tenants/${actor.tenantId}`);
});
