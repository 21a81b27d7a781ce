/** What of Stripe's API is not here, and which call of this product does it. Pure. */
import type { Elsewhere } from "../common/dialect.ts";

const PAYMENTS =
  "money is taken by a payment provider: connect one with PUT /api/payment-providers/{provider}, " +
  "or book what came with POST /api/invoices/{id}/payments";
const PLANS = "prices are parts of a plan: POST /api/plans";

export const ELSEWHERE: readonly Elsewhere[] = [
  [/^\/v1\/invoices\/search/, "search with GET /api/search?q=, or filter GET /v1/invoices"],
  [/^\/v1\/customers\/search/, "search with GET /api/customers?q=, or filter GET /v1/customers"],
  [/^\/v1\/invoices\/[^/]+\/finalize/, "finalise with POST /api/invoices/{id}/finalize"],
  [/^\/v1\/invoices\/[^/]+\/send/, "send with POST /api/invoices/{id}/send"],
  [/^\/v1\/invoices\/[^/]+\/void/, "void with POST /api/invoices/{id}/void"],
  [/^\/v1\/invoices\/[^/]+\/(?:pay|attach)/, PAYMENTS],
  [/^\/v1\/invoices\/create_preview/, "estimate with GET /api/usage/billing-estimate"],
  [/^\/v1\/(?:invoices|invoiceitems)(?:\/|$)/, "write invoices with POST /api/invoices"],
  [/^\/v1\/customers\/[^/]+\/balance/, "read GET /api/customers/{id}/balance-transactions"],
  [/^\/v1\/customers\/[^/]+\/(?:payment|sources|cash)/, PAYMENTS],
  [/^\/v1\/customers(?:\/|$)/, "see the operations on /api/customers at /docs"],
  [/^\/v1\/credit_notes/, "credit with POST /api/invoices/{id}/credit"],
  [/^\/v1\/quotes/, "write quotes with POST /api/quotes"],
  [/^\/v1\/(?:products|prices|plans)(?:\/|$)/, PLANS],
  [/^\/v1\/subscription/, "subscribe a tenant with POST /api/subscriptions"],
  [/^\/v1\/(?:coupons|promotion_codes)/, "make coupons with POST /api/coupons"],
  [/^\/v1\/billing\/credit_/, "grant credits with POST /api/credits"],
  [/^\/v1\/billing\/alerts/, "say who hears of alerts with PUT /api/alert-routes"],
  [/^\/v1\/billing_portal/, "invite a user with POST /api/users: the dashboard is its portal"],
  [/^\/v1\/entitlements/, "ask GET /api/usage/entitlements/{metric}"],
  [/^\/v1\/webhook_endpoints/, "add an endpoint with POST /api/webhooks/endpoints"],
  [/^\/v[12]\/(?:core\/)?events/, "read GET /api/webhooks/deliveries"],
  [/^\/v1\/test_helpers/, "move a test tenant's clock with POST /api/test-clock"],
  [/^\/v1\/tax/, "a line, a customer or an issuer has a tax: see /api/issuer at /docs"],
  [/^\/v1\/(?:checkout|payment|charges|refunds|setup_intents|tokens|sources|disputes)/, PAYMENTS],
  [/^\/v1\/(?:balance|payouts|transfers)/, PAYMENTS],
  [/^\/v1\/(?:account|accounts)(?:\/|$)/, "read the key's own tenant with GET /api/tenant"],
  [/^\/v2\/billing\/meters/, "meters are at /v1/billing/meters"],
  [/^\/oauth/, "make a key with POST /api/keys"],
];
