/** /dashboard: all pages under one router, each behind the session. */
import { Hono } from "hono";
import type { Advance } from "../accounts/test-clock/test-clock.ts";
import { Problem } from "../core/errors.ts";
import { couponPageRoutes } from "./billing/coupons.tsx";
import { creditPageRoutes } from "./billing/credits.tsx";
import { ownBillingRoutes } from "./billing/own.tsx";
import { periodPageRoutes } from "./billing/period.tsx";
import { planFormRoutes } from "./billing/plan-form-page.tsx";
import { planPageRoutes } from "./billing/plans.tsx";
import { subscriptionPageRoutes } from "./billing/subscription.tsx";
import { subscriptionListRoutes } from "./billing/subscriptions.tsx";
import { customerRoutes } from "./customer/customer.tsx";
import { webhookDeliveryRoutes } from "./delivery/delivery.tsx";
import { emailPageRoutes } from "./delivery/emails.tsx";
import { suppressionRoutes } from "./delivery/suppressions.tsx";
import { webhookRoutes } from "./delivery/webhooks.tsx";
import { documentActionRoutes } from "./document/action-routes.ts";
import { documentPageRoutes } from "./document/document-page.tsx";
import { documentFormRoutes } from "./document/form-page.tsx";
import { documentListRoutes } from "./document/list-page.tsx";
import { documentPreviewRoutes } from "./document/preview.tsx";
import { clockPageRoutes } from "./operator/clock.tsx";
import { revenueRoutes } from "./operator/revenue.tsx";
import { tenantPageRoutes } from "./operator/tenant.tsx";
import { tenantRoutes } from "./operator/tenants.tsx";
import { overviewRoutes } from "./overview/overview.tsx";
import { assetRoutes } from "./page/asset.ts";
import { refusalPage } from "./page/page.tsx";
import { type PageEnv, pageHeaders, signedIn } from "./page/request.ts";
import { signInRoutes } from "./session/sign-in.tsx";
import { accountPageRoutes } from "./settings/account.tsx";
import { brandingPageRoutes } from "./settings/branding.tsx";
import { paymentPageRoutes } from "./settings/payments.tsx";
import { peopleRoutes } from "./settings/people.tsx";
import { profileRoutes } from "./settings/profile.tsx";
import { alertRoutes } from "./usage/alert.tsx";
import { alertRoutePageRoutes } from "./usage/alert-routes.tsx";
import { eventPageRoutes } from "./usage/events.tsx";
import { importPageRoutes } from "./usage/imports.tsx";
import { metricPageRoutes } from "./usage/metrics.tsx";
import { usageRoutes } from "./usage/usage.tsx";

const PAGES: readonly Hono<PageEnv>[] = [
  overviewRoutes,
  usageRoutes,
  eventPageRoutes,
  importPageRoutes,
  metricPageRoutes,
  alertRoutes,
  alertRoutePageRoutes,
  documentListRoutes,
  documentPreviewRoutes,
  documentFormRoutes,
  documentPageRoutes,
  documentActionRoutes,
  customerRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
  suppressionRoutes,
  emailPageRoutes,
  ownBillingRoutes,
  periodPageRoutes,
  planFormRoutes,
  planPageRoutes,
  subscriptionListRoutes,
  subscriptionPageRoutes,
  couponPageRoutes,
  creditPageRoutes,
  accountPageRoutes,
  brandingPageRoutes,
  profileRoutes,
  paymentPageRoutes,
  peopleRoutes,
  revenueRoutes,
  tenantRoutes,
  tenantPageRoutes,
];

/** `advance` moves a test tenant's clock, which runs what every feature has due. */
export function dashboardRoutes(advance: Advance) {
  const routes = new Hono<PageEnv>().basePath("/dashboard");
  routes.onError((error, c) => refusalPage(c, error));
  routes.use("*", pageHeaders);
  routes.route("/", assetRoutes);
  routes.route("/", signInRoutes);
  routes.use("*", signedIn);
  for (const pages of [...PAGES, clockPageRoutes(advance)]) routes.route("/", pages);
  routes.all("*", (c) => {
    throw new Problem("route.not_found", `there is no page ${c.req.path}`);
  });
  return routes;
}
