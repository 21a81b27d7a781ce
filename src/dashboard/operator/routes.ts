/** The operator's pages: revenue, tenants, work, health, dead letters; a test tenant's clock. */
import { Hono } from "hono";
import type { Advance } from "../../accounts/test-clock/test-clock.ts";
import type { PageEnv } from "../page/request.ts";
import { actingPages } from "./acting.tsx";
import { tenantBudgetPages } from "./budgets.tsx";
import { clockPages } from "./clock.tsx";
import { deadLetterPages } from "./dead-letters.tsx";
import { erasedTenantPages } from "./erased-tenants.tsx";
import { healthPages } from "./health.tsx";
import { revenuePages } from "./revenue.tsx";
import { tenantPages } from "./tenant.tsx";
import { tenantErasurePages } from "./tenant-erasure.tsx";
import { tenantListPages } from "./tenants.tsx";
import { workPages } from "./work.tsx";

/** The section's router; `advance` moves a test tenant's clock. */
export function operatorSection(advance: Advance): Hono<PageEnv> {
  const section = new Hono<PageEnv>();
  for (const pages of [
    revenuePages,
    tenantListPages,
    // Before a tenant's own, whose id would stand there.
    erasedTenantPages,
    tenantPages,
    actingPages,
    tenantBudgetPages,
    tenantErasurePages,
    workPages,
    healthPages,
    deadLetterPages,
    clockPages(advance),
  ]) {
    section.route("/", pages);
  }
  return section;
}
