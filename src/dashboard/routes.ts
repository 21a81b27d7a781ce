/**
 * /dashboard: all pages under one router, each behind the session. A section is a router of its own
 * and owns the first parts of its paths, so its code could be loaded when one is first asked for.
 */
import { Hono } from "hono";
import type { Advance } from "../accounts/test-clock/test-clock.ts";
import { Problem } from "../core/errors.ts";
import { billingSection } from "./billing/routes.ts";
import { balancePages } from "./customer/balance.tsx";
import { customerPages } from "./customer/customer.tsx";
import { customerHub } from "./customer/hub.tsx";
import { deliverySection } from "./delivery/routes.ts";
import { documentSection } from "./document/routes.ts";
import { operatorSection } from "./operator/routes.ts";
import { overviewPages } from "./overview/overview.tsx";
import { assetRoutes } from "./page/asset.ts";
import { refusalPage } from "./page/page.tsx";
import { type PageEnv, pageHeaders, signedIn } from "./page/request.ts";
import { searchPages } from "./search/search.tsx";
import { signInPages } from "./session/sign-in.tsx";
import { settingsSection } from "./settings/routes.ts";
import { usageSection } from "./usage/routes.ts";

const SECTIONS: readonly Hono<PageEnv>[] = [
  overviewPages,
  usageSection,
  documentSection,
  customerPages,
  customerHub,
  balancePages,
  deliverySection,
  billingSection,
  settingsSection,
  searchPages,
];

/** The pages' router; `advance` moves a test tenant's clock, which runs what is due on the way. */
export function dashboardRoutes(advance: Advance) {
  const routes = new Hono<PageEnv>().basePath("/dashboard");
  routes.onError((error, c) => refusalPage(c, error));
  routes.use("*", pageHeaders);
  routes.route("/", assetRoutes);
  routes.route("/", signInPages);
  routes.use("*", signedIn);
  for (const section of [...SECTIONS, operatorSection(advance)]) routes.route("/", section);
  routes.all("*", (c) => {
    throw new Problem("route.not_found", `there is no page ${c.req.path}`);
  });
  return routes;
}
