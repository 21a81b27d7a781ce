/** Mounts the routes of billing's rooms. */
import type { AppEnv } from "../accounts/actor/actor.ts";
import { createApi } from "../platform/schema/openapi.ts";
import { correctionRoutes } from "./correction/correction-routes.ts";
import { ruleRoutes } from "./correction/rule-routes.ts";
import { couponRoutes } from "./credit/coupon-routes.ts";
import { creditRoutes } from "./credit/credit-routes.ts";
import { importFileRoutes } from "./import/import-file-routes.ts";
import { importRoutes } from "./import/import-routes.ts";
import { subscriptionRoutes } from "./lifecycle/subscription-routes.ts";
import { versionRoutes } from "./lifecycle/version-routes.ts";
import { periodRoutes } from "./period/period-routes.ts";
import { planRoutes } from "./plan/plan-routes.ts";
import { proofRoutes } from "./proof/proof-routes.ts";
import { providerRoutes } from "./provider/provider-routes.ts";
import { unmatchedRoutes } from "./provider/unmatched-routes.ts";
import { revenueRoutes } from "./revenue/revenue-routes.ts";
import { explainRoutes } from "./usage/explain-routes.ts";
import { simulateRoutes } from "./usage/simulate-routes.ts";
import { usageRoutes } from "./usage/usage-routes.ts";

export const billingRoutes = createApi<AppEnv>();

// The order is that of the API's document.
billingRoutes.route("/", planRoutes);
billingRoutes.route("/", versionRoutes);
billingRoutes.route("/", subscriptionRoutes);
billingRoutes.route("/", usageRoutes);
billingRoutes.route("/", periodRoutes);
billingRoutes.route("/", simulateRoutes);
billingRoutes.route("/", explainRoutes);
billingRoutes.route("/", correctionRoutes);
billingRoutes.route("/", ruleRoutes);
billingRoutes.route("/", importRoutes);
billingRoutes.route("/", importFileRoutes);
billingRoutes.route("/", proofRoutes);
billingRoutes.route("/", couponRoutes);
billingRoutes.route("/", creditRoutes);
billingRoutes.route("/", providerRoutes);
billingRoutes.route("/", unmatchedRoutes);
billingRoutes.route("/", revenueRoutes);
