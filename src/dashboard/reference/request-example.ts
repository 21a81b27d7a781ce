/**
 * The bodies that the reference's examples send, by operation. One that is not here is made from
 * its schema; what is here is sent to the product by a test, which takes it. Pure.
 */
import { idExample } from "./named-example.ts";

const CUSTOMER = idExample("cus");
const TENANT = idExample("ten");

const LINES = [
  {
    name: "Consulting",
    description: "Workshop and report",
    quantity: 2,
    unit: "hours",
    unit_price: "150.50",
    tax: { category: "S", percent: 19, name: "VAT" },
  },
];
const DRAFT = { customer_id: CUSTOMER, currency: "EUR", lines: LINES };
const PLAN = {
  currency: "EUR",
  base_price_monthly: 49,
  base_price_yearly: 490,
  prices: [
    { metric_name: "api_calls", included_quantity: 100_000, unit_price: "0.002" },
    {
      metric_name: "tokens",
      model: "graduated",
      tiers: [{ up_to: 1_000_000, unit_price: "0.000004" }, { unit_price: "0.000003" }],
    },
  ],
};
const SENDING = { to: ["ap@northwind.example"], message: "Thank you for your order." };

/** Bodies by operation, made when a document is. */
export function requestExamples(): Readonly<Record<string, unknown>> {
  return { ...usage(), ...accounts(), ...documents(), ...billing(), ...delivery() };
}

/** Of parameters in the query, those that examples send, by operation. */
export function queryExamples(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return {
    recordLogs: { metric: "bytes_out", quantity: "/bytes", id: "/id", user: "/user" },
    getUsageSummary: { metric_name: "api_calls", group_by: "user_id" },
    search: { q: "north" },
    getInvoiceXml: { format: "xrechnung-cii" },
  };
}

