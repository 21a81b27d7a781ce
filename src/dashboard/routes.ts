/** /dashboard: all pages under one router, each behind the session. */
import { Hono } from "hono";
import { Problem } from "../core/errors.ts";
import { alertRoutes } from "./alert.tsx";
import { alertRoutePageRoutes } from "./alert-routes.tsx";
import { assetRoutes } from "./asset.ts";
import { couponPageRoutes } from "./billing/coupons.tsx";
import { creditPageRoutes } from "./billing/credits.tsx";
import { ownBillingRoutes } from "./billing/own.tsx";
import { periodPageRoutes } from "./billing/period.tsx";
import { planFormRoutes } from "./billing/plan-form-page.tsx";
import { planPageRoutes } from "./billing/plans.tsx";
import { subscriptionPageRoutes } from "./billing/subscription.tsx";
import { subscriptionListRoutes } from "./billing/subscriptions.tsx";
import { customerRoutes } from "./customer.tsx";
import { webhookDeliveryRoutes } from "./delivery/delivery.tsx";
import { emailPageRoutes } from "./delivery/emails.tsx";
import { suppressionRoutes } from "./delivery/suppressions.tsx";
import { webhookRoutes } from "./delivery/webhooks.tsx";
import { documentActionRoutes } from "./document/action-routes.ts";
import { documentPageRoutes } from "./document/document-page.tsx";
import { documentFormRoutes } from "./document/form-page.tsx";
import { documentListRoutes } from "./document/list-page.tsx";
import { documentPreviewRoutes } from "./document/preview.tsx";
import { eventPageRoutes } from "./events.tsx";
import { importPageRoutes } from "./imports.tsx";
import { metricPageRoutes } from "./metrics.tsx";
import { revenueRoutes } from "./operator/revenue.tsx";
import { tenantPageRoutes } from "./operator/tenant.tsx";
import { tenantRoutes } from "./operator/tenants.tsx";
import { overviewRoutes } from "./overview.tsx";
import { refusalPage } from "./page.tsx";
import { type PageEnv, pageHeaders, signedIn } from "./request.ts";
import { accountPageRoutes } from "./settings/account.tsx";
import { brandingPageRoutes } from "./settings/branding.tsx";
import { paymentPageRoutes } from "./settings/payments.tsx";
import { peopleRoutes } from "./settings/people.tsx";
import { profileRoutes } from "./settings/profile.tsx";
import { signInRoutes } from "./sign-in.tsx";
import { usageRoutes } from "./usage.tsx";

export const dashboardRoutes = new Hono<PageEnv>().basePath("/dashboard");

dashboardRoutes.onError((error, c) => refusalPage(c, error));
dashboardRoutes.use("*", pageHeaders);
dashboardRoutes.route("/", assetRoutes);
dashboardRoutes.route("/", signInRoutes);
dashboardRoutes.use("*", signedIn);
for (const routes of [
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
]) {
  dashboardRoutes.route("/", routes);
}
dashboardRoutes.all("*", (c) => {
  throw new Problem("route.not_found", `there is no page ${c.req.path}`);
});
