/** What of Lago's API is not here, and which call of this product does it. Pure. */
import type { Elsewhere } from "../common/dialect.ts";

export const ELSEWHERE: readonly Elsewhere[] = [
  [/\/(?:wallets|wallet_transactions)(?:\/|$)/, "grant credits with POST /api/credits"],
  [/\/(?:plans|add_ons|charges|fixed_charges)(?:\/|$)/, "use GET and POST /api/plans"],
  [/\/(?:coupons|applied_coupons)(?:\/|$)/, "use GET and POST /api/coupons"],
  [/\/credit_notes(?:\/|$)/, "use /api/credit-notes, and POST /api/invoices/{id}/credit"],
  [/\/(?:entitlements|features)(?:\/|$)/, "ask GET /api/usage/entitlements/{metric}"],
  [/\/alerts(?:\/|$)/, "thresholds are a plan's; read GET /api/usage/alerts"],
  [/\/(?:payments|payment_requests|payment_receipts)(?:\/|$)/, "use /api/invoices/{id}/payments"],
  [/\/(?:payment_url|checkout_url|portal_url)$/, "set pay_url with PUT /api/issuer"],
  [/\/webhook(?:_endpoints|s)(?:\/|$)/, "use /api/webhooks/endpoints"],
  [/\/(?:projected_usage|lifetime_usage)$/, "read GET /api/usage/summary"],
  [/\/fees(?:\/|$)/, "the lines of GET /api/invoices/{id} and GET /api/billing/preview say it"],
  [/\/(?:taxes|billing_entities|organizations)(?:\/|$)/, "use GET and PUT /api/issuer"],
  [/\/analytics(?:\/|$)/, "read GET /api/usage/summary and the revenue reports at /docs"],
  [/\/invoices(?:\/|$)/, "draft, finalize and void with /api/invoices"],
  [/\/subscriptions(?:\/|$)/, "change it with POST /api/subscriptions/{id}/change-plan"],
  [/\/customers(?:\/|$)/, "use /api/customers"],
  [/\/billable_metrics(?:\/|$)/, "use POST /api/usage/rules"],
  [/\/events(?:\/|$)/, "take events back with POST /api/usage/events/{id}/void"],
];
