/** /dashboard/billing: the pages of billing under one router. */
import { Hono } from "hono";
import type { PageEnv } from "../page/request.ts";
import { cancelManyPages } from "./cancel-many.tsx";
import { couponPages } from "./coupons.tsx";
import { creditPages } from "./credits.tsx";
import { periodPages } from "./period.tsx";
import { planForms } from "./plan-form-page.tsx";
import { planPages } from "./plans.tsx";
import { subscriptionPages } from "./subscription.tsx";
import { subscriptionListPages } from "./subscriptions.tsx";
import { tenantBillingPages } from "./tenant-billing.tsx";

export const billingSection = new Hono<PageEnv>();
for (const pages of [
  tenantBillingPages,
  periodPages,
  planForms,
  planPages,
  subscriptionListPages,
  cancelManyPages,
  subscriptionPages,
  couponPages,
  creditPages,
]) {
  billingSection.route("/", pages);
}
