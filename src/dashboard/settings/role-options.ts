/** The roles that a form offers: those that every tenant has, then the tenant's own. */
import {
  mayGrant,
  ROLES,
  type Role,
  roleId,
  roleName,
  USER_ROLES,
} from "../../accounts/actor/roles.ts";
import { listRoles, ownRole } from "../../accounts/store/role-store.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import type { PageContext } from "../page/request.ts";

/** The roles that the viewer may give: to people, or to keys as well. */
export async function rolesToGive(c: PageContext, whom: "people" | "keys"): Promise<Role[]> {
  const { actor } = c.var;
  const own = await listRoles(c.env.DB, actor.tenantId, { after: null, limit: MAX_PAGE });
  const roles = [...(whom === "people" ? USER_ROLES : ROLES), ...own.map(ownRole)];
  return roles.filter((role) => mayGrant(actor.role, role));
}

/** Roles as the options of a form. */
export function roleOptions(roles: readonly Role[]): { value: string; label: string }[] {
  return roles.map((role) => ({ value: roleId(role), label: roleName(role) }));
}
