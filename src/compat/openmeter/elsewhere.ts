/** What of OpenMeter's API is not here, and which call of this product does it. Pure. */
import type { Elsewhere } from "../common/dialect.ts";

export const ELSEWHERE: readonly Elsewhere[] = [
  [/\/grants(?:\/|$)/, "grant credits with POST /api/credits, or raise a plan's included quantity"],
  [
    /\/entitlements(?:\/|$)/,
    "limits come from the plan's prices: create a plan with POST /api/plans and subscribe with " +
      "POST /api/subscriptions",
  ],
  [/\/plans(?:\/|$)|\/addons(?:\/|$)/, "use GET and POST /api/plans"],
  [/\/subscriptions(?:\/|$)/, "use GET and POST /api/subscriptions"],
  [/\/billing(?:\/|$)/, "use GET /api/invoices and the operations of billing at /docs"],
  [/\/notification(?:\/|$)/, "use /api/webhooks/endpoints and /api/alert-routes"],
  [/\/portal(?:\/|$)/, "make a ticket for a browser with POST /api/usage/live/ticket"],
  [/\/apps(?:\/|$)|\/stripe(?:\/|$)|\/marketplace/, "payment providers are connected at /docs"],
  [/\/v3\//, "of version 3 events alone are taken here; read with version 1"],
];