function usage(): Record<string, unknown> {
  const event = { metric_name: "api_calls", quantity: 3, id: "order-1042", user_id: "user-42" };
  const trace = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: "5b8efff798038103d269b633813fc60c",
                spanId: "eee19b7ec3c1b174",
                name: "chat gpt-4o",
                endTimeUnixNano: "1796031000000000000",
                attributes: [
                  { key: "gen_ai.request.model", value: { stringValue: "gpt-4o" } },
                  { key: "gen_ai.usage.input_tokens", value: { intValue: "812" } },
                  { key: "gen_ai.usage.output_tokens", value: { intValue: "96" } },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
  const cloudEvent = {
    specversion: "1.0",
    id: "order-1042",
    source: "/shop/checkout",
    type: "api_calls",
    subject: "user-42",
    data: { quantity: 3, region: "eu" },
  };
  return {
    recordUsage: { ...event, metadata: { region: "eu" } },
    recordUsageBatch: [
      event,
      { metric_name: "data_storage", quantity: "12.5", id: "volume-7", metadata: { region: "us" } },
    ],
    recordCloudEvents: cloudEvent,
    recordLogs: [{ id: "req-88", route: "/v1/search", bytes: 5120, user: "user-42" }],
    recordTraces: trace,
    putTraces: trace,
    declareMetric: {
      display_name: "Tokens",
      unit: "tokens",
      aggregation: "sum",
      dimensions: ["model"],
    },
    createUsageRule: {
      event_type: "model.call",
      metric_name: "tokens",
      value_path: "$.usage.tokens",
      group_paths: { model: "$.model" },
    },
    tryUsageRules: {
      specversion: "1.0",
      id: "call-1",
      source: "/api",
      type: "model.call",
      data: { usage: { tokens: 812 }, model: "gpt-4o" },
    },
    changeUsageRule: { active: false },
    createUsageImport: { name: "January from the old system" },
    addUsageImportEvents: {
      events: [
        {
          metric_name: "api_calls",
          quantity: 950,
          id: "old-2026-01-07",
          timestamp: "2026-01-07T00:00:00Z",
        },
      ],
    },
  };
}

function accounts(): Record<string, unknown> {
  return {
    createTenant: { name: "Northwind", external_id: "customer-4711" },
    putTenant: { name: "Northwind" },
    changeTenant: { events_per_minute: 60_000 },
    setTenantBudgets: { customers: 5000, webhook_endpoints: 10 },
    moveToLedger: { tenant_id: TENANT, ledger: 0 },
    createRole: {
      name: "Accounts receivable",
      permissions: ["documents.read", "documents.write", "billing.read"],
    },
    createUser: { email: "jane@acme.example", name: "Jane Miller", role: "member" },
    changeUser: { role: "admin" },
    createKey: { name: "Backend", role: "ingest" },
    changeKey: { reads_per_minute: 600, writes_per_minute: 60 },
    rotateKey: { overlap_hours: 24 },
    moveTestClock: { now: "2027-01-01T00:00:00Z" },
  };
}

function documents(): Record<string, unknown> {
  return {
    putIssuer: {
      legal_name: "Acme GmbH",
      address: {
        street: "Lindenstraße",
        house_number: "5",
        postal_code: "10969",
        city: "Berlin",
        country: "DE",
      },
      email: "billing@acme.example",
      vat_id: "DE123456788",
      bank: { iban: "DE02120300000000202051", bic: "BYLADEM1001", holder: "Acme GmbH" },
      payment_terms_days: 14,
    },
    createCustomer: {
      name: "Northwind Ltd",
      contact_name: "Jane Miller",
      email: "ap@northwind.example",
      address: {
        street: "High Street",
        house_number: "12",
        postal_code: "EC1A 1BB",
        city: "London",
        country: "GB",
      },
      currency: "EUR",
      language: "en",
    },
    changeCustomer: { email: "accounts@northwind.example", payment_terms_days: 30 },
    refundBalance: { amount: "20.00", currency: "EUR", method: "bank transfer" },
    applyBalance: { amount: "20.00" },
    putBranding: { template: "calm", accent: "#4f46e5", footer: "Thank you for your business." },
    createInvoice: { ...DRAFT, purchase_order: "PO-7731" },
    changeInvoice: { purchase_order: "PO-7732" },
    createQuote: DRAFT,
    changeQuote: { memo: "Valid for two weeks." },
    createProformaInvoice: DRAFT,
    changeProformaInvoice: { memo: "Payable before delivery." },
    createRecurringInvoice: {
      invoice_id: idExample("inv"),
      interval: "month",
      starts_on: "2027-01-31",
      delivery: "send",
    },
    actInvoices: { act: "remind", filter: { status: "overdue" } },
    actQuotes: { act: "send", filter: { status: "pending" } },
    actProformaInvoices: { act: "finalize", filter: { status: "draft" } },
    actCreditNotes: { act: "send", filter: { issued_from: "2027-01-01" } },
    voidInvoice: { reason: "Sent to the wrong customer" },
    creditInvoice: { reason: "Delivered in part", lines: [{ position: 1, quantity: 1 }] },
    recordPayment: { amount: "358.19", currency: "EUR", method: "bank transfer" },
    rejectQuote: { reason: "We decided for another offer" },
    createInvoiceLink: { days: 30 },
    createQuoteLink: { days: 30 },
    createCreditNoteLink: { days: 30 },
    createProformaInvoiceLink: { days: 30 },
  };
}

function billing(): Record<string, unknown> {
  return {
    createPlan: { code: "PRO", name: "Pro", ...PLAN },
    changePlan: { name: "Pro 2027" },
    createPlanVersion: PLAN,
    createSubscription: { tenant_id: TENANT, plan: "PRO", billing_cycle: "monthly" },
    updateSubscription: { purchase_order: "PO-7731" },
    changeSubscriptionPlan: { plan: "BUSINESS", when: "period_end" },
    cancelSubscription: { when: "period_end" },
    changeSubscriptionZone: { time_zone: "Europe/Berlin" },
    simulateBilling: {
      currency: "EUR",
      base_price: 49,
      prices: [{ metric_name: "api_calls", included_quantity: 1000, unit_price: "0.002" }],
      usage: [{ metric_name: "api_calls", quantity: 1250 }],
    },
    createCoupon: { code: "LAUNCH20", name: "Launch offer", percent: 20, periods: 3 },
    redeemCoupon: { code: "LAUNCH20" },
    createCredit: { tenant_id: TENANT, kind: "granted", amount: 50, currency: "EUR" },
    connectPaymentProvider: { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" },
    assignUnmatchedMoney: { invoice_id: idExample("inv") },
  };
}

function delivery(): Record<string, unknown> {
  return {
    createWebhookEndpoint: {
      url: "https://shop.example.com/webhooks",
      events: ["invoice.paid", "usage.threshold_reached"],
    },
    changeWebhookEndpoint: { enabled: true },
    rotateWebhookSecret: { overlap_hours: 24 },
    replayWebhooks: { after: 127 },
    sendInvoice: SENDING,
    sendQuote: SENDING,
    sendCreditNote: SENDING,
    sendProformaInvoice: SENDING,
    putEmailSettings: { send_invoices: true, send_reminders: true },
    putAlertRoutes: {
      data: [
        {
          name: "Operations",
          events: ["usage.limit_reached", "webhook.disabled"],
          emails: ["ops@acme.example"],
        },
      ],
    },
    addSuppression: { address: "former@northwind.example" },
  };
}
