// Made by `npm run client:types` from the API's own document, /openapi.json.

/** The version of the API that these types are of, and that the client asks for. */
export const API_VERSION = "2026-11-30";

export type RecordedUsage = {
  id: string;
  event_seq: number;
  metric_name: string;
  quantity: number;
  timestamp: string;
  recorded_at: string;
  message: string;
  duplicate: boolean;
  alerts: Array<UsageAlert>;
  warning?: UsageWarning;
};

export type UsageAlert = {
  subscription_id: string | null;
  user_id: string | null;
  metric_name: string;
  threshold_percent: number;
  /** Null where none is included */
  usage_percent: number | null;
  used_quantity: number;
  included_quantity: number;
  alert_level: "warning" | "critical";
  message: string;
  cause: "usage" | "limit_changed";
  event_id: string | null;
};

export type UsageWarning = {
  code: "usage.metric_undeclared";
  metric_name: string;
  /** The declared or priced metric whose name is most like it */
  suggestion: string | null;
  detail: string;
  /** Whose usage it is, where what was sent names tenants */
  tenant_id?: string;
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: "request.unreadable" | "request.invalid" | "request.too_large" | "request.unsupported_media_type" | "request.unsupported_encoding" | "request.range_unsatisfiable" | "request.upgrade_required" | "request.rate_limited" | "request.version_unknown" | "request.cursor_invalid" | "idempotency.key_reused" | "idempotency.in_progress" | "idempotency.answer_lost" | "idempotency.too_many" | "auth.missing" | "auth.invalid" | "auth.signed_out" | "auth.forged" | "auth.link_spent" | "auth.forbidden" | "auth.address_refused" | "auth.not_for_tenant" | "members.email_taken" | "members.role_in_use" | "members.last_owner" | "tenants.external_id_taken" | "resource.not_found" | "route.unknown_host" | "route.not_found" | "resource.conflict" | "clock.not_test" | "clock.backwards" | "usage.conflict" | "usage.archived" | "usage.damaged" | "usage.billed" | "usage.limit_reached" | "usage.event_too_old" | "usage.event_in_future" | "usage.quantity_overflow" | "usage.too_many_values" | "usage.too_many_metrics" | "usage.metric_undeclared" | "usage.items_refused" | "usage.unavailable" | "budget.reached" | "einvoice.incomplete" | "link.gone" | "document.changed" | "coupon.spent" | "hook.unsigned" | "period.open" | "subscription.exists" | "subscription.none" | "webhook.no_secret" | "service.secret_lost" | "service.no_public_url" | "service.busy" | "internal";
  detail: string;
  request_id: string;
  errors?: Array<{
    pointer: string;
    detail: string;
  }>;
  /** Of `budget.reached`, and of `request.rate_limited` over a tenant's limit: which */
  budget?: "events_per_minute" | "reads_per_minute" | "writes_per_minute" | "metric_names" | "usage_rules" | "live_sockets" | "api_keys" | "users" | "roles" | "customers" | "items" | "recurring_invoices" | "open_imports" | "stored_bytes" | "webhook_endpoints" | "endpoints_per_host" | "challenges_per_hour" | "webhook_requests_per_hour" | "deliveries_in_flight" | "exports_per_hour" | "erasures_per_hour" | "emails_per_hour";
  /** What that budget holds */
  limit?: number;
};

export type UsageEventInput = {
  metric_name: string;
  quantity: number | string;
  /** Identity within the source; made here when missing */
  id?: string;
  /** Where the event comes from; `api` when missing */
  source?: string;
  /** From 35 days back to 5 minutes ahead */
  timestamp?: string;
  user_id?: string | null;
  metadata?: Record<string, unknown>;
  /** Where a hard limit stands in the way, take the part that fits */
  cap?: boolean;
};

export type BatchResult = {
  accepted: number;
  duplicates: number;
  refused: number;
  results: Array<{
    /** 201 accepted, 202 queued, 200 duplicate, or the problem's status */
    status: number;
    id: string | null;
    event_seq?: number;
    /** What was taken, where a limit capped it, or of a single event */
    quantity?: number;
    code?: string;
    detail?: string;
    errors?: Array<{
      pointer: string;
      detail: string;
    }>;
    remaining?: number;
  }>;
  alerts: Array<UsageAlert & {
    /** Whose alert it is, where what was sent names tenants */
    tenant_id?: string;
  }>;
  warnings?: Array<UsageWarning>;
};

export type BatchEventInput = {
  metric_name: string;
  quantity: number | string;
  /** Identity within the source; made here when missing */
  id?: string;
  /** Where the event comes from; `api` when missing */
  source?: string;
  /** From 35 days back to 5 minutes ahead */
  timestamp?: string;
  user_id?: string | null;
  metadata?: Record<string, unknown>;
  /** Where a hard limit stands in the way, take the part that fits */
  cap?: boolean;
  /** With a key of the operator, and without BoxCost-Tenant: the tenant whose usage it is, by its id or external id; the operator itself where it is missing */
  tenant?: string;
};

export type IntakeResult = {
  accepted: number;
  duplicates: number;
  refused: number;
  alerts: Array<UsageAlert & {
    /** Whose alert it is, where what was sent names tenants */
    tenant_id?: string;
  }>;
  warnings?: Array<UsageWarning>;
};

export type IntakeProblem = Problem & {
  accepted?: number;
  duplicates?: number;
  refused?: number;
  alerts?: Array<UsageAlert & {
    /** Whose alert it is, where what was sent names tenants */
    tenant_id?: string;
  }>;
  warnings?: Array<UsageWarning>;
};

export type CloudEvent = {
  specversion: "1.0";
  id: string;
  /** The usage event's source */
  source: string;
  /** What usage rules are for; else the metric's name */
  type: string;
  time?: string;
  /** The usage event's `user_id` */
  subject?: string;
  /** `quantity`, else `value`, is the quantity; the rest is metadata */
  data?: Record<string, unknown>;
  [name: string]: unknown;
};

export type TraceResult = {
  partialSuccess?: {
    rejectedSpans: number;
    errorMessage: string;
  };
};

export type Trace = {
  resourceSpans?: Array<Record<string, unknown>>;
  [name: string]: unknown;
};

export type Tenant = {
  id: string;
  /** The operator's own id for it */
  external_id: string | null;
  name: string;
  mode: "live" | "test";
  operator: boolean;
  /** null for live tenants */
  test_clock: string | null;
  /** What it may record; null: as many as it sends */
  events_per_minute: number | null;
  /** Where its meter, usage and files are kept for good; null: where the installation is */
  jurisdiction: "eu" | "fedramp" | null;
  created_at: string;
};

export type FailingWork = {
  id: string;
  tenant_id: string;
  kind: string;
  /** What the work is for, such as a period's id */
  ref: string;
  attempts: number;
  /** Why the last attempt failed */
  error: string;
  next_at: string;
  /** Whose time `next_at` is */
  clock: "real" | "test";
};

export type User = {
  id: string;
  email: string;
  name: string;
  /** `owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own */
  role: string;
  own_usage: boolean;
  own_documents: boolean;
  customers: Array<string> | null;
  created_at: string;
};

export type Role = {
  id: string;
  name: string;
  description: string | null;
  permissions: Array<"usage.write" | "usage.read" | "usage.for_others" | "usage.void" | "metrics.write" | "documents.read" | "documents.write" | "documents.finalize" | "settings.write" | "billing.read" | "members.read" | "members.write" | "keys.write" | "audit.read" | "data.export" | "data.erase" | "clock.move" | "operator.read" | "operator.metrics" | "operator.tenants" | "operator.plans" | "operator.subscriptions">;
  /** how many users have it */
  users: number;
  /** how many keys that were not revoked have it */
  keys: number;
  created_at: string;
  updated_at: string;
};

export type ApiKey = {
  id: string;
  name: string;
  hint: string;
  /** `owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own */
  role: string;
  user_id: string | null;
  /** the user with whom the key ends; none for the tenant's own */
  made_by?: string;
  /** what of its role it is confined to; null: to nothing */
  permissions: Array<"usage.write" | "usage.read" | "usage.for_others" | "usage.void" | "metrics.write" | "documents.read" | "documents.write" | "documents.finalize" | "settings.write" | "billing.read" | "members.read" | "members.write" | "keys.write" | "audit.read" | "data.export" | "data.erase" | "clock.move" | "operator.read" | "operator.metrics" | "operator.tenants" | "operator.plans" | "operator.subscriptions"> | null;
  /** of an operator's key, the tenants that it is confined to; null: to none */
  tenants: Array<string> | null;
  /** the addresses from which it is taken; null: from any */
  ips: Array<string> | null;
  own_usage: boolean;
  own_documents: boolean;
  customers: Array<string> | null;
  created_at: string;
  /** when it ends by itself */
  expires_at: string | null;
  /** when it was last seen in use, exact to about five minutes */
  last_used_at: string | null;
  /** the id of the key that it was rotated to */
  replaced_by: string | null;
  /** how many GET and HEAD requests it may send a minute; null: as many as its tenant may */
  reads_per_minute: number | null;
  /** how many other requests, but for recording, it may send a minute; null: as many as its tenant may */
  writes_per_minute: number | null;
  /** the version of the API that its requests are in, unless they name another */
  api_version: "2026-11-01" | "2026-11-30";
  revoked_at: string | null;
};

export type AuditEntry = {
  id: string;
  at: string;
  /** `system` for what the product did by itself */
  key_id: string;
  user_id: string | null;
  action: string;
  target: string;
  /** `acted_by` where a key of the operator acted for the tenant: `key_id` and `user_id` are the operator's then, whose own log names the tenant as `acted_for` */
  detail: Record<string, unknown>;
  /** the fields that it changed, as they were, named as they are stored: times end in `_ms`, amounts in the smallest unit in `_minor`; secrets are not among them. Null where the thing was not there before, or where `after` is null, too, and no row changed */
  before: Record<string, unknown> | null;
  /** the same fields as they became; null where the thing is gone */
  after: Record<string, unknown> | null;
  address: string | null;
  /** what the key was called then, or the person who was signed in */
  key_name: string | null;
  /** the dashboard's session, where it came from one */
  session_id: string | null;
  /** its first 200 characters */
  user_agent: string | null;
  /** its place in the log, from 1 without gaps */
  seq: number | null;
  /** seals it and all before it; null for at most a minute */
  hash: string | null;
  request_id: string | null;
  /** the X-Request-Id that the caller sent, if any */
  caller_request_id?: string;
};

export type AuditHead = ChainPlace & {
  /** null where nothing is sealed yet */
  sealed_at: string | null;
  /** how far it was last found whole; null for never */
  verified_seq: number | null;
  verified_at: string | null;
};

export type ChainPlace = {
  seq: number;
  /** empty where there is none yet */
  hash: string;
};

export type ChainWalk = {
  verified: ChainPlace & unknown;
  head: ChainPlace;
  /** false: ask again with `after_seq` */
  done: boolean;
  /** the first 20 of this step */
  faults: Array<ChainFault>;
};

export type ChainFault = {
  kind: "changed" | "missing" | "inserted" | "order";
  seq: number;
  id: string | null;
  detail: string;
};

export type RequestLog = {
  id: string;
  at: string;
  method: string;
  /** ids stand in it; any other value is its parameter's name, as in `{name}` */
  path: string;
  status: number;
  /** of a refusal's problem */
  code: string | null;
  key_id: string;
  user_id: string | null;
  /** the operator's tenant, where its key acted for this one; the key is its own */
  acted_by: string | null;
  duration_ms: number;
  request_id: string;
};

export type UsageEvent = {
  id: string;
  source: string;
  event_seq: number;
  metric_name: string;
  quantity: number;
  timestamp: string;
  recorded_at: string;
  user_id: string | null;
  metadata: Record<string, unknown>;
  voided: boolean;
};

export type UsageSummary = {
  user_id: string | null;
  /** Where several were named */
  user_ids?: Array<string>;
  period: {
    start: string;
    end: string;
  };
  metrics: Array<{
    metric_name: string;
    total_quantity: number;
    event_count: number;
    first_usage: string | null;
    last_usage: string | null;
  }>;
  breakdown?: Array<{
    start?: string;
    end?: string;
    group?: Record<string, string | null>;
    metric_name: string;
    total_quantity: number;
    event_count: number;
    first_usage: string | null;
    last_usage: string | null;
  }>;
};

export type Metric = {
  name: string;
  description: string;
  /** What documents and e-mails call it: the name it was given, else its description where that is short, else its id in words */
  display_name: string;
  unit: string;
  aggregation: "sum" | "count" | "max" | "min" | "latest" | "unique";
  property: string | null;
  dimensions: Array<string>;
  standard: boolean;
};

export type UndeclaredMetric = {
  name: string;
  /** The declared or priced metric whose name is most like it */
  suggestion: string | null;
  events: number;
  quantity: number;
  /** The latest time of its events */
  last_used: string;
};

export type RefusedUsage = {
  id: string;
  refused_at: string;
  code: string;
  detail: string;
  /** what to do about it */
  advice: string;
  /** 1; of the entry for those of an hour that are beyond the list, how many */
  events: number;
  /** as it may be sent again; null for those beyond the list, and for what was no event */
  event: {
    id: string;
    source: string;
    metric_name: string;
    quantity: number;
    timestamp: string;
    user_id: string | null;
    metadata: Record<string, unknown>;
  } | null;
};

export type Ledgers = {
  ledgers: Array<{
    ledger: number;
    /** Where its database is kept; null: anywhere */
    jurisdiction: "eu" | "fedramp" | null;
    tenants: number;
    /** Of its database, when it was seen last */
    bytes: number;
    seen_at: string | null;
    /** The first 20 */
    first_tenants: Array<string>;
  }>;
};

export type LedgerTenant = {
  tenant_id: string;
  /** Those that are not archived */
  events: number;
  /** About what their segments take, by the newest; series take as much again */
  bytes: number;
};

export type LedgerMove = {
  tenant_id: string;
  /** Where it moves, or is */
  ledger: number;
  /** What comes next; `moved` once all is done */
  step: "clear" | "copy" | "catch_up" | "fence" | "finish" | "verify" | "switch" | "moved";
  copied_rows: number;
};

export type Issuer = {
  contact_name: string | null;
  address: {
    street: string | null;
    house_number: string | null;
    lines: Array<string>;
    city: string | null;
    postal_code: string | null;
    region: string | null;
    country: string | null;
  };
  email: string | null;
  phone: string | null;
  website: string | null;
  vat_id: string | null;
  tax_number: string | null;
  legal_id: {
    scheme: string | null;
    value: string;
  } | null;
  electronic_address: {
    scheme: string;
    value: string;
  } | null;
  identifiers: Array<{
    scheme: string | null;
    value: string;
  }>;
  legal_information: string | null;
  legal_name: string;
  bank: {
    holder: string | null;
    iban: string | null;
    bic: string | null;
    name: string | null;
    account: Array<{
      label: string;
      value: string;
    }>;
    upi: string | null;
  } | null;
  time_zone: string;
  currency: string;
  tax_currency: string | null;
  language: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  page_size: "a4" | "letter" | null;
  payment_terms_days: number;
  tax: {
    category: string;
    percent: number;
    name: string | null;
    components: Array<{
      name: string;
      percent: number;
    }>;
    exemption: {
      reason: string;
      code: string | null;
    } | null;
  };
  number_formats: {
    invoice: string;
    quote: string;
    credit_note: string;
  };
  reminder_days: Array<number>;
  pay_url: string | null;
  rounding: Record<string, number> | null;
  payee: {
    name: string;
    id: {
      scheme: string | null;
      value: string;
    } | null;
    legal_id: {
      scheme: string | null;
      value: string;
    } | null;
  } | null;
  tax_representative: {
    name: string;
    vat_id: string;
    address: {
      street: string | null;
      house_number: string | null;
      lines: Array<string>;
      city: string | null;
      postal_code: string | null;
      region: string | null;
      country: string | null;
    };
  } | null;
  e_invoice_formats: Record<string, string> | null;
  strict: boolean;
};

export type IssuerInput = {
  legal_name: string;
  contact_name?: string | null;
  address?: Address;
  email?: string | null;
  phone?: string | null;
  website?: string | null;
  vat_id?: string | null;
  tax_number?: string | null;
  legal_id?: {
    scheme?: string | null;
    value: string;
  } | null;
  electronic_address?: {
    /** EAS: 0088 is a GLN, 0204 a Leitweg-ID, 0208 a Belgian enterprise number, 9930 a German VAT id. EM is an e-mail address, to which the Peppol network does not deliver */
    scheme: string;
    value: string;
  } | null;
  /** other ids that it is known by (BT-29, BT-46), such as a GLN */
  identifiers?: Array<{
    scheme?: string | null;
    value: string;
  }>;
  /** what the law asks a seller to say of itself, such as its share capital (BT-33) */
  legal_information?: string | null;
  /** who is paid where that is not you (BG-10), such as a factor */
  payee?: {
    name: string;
    id?: {
      scheme?: string | null;
      value: string;
    } | null;
    legal_id?: {
      scheme?: string | null;
      value: string;
    } | null;
  } | null;
  /** who answers for your tax where you are not established (BG-11) */
  tax_representative?: {
    name: string;
    vat_id: string;
    address: Address;
  } | null;
  bank?: {
    holder?: string | null;
    iban?: string | null;
    bic?: string | null;
    name?: string | null;
    account?: Array<{
      label: string;
      value: string;
    }>;
    upi?: string | null;
  } | null;
  time_zone?: string;
  currency?: string;
  tax_currency?: string | null;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  page_size?: "a4" | "letter" | null;
  payment_terms_days?: number;
  tax?: Tax;
  number_formats?: {
    invoice?: string;
    quote?: string;
    credit_note?: string;
  };
  /** when open invoices are reminded of, in days from the due date; none: never */
  reminder_days?: Array<number>;
  pay_url?: string | null;
  /** by currency, the step to which amounts due are rounded; the total stays */
  rounding?: Record<string, number | string> | null;
  /** the format of e-invoices by the customer's country, `*` for all others; `cii` where nothing is said. A customer's own format goes before */
  e_invoice_formats?: Record<string, "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol"> | null;
  /** whether a draft that lacks what its e-invoice needs is refused its number (422 `einvoice.incomplete`). What billing closes and credit notes are never stopped */
  strict?: boolean;
};

export type Address = {
  street?: string | null;
  /** stands before or behind the street, as the country writes it */
  house_number?: string | null;
  lines?: Array<string>;
  city?: string | null;
  postal_code?: string | null;
  region?: string | null;
  /** ISO 3166-1 alpha-2; UK is taken as GB, EL as GR */
  country?: string | null;
};

export type Tax = {
  category: "S" | "Z" | "E" | "AE" | "K" | "G" | "O" | "L" | "M";
  percent?: number | string;
  name?: string | null;
  components?: Array<{
    name: string;
    percent: number | string;
  }>;
  exemption?: {
    reason: string;
    code?: string | null;
  } | null;
};

export type Customer = Party & {
  id: string;
  shipping: {
    name: string;
    address: {
      street: string | null;
      house_number: string | null;
      lines: Array<string>;
      city: string | null;
      postal_code: string | null;
      region: string | null;
      country: string | null;
    };
  } | null;
  language: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi" | null;
  currency: string | null;
  tax: {
    category: string;
    percent: number;
    name: string | null;
    components: Array<{
      name: string;
      percent: number;
    }>;
    exemption: {
      reason: string;
      code: string | null;
    } | null;
  } | null;
  payment_terms_days: number | null;
  mandate: {
    reference: string;
    iban: string | null;
    creditor_id: string | null;
  } | null;
  reference: string | null;
  customer_number: string | null;
  buyer_reference: string | null;
  e_invoice_format: string | null;
  /** the tenant that this customer is */
  tenant_id: string | null;
  created_at: string;
  updated_at: string;
};

export type Party = {
  name: string;
  contact_name: string | null;
  address: {
    street: string | null;
    house_number: string | null;
    lines: Array<string>;
    city: string | null;
    postal_code: string | null;
    region: string | null;
    country: string | null;
  };
  email: string | null;
  phone: string | null;
  website: string | null;
  vat_id: string | null;
  tax_number: string | null;
  legal_id: {
    scheme: string | null;
    value: string;
  } | null;
  electronic_address: {
    scheme: string;
    value: string;
  } | null;
  identifiers: Array<{
    scheme: string | null;
    value: string;
  }>;
  legal_information: string | null;
};

export type CustomerInput = {
  name: string;
  contact_name?: string | null;
  address?: Address;
  email?: string | null;
  phone?: string | null;
  website?: string | null;
  vat_id?: string | null;
  tax_number?: string | null;
  legal_id?: {
    scheme?: string | null;
    value: string;
  } | null;
  electronic_address?: {
    /** EAS: 0088 is a GLN, 0204 a Leitweg-ID, 0208 a Belgian enterprise number, 9930 a German VAT id. EM is an e-mail address, to which the Peppol network does not deliver */
    scheme: string;
    value: string;
  } | null;
  /** other ids that it is known by (BT-29, BT-46), such as a GLN */
  identifiers?: Array<{
    scheme?: string | null;
    value: string;
  }>;
  shipping?: {
    name: string;
    address: Address;
  } | null;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi" | null;
  currency?: string | null;
  tax?: Tax & Record<string, unknown> | null;
  payment_terms_days?: number | null;
  mandate?: {
    reference: string;
    iban?: string | null;
    creditor_id?: string | null;
  } | null;
  reference?: string | null;
  /** what you call it by on its documents (BT-46 where it has no identifier) */
  customer_number?: string | null;
  /** what its documents name as buyer reference unless they name another (BT-10) */
  buyer_reference?: string | null;
  /** the format of its e-invoices, before what the issuer says of its country */
  e_invoice_format?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol" | null;
};

export type CustomerWithBalances = Customer & {
  /** its credit balance in each currency: paid or credited beyond its invoices; none for whoever sees only documents of their own */
  balances: Array<CustomerBalance>;
};

export type CustomerBalance = {
  currency: string;
  amount: number;
};

export type CustomerChange = {
  name?: string;
  contact_name?: string | null;
  address?: Address;
  email?: string | null;
  phone?: string | null;
  website?: string | null;
  vat_id?: string | null;
  tax_number?: string | null;
  legal_id?: {
    scheme?: string | null;
    value: string;
  } | null;
  electronic_address?: {
    /** EAS: 0088 is a GLN, 0204 a Leitweg-ID, 0208 a Belgian enterprise number, 9930 a German VAT id. EM is an e-mail address, to which the Peppol network does not deliver */
    scheme: string;
    value: string;
  } | null;
  /** other ids that it is known by (BT-29, BT-46), such as a GLN */
  identifiers?: Array<{
    scheme?: string | null;
    value: string;
  }>;
  shipping?: {
    name: string;
    address: Address;
  } | null;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi" | null;
  currency?: string | null;
  tax?: Tax & Record<string, unknown> | null;
  payment_terms_days?: number | null;
  mandate?: {
    reference: string;
    iban?: string | null;
    creditor_id?: string | null;
  } | null;
  reference?: string | null;
  /** what you call it by on its documents (BT-46 where it has no identifier) */
  customer_number?: string | null;
  /** what its documents name as buyer reference unless they name another (BT-10) */
  buyer_reference?: string | null;
  /** the format of its e-invoices, before what the issuer says of its country */
  e_invoice_format?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol" | null;
};

export type BalanceTransaction = {
  id: string;
  customer_id: string;
  kind: "overpayment" | "credit_note" | "invoice_payment" | "balance_refund" | "invoice_refund";
  /** above 0 what came, below 0 what went */
  amount: number;
  ending_balance: number;
  currency: string;
  invoice_id: string | null;
  /** the payment or the credit note that made it */
  source_id: string | null;
  booked_on: string;
  method: string | null;
  reference: string | null;
  note: string | null;
  external_id: string | null;
  created_at: string;
};

export type BalanceRefundInput = {
  /** at most the balance in the currency */
  amount: number | string;
  currency: string;
  /** today unless given */
  booked_on?: string;
  method?: string;
  reference?: string | null;
  note?: string | null;
  /** the same one again is the same refund */
  external_id?: string | null;
};

export type Payment = {
  id: string;
  invoice_id: string;
  amount: number;
  currency: string;
  paid_on: string;
  method: string;
  reference: string | null;
  note: string | null;
  external_id: string | null;
  created_at: string;
};

export type AccountBalance = {
  currency: string;
  /** what its open invoices ask for */
  owed: number;
  overdue: number;
  credit_balance: number;
  aging: Aging;
};

export type Aging = {
  current: number;
  days_1_30: number;
  days_31_60: number;
  days_61_90: number;
  days_over_90: number;
};

export type Statement = {
  customer_id: string;
  currency: string;
  from: string;
  to: string;
  opening_balance: number;
  entries: Array<{
    date: string;
    kind: "invoice" | "credit_note" | "payment" | "refund";
    document_id: string | null;
    number: string | null;
    due_date: string | null;
    method: string | null;
    reference: string | null;
    /** above 0 what is charged, below 0 what is taken off */
    amount: number;
    /** of the account after it */
    balance: number;
  }>;
  closing_balance: number;
  aging: Aging;
  credit_balance: number;
};

export type Item = {
  id: string;
  name: string;
  description: string | null;
  unit_code: string;
  unit: string | null;
  unit_price: number;
  currency: string | null;
  tax: {
    category: string;
    percent: number;
    name: string | null;
    components: Array<{
      name: string;
      percent: number;
    }>;
    exemption: {
      reason: string;
      code: string | null;
    } | null;
  } | null;
  created_at: string;
  updated_at: string;
};

export type ItemInput = {
  name: string;
  description?: string | null;
  /** UN/ECE Recommendation 20, or 21 for packages with an X before: C62 is one, H87 a piece, HUR an hour, DAY a day, MON a month, XBX a box */
  unit_code?: string;
  unit?: string | null;
  unit_price: number | string;
  /** what the price is in; without one, whatever the document's is */
  currency?: string | null;
  /** of its lines; without one, the customer's or yours */
  tax?: {
    category: "S" | "Z" | "E" | "AE" | "K" | "G" | "O" | "L" | "M";
    percent?: number | string;
    name?: string | null;
    components?: Array<{
      name: string;
      percent: number | string;
    }>;
    exemption?: {
      reason: string;
      code?: string | null;
    } | null;
  } | null;
};

export type ItemChange = {
  name?: string;
  description?: string | null;
  /** UN/ECE Recommendation 20, or 21 for packages with an X before: C62 is one, H87 a piece, HUR an hour, DAY a day, MON a month, XBX a box */
  unit_code?: string;
  unit?: string | null;
  unit_price?: number | string;
  /** what the price is in; without one, whatever the document's is */
  currency?: string | null;
  /** of its lines; without one, the customer's or yours */
  tax?: {
    category: "S" | "Z" | "E" | "AE" | "K" | "G" | "O" | "L" | "M";
    percent?: number | string;
    name?: string | null;
    components?: Array<{
      name: string;
      percent: number | string;
    }>;
    exemption?: {
      reason: string;
      code?: string | null;
    } | null;
  } | null;
};

export type Branding = {
  template: "calm" | "classic";
  accent: string | null;
  margin_pt: number;
  terms: string | null;
  footer: string | null;
  /** its hash */
  logo: string | null;
};

export type BrandingInput = {
  template?: "calm" | "classic";
  accent?: string | null;
  margin_pt?: number;
  terms?: string | null;
  footer?: string | null;
};

export type DocumentSummary = {
  id: string;
  kind: "invoice" | "quote" | "credit_note" | "proforma";
  number: string | null;
  status: string;
  customer_id: string;
  customer_name: string;
  issue_date: string | null;
  due_date: string | null;
  valid_until: string | null;
  currency: string;
  net: number;
  tax: number;
  total: number;
  prepaid: number;
  paid: number;
  credited: number;
  amount_due: number;
  purchase_order: string | null;
  subscription_id: string | null;
  /** an invoice's quote or proforma invoice, a credit note's invoice */
  origin_id: string | null;
  created_at: string;
  updated_at: string;
  finalized_at: string | null;
};

export type Document = DocumentSummary & {
  language: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive: boolean;
  payment_terms_days: number | null;
  delivery_date: string | null;
  period: {
    start: string;
    end: string;
  } | null;
  buyer_reference: string | null;
  memo: string | null;
  notes: string | null;
  terms: string | null;
  reason: string | null;
  fields: Array<{
    label: string;
    value: string;
  }>;
  seller: Party & Record<string, unknown> | null;
  buyer: Party & Record<string, unknown> | null;
  lines: Array<Line>;
  subtotal: number;
  adjustments: Array<{
    kind: "discount" | "charge";
    reason: string;
    percent: number | null;
    amount: number;
    reason_code: string | null;
  }>;
  taxes: Array<{
    category: string;
    percent: number;
    name: string | null;
    base: number;
    amount: number;
    components: Array<{
      name: string;
      percent: number;
      amount: number;
    }>;
    exemption: {
      reason: string;
      code: string | null;
    } | null;
  }>;
  billing_period_id: string | null;
  purpose: "deposit" | null;
  /** the step of the amount due */
  rounding: number | null;
  /** what rounding adds to the amount due */
  rounding_amount: number;
  /** deposits that it takes off, with tax */
  deposited: number;
  deposits: Array<{
    invoice_id: string;
    number: string;
    issue_date: string;
    total: number;
    taxes: Array<{
      category: string;
      percent: number;
      name: string | null;
      base: number;
      amount: number;
    }>;
  }>;
  cash_discounts: Array<{
    days: number;
    percent: number;
    base_amount: number | null;
  }>;
  references: References;
  attachments: Array<Attachment>;
  e_invoice: EInvoice;
  /** its texts with characters that no font of the product has: its page shows a mark for each; null for who received it, and where the fonts could not be read */
  unreadable: Array<UnreadableText> | null;
};

export type Line = {
  position: number;
  kind: string;
  name: string;
  description: string | null;
  detail: string | null;
  group: string | null;
  classification: {
    scheme: string;
    code: string;
  } | null;
  quantity: number;
  unit_code: string;
  unit: string | null;
  unit_price: number;
  adjustments: Array<{
    kind: "discount" | "charge";
    reason: string;
    percent: number | null;
    amount: number;
    reason_code: string | null;
  }>;
  period: {
    start: string;
    end: string;
  } | null;
  tax: {
    category: string;
    percent: number;
    name: string | null;
    components: Array<{
      name: string;
      percent: number;
    }>;
    exemption: {
      reason: string;
      code: string | null;
    } | null;
  };
  amount: number;
  net: number;
  base_quantity: number | null;
  gross_price: number | null;
  note: string | null;
  seller_item_id: string | null;
  buyer_item_id: string | null;
  standard_item_id: {
    scheme: string;
    value: string;
  } | null;
  origin_country: string | null;
  attributes: Array<{
    name: string;
    value: string;
  }>;
  order_line: string | null;
  accounting_reference: string | null;
  object_id: {
    scheme: string | null;
    value: string;
  } | null;
};

export type References = {
  sales_order: string | null;
  contract: string | null;
  project: string | null;
  receiving_advice: string | null;
  despatch_advice: string | null;
  tender: string | null;
  invoiced_object: {
    scheme: string | null;
    value: string;
  } | null;
  accounting_reference: string | null;
  preceding_invoices: Array<{
    number: string;
    date: string | null;
  }>;
} | null;

export type Attachment = {
  name: string;
  description: string | null;
  media_type: string | null;
  size: number | null;
  sha256: string | null;
  url: string | null;
};

export type EInvoice = {
  format: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol";
  /** what it lacks to be a valid e-invoice: field, rule, and what to do */
  warnings: Array<EInvoiceWarning>;
} | null;

export type EInvoiceWarning = {
  format: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol";
  field: string;
  rule: string;
  detail: string;
  remedy: string;
};

export type UnreadableText = {
  field: string;
  /** each once */
  characters: Array<string>;
};

export type QuoteInput = {
  customer_id: string;
  lines: Array<LineInput>;
  currency?: string;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive?: boolean;
  delivery_date?: string | null;
  period?: {
    start: string;
    end: string;
  } | null;
  purchase_order?: string | null;
  buyer_reference?: string | null;
  memo?: string | null;
  notes?: string | null;
  terms?: string | null;
  fields?: Array<{
    label: string;
    value: string;
  }>;
  adjustments?: Array<Adjustment>;
  accounting?: {
    currency: string;
    rate: number | string;
    date: string;
  } | null;
  references?: ReferencesInput;
  /** files that lie elsewhere; those kept here are put beside a draft */
  attachment_links?: Array<{
    name: string;
    description?: string | null;
    url: string;
  }>;
  valid_until?: string | null;
};

export type LineInput = {
  name: string;
  description?: string | null;
  group?: string | null;
  classification?: {
    scheme: string;
    code: string;
  } | null;
  quantity: number | string;
  /** UN/ECE Recommendation 20, or 21 for packages with an X before: C62 is one, H87 a piece, HUR an hour, DAY a day, MON a month, XBX a box */
  unit_code?: string;
  unit?: string | null;
  unit_price: number | string;
  adjustments?: Array<Adjustment>;
  period?: {
    start: string;
    end: string;
  } | null;
  tax?: Tax;
  /** the quantity that unit_price is for, such as 1000 (BT-149) */
  base_quantity?: number | string;
  /** the price before the discount that unit_price has taken off (BT-148) */
  gross_price?: number | string;
  note?: string | null;
  seller_item_id?: string | null;
  buyer_item_id?: string | null;
  standard_item_id?: {
    scheme: string;
    value: string;
  } | null;
  /** ISO 3166-1 alpha-2; UK is taken as GB, EL as GR */
  origin_country?: string | null;
  attributes?: Array<{
    name: string;
    value: string;
  }>;
  order_line?: string | null;
  accounting_reference?: string | null;
  object_id?: {
    scheme?: string | null;
    value: string;
  } | null;
};

export type Adjustment = {
  kind: "discount" | "charge";
  reason: string;
  /** of a discount a code of UNTDID 5189, such as 95; of a charge one of 7161, as FC */
  reason_code?: string | null;
  percent?: number | string;
  amount?: number | string;
};

export type ReferencesInput = {
  sales_order?: string | null;
  contract?: string | null;
  project?: string | null;
  receiving_advice?: string | null;
  despatch_advice?: string | null;
  tender?: string | null;
  invoiced_object?: {
    scheme?: string | null;
    value: string;
  } | null;
  accounting_reference?: string | null;
  preceding_invoices?: Array<{
    number: string;
    date?: string | null;
  }>;
} | null;

export type QuoteChange = {
  customer_id?: string;
  lines?: Array<LineInput>;
  currency?: string;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive?: boolean;
  delivery_date?: string | null;
  period?: {
    start: string;
    end: string;
  } | null;
  purchase_order?: string | null;
  buyer_reference?: string | null;
  memo?: string | null;
  notes?: string | null;
  terms?: string | null;
  fields?: Array<{
    label: string;
    value: string;
  }>;
  adjustments?: Array<Adjustment>;
  accounting?: {
    currency: string;
    rate: number | string;
    date: string;
  } | null;
  references?: ReferencesInput;
  /** files that lie elsewhere; those kept here are put beside a draft */
  attachment_links?: Array<{
    name: string;
    description?: string | null;
    url: string;
  }>;
  valid_until?: string | null;
};

export type ProformaInvoiceInput = {
  customer_id: string;
  lines: Array<LineInput>;
  currency?: string;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive?: boolean;
  delivery_date?: string | null;
  period?: {
    start: string;
    end: string;
  } | null;
  purchase_order?: string | null;
  buyer_reference?: string | null;
  memo?: string | null;
  notes?: string | null;
  terms?: string | null;
  fields?: Array<{
    label: string;
    value: string;
  }>;
  adjustments?: Array<Adjustment>;
  accounting?: {
    currency: string;
    rate: number | string;
    date: string;
  } | null;
  references?: ReferencesInput;
  /** files that lie elsewhere; those kept here are put beside a draft */
  attachment_links?: Array<{
    name: string;
    description?: string | null;
    url: string;
  }>;
  valid_until?: string | null;
};

export type ProformaInvoiceChange = {
  customer_id?: string;
  lines?: Array<LineInput>;
  currency?: string;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive?: boolean;
  delivery_date?: string | null;
  period?: {
    start: string;
    end: string;
  } | null;
  purchase_order?: string | null;
  buyer_reference?: string | null;
  memo?: string | null;
  notes?: string | null;
  terms?: string | null;
  fields?: Array<{
    label: string;
    value: string;
  }>;
  adjustments?: Array<Adjustment>;
  accounting?: {
    currency: string;
    rate: number | string;
    date: string;
  } | null;
  references?: ReferencesInput;
  /** files that lie elsewhere; those kept here are put beside a draft */
  attachment_links?: Array<{
    name: string;
    description?: string | null;
    url: string;
  }>;
  valid_until?: string | null;
};

export type InvoiceInput = {
  customer_id: string;
  lines: Array<LineInput>;
  currency?: string;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive?: boolean;
  delivery_date?: string | null;
  period?: {
    start: string;
    end: string;
  } | null;
  purchase_order?: string | null;
  buyer_reference?: string | null;
  memo?: string | null;
  notes?: string | null;
  terms?: string | null;
  fields?: Array<{
    label: string;
    value: string;
  }>;
  adjustments?: Array<Adjustment>;
  accounting?: {
    currency: string;
    rate: number | string;
    date: string;
  } | null;
  references?: ReferencesInput;
  /** files that lie elsewhere; those kept here are put beside a draft */
  attachment_links?: Array<{
    name: string;
    description?: string | null;
    url: string;
  }>;
  due_date?: string | null;
  payment_terms_days?: number;
  /** deposit: a later invoice takes it off */
  purpose?: "deposit" | null;
  /** the step to which the amount due is rounded; the issuer's unless given */
  rounding?: number | string;
  cash_discounts?: Array<CashDiscount>;
  /** ids of paid deposit invoices that this one takes off */
  deposits?: Array<string>;
};

export type CashDiscount = {
  /** from the issue date */
  days: number;
  percent: number | string;
  /** what the percentage is of, where that is not the amount due */
  base_amount?: number | string;
};

export type InvoiceChange = {
  customer_id?: string;
  lines?: Array<LineInput>;
  currency?: string;
  language?: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
  tax_inclusive?: boolean;
  delivery_date?: string | null;
  period?: {
    start: string;
    end: string;
  } | null;
  purchase_order?: string | null;
  buyer_reference?: string | null;
  memo?: string | null;
  notes?: string | null;
  terms?: string | null;
  fields?: Array<{
    label: string;
    value: string;
  }>;
  adjustments?: Array<Adjustment>;
  accounting?: {
    currency: string;
    rate: number | string;
    date: string;
  } | null;
  references?: ReferencesInput;
  /** files that lie elsewhere; those kept here are put beside a draft */
  attachment_links?: Array<{
    name: string;
    description?: string | null;
    url: string;
  }>;
  due_date?: string | null;
  payment_terms_days?: number;
  /** deposit: a later invoice takes it off */
  purpose?: "deposit" | null;
  /** the step to which the amount due is rounded; the issuer's unless given */
  rounding?: number | string;
  cash_discounts?: Array<CashDiscount>;
  /** ids of paid deposit invoices that this one takes off */
  deposits?: Array<string>;
};

export type DocumentCount = {
  status: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
  /** whether the tenant issued them, or received them */
  role: "issuer" | "recipient";
  /** they live on a test clock */
  test: boolean;
  currency: string;
  documents: number;
  total: number;
  /** what is still to be paid; null where words, a customer or days were asked for */
  amount_due: number | null;
};

export type CreditInput = {
  reason: string;
  /** all that is left of the invoice unless given */
  lines?: Array<{
    position: number;
    quantity?: number | string;
    amount?: number | string;
  }>;
};

export type PaymentInput = {
  /** in units of the invoice's currency; a refund is negative */
  amount: number | string;
  currency?: string;
  paid_on?: string;
  method?: string;
  reference?: string | null;
  note?: string | null;
  /** the same one again is the same payment */
  external_id?: string | null;
  /** the amount is what a cash discount leaves to pay on that day: a credit note gives the rest with its tax, and the invoice is paid */
  cash_discount?: boolean;
};

export type RecurringInvoice = {
  id: string;
  invoice_id: string;
  customer_id: string;
  customer_name: string;
  currency: string;
  /** of the invoice that each one is like */
  total: number;
  interval: "week" | "month" | "quarter" | "half_year" | "year";
  starts_on: string;
  ends_on: string | null;
  delivery: "draft" | "finalize" | "send";
  covers: "interval_ahead" | "interval_behind" | null;
  active: boolean;
  next_on: string | null;
  /** how many it made */
  made: number;
  last_invoice_id: string | null;
  /** why the last one stayed a draft or unsent */
  problem: string | null;
  created_at: string;
  updated_at: string;
};

export type RecurringInvoiceInput = {
  /** the invoice that each one is like: its customer, lines, texts and terms; a draft counts as it is on the day */
  invoice_id: string;
  interval: "week" | "month" | "quarter" | "half_year" | "year";
  /** the first one's day, from which all are counted; an interval from today */
  starts_on?: string;
  /** none comes after this day */
  ends_on?: string | null;
  /** each waits as a `draft` (usual), gets its number, or is sent as well */
  delivery?: "draft" | "finalize" | "send";
  /** what each names as its period: the interval that begins on its day, or ended */
  covers?: "interval_ahead" | "interval_behind" | null;
};

export type RecurringInvoiceChange = {
  interval?: "week" | "month" | "quarter" | "half_year" | "year";
  /** none comes after this day */
  ends_on?: string | null;
  /** each waits as a `draft` (usual), gets its number, or is sent as well */
  delivery?: "draft" | "finalize" | "send";
  /** what each names as its period: the interval that begins on its day, or ended */
  covers?: "interval_ahead" | "interval_behind" | null;
  /** false pauses it; active again it goes on with the next day, missing none twice */
  active?: boolean;
};

export type Link = {
  id: string;
  expires_at: string;
  revoked_at: string | null;
  views: number;
  last_viewed_at: string | null;
  created_at: string;
};

export type DocumentSeries = ChainPlace & {
  /** null where nothing is sealed yet */
  sealed_at: string | null;
  kind: "invoice" | "quote" | "credit_note" | "proforma";
  year: string;
  /** of documents for a test tenant, which have numbers of their own */
  test_tenant_id: string | null;
  /** documents that it has */
  length: number;
};

export type DocumentPlace = ChainPlace & {
  kind: "invoice" | "quote" | "credit_note" | "proforma";
  year: string;
  /** of documents for a test tenant, which have numbers of their own */
  test_tenant_id: string | null;
  document_id: string;
  /** documents of its series so far */
  length: number;
  /** empty for the first one */
  previous_hash: string;
  fault: ChainFault & Record<string, unknown> | null;
};

export type DocumentChainWalk = {
  /** documents of this step */
  checked: number;
  /** null at the end; else ask again with it as `cursor` */
  next_cursor: string | null;
  /** the first 20 of this step */
  faults: Array<ChainFault & {
    series: {
      kind: "invoice" | "quote" | "credit_note" | "proforma";
      year: string;
      /** of documents for a test tenant, which have numbers of their own */
      test_tenant_id: string | null;
    };
    number: string | null;
  }>;
};

export type VerifiedDocument = ChainPlace & {
  /** `voided`: it is what was issued, and was voided since */
  result: "valid" | "voided" | "changed";
  kind: "invoice" | "quote" | "credit_note" | "proforma";
  number: string;
  issued_on: string;
  issuer: string;
  year: string;
  /** documents of its series so far */
  length: number;
  previous_hash: string;
};

export type Plan = {
  id: string;
  code: string;
  name: string;
  description: string;
  archived: boolean;
  version: PlanVersion;
};

export type PlanVersion = {
  id: string;
  version: number;
  currency: string;
  base_timing: "arrears" | "advance" | null;
  usage_interval: "week" | "month" | "quarter" | "half_year" | "year" | null;
  base_price_weekly: number | null;
  base_price_monthly: number | null;
  base_price_quarterly: number | null;
  base_price_half_yearly: number | null;
  base_price_yearly: number | null;
  minimum_commitment: number;
  minimum_invoice: number;
  grace_hours: number;
  finalize_zero: boolean;
  tax_inclusive: boolean;
  tenant_may: Array<"void" | "declare" | "import">;
  budgets: {
    events_per_minute?: number;
    reads_per_minute?: number;
    writes_per_minute?: number;
    metric_names?: number;
    usage_rules?: number;
    live_sockets?: number;
    api_keys?: number;
    users?: number;
    roles?: number;
    customers?: number;
    items?: number;
    recurring_invoices?: number;
    open_imports?: number;
    stored_bytes?: number;
    webhook_endpoints?: number;
    endpoints_per_host?: number;
    challenges_per_hour?: number;
    webhook_requests_per_hour?: number;
    deliveries_in_flight?: number;
    exports_per_hour?: number;
    erasures_per_hour?: number;
    emails_per_hour?: number;
  };
  prices: Array<{
    metric_name: string;
    included_quantity: number;
    model: "per_unit" | "graduated" | "volume" | "package" | "flat";
    unit_price?: number;
    tiers?: Array<{
      up_to: number | null;
      unit_price: number;
      flat_fee: number;
    }>;
    package_size?: number;
    package_price?: number;
    hard_limit: boolean;
    alert_thresholds: Array<number>;
  }>;
  created_at: string;
};

export type Subscription = {
  id: string;
  tenant_id: string;
  status: "scheduled" | "trialing" | "active" | "ended";
  plan: string;
  plan_name: string;
  plan_version: number;
  base_price: number;
  seats: number;
  currency: string;
  tax_inclusive: boolean;
  billing_cycle: "weekly" | "monthly" | "quarterly" | "half_yearly" | "yearly";
  usage_interval: "week" | "month" | "quarter" | "half_year" | "year";
  base_timing: "arrears" | "advance";
  anchor: "anniversary" | "calendar";
  time_zone: string;
  scheduled_zone: {
    time_zone: string;
    effective_at: string;
  } | null;
  start_date: string;
  trial_end: string | null;
  cancel_at: string | null;
  buyer_reference: string | null;
  purchase_order: string | null;
  current_period: {
    start: string;
    end: string;
    id: string;
  } | null;
  scheduled_change: {
    plan: string;
    plan_name: string;
    plan_version: number;
    base_price: number;
    seats: number;
    effective_at: string;
  } | null;
  created_at: string;
};

export type BulkStep = {
  done: number;
  /** for which the act is not possible as they are, such as voiding what is paid */
  skipped: number;
  refused: Array<{
    id: string;
    number: string | null;
    code: string;
    detail: string;
  }>;
  next_cursor: string | null;
};

export type SubscriptionBulkInput = {
  act: "cancel";
  filter: {
    /** a tenant's id (`ten_…`) or external id */
    tenant_id?: string;
    /** current: those that go on, also `ending` ones, whose end is set; or the past */
    state?: "current" | "ending" | "ended";
    /** ids with commas between them */
    ids?: string;
  };
  cursor?: string | null;
};

export type SubscriptionChange = {
  buyer_reference?: string | null;
  purchase_order?: string | null;
};

export type CurrentPeriod = {
  subscription_id: string;
  plan_name: string;
  billing_cycle: "weekly" | "monthly" | "quarterly" | "half_yearly" | "yearly";
  current_period: {
    start: string;
    end: string;
  };
  usage: UsageSummary;
};

export type OverageCharges = {
  subscription_id: string;
  billing_period: {
    start: string;
    end: string;
  };
  charges: Array<{
    metric_name: string;
    included_quantity: number;
    used_quantity: number;
    overage_quantity: number;
    overage_rate: number | null;
    overage_amount: number;
  }>;
  total_overage: number;
  currency: string;
};

export type UsageAlerts = {
  subscription_id: string;
  alerts: Array<UsageAlert>;
};

export type BillingEstimate = {
  subscription_id: string;
  user_id: string | null;
  tenant_id: string;
  billing_period: {
    start: string;
    end: string;
  };
  base_price: number;
  usage_charges: Array<{
    metric_name: string;
    included_quantity: number;
    used_quantity: number;
    overage_quantity: number;
    overage_rate: number | null;
    overage_amount: number;
  }>;
  total_usage_charges: number;
  total_amount: number;
  currency: string;
  usage_summary: UsageSummary;
};

export type Entitlement = {
  subscription_id: string;
  metric_name: string;
  quantity: number;
  allowed: boolean;
  hard_limit: boolean;
  /** null where the plan sets none */
  limit: number | null;
  used: number;
  remaining: number | null;
  resets_at: string;
};

export type BillingPreview = {
  subscription_id: string;
  period: {
    start: string;
    end: string;
    id: string;
  };
  document: "invoice" | "credit_note" | null;
  lines: Array<{
    kind: "base" | "base_credit" | "usage" | "commitment" | "adjustment";
    metric_name: string | null;
    name: string;
    detail: string | null;
    quantity: number;
    unit_price: number;
    flat_fee: number;
    amount: number;
    tier: number | null;
    start: string;
    end: string;
    arithmetic: string;
  }>;
  /** Of the lines, before discounts */
  net: number;
  /** Of earlier periods, too little for documents of their own, that this one bills */
  carried: number;
  /** What coupons and granted credit take off net and carried */
  discount: number;
  tax: number;
  total: number;
  prepaid: number;
  currency: string;
};

export type BillingPeriod = {
  id: string;
  subscription_id: string;
  tenant_id: string;
  number: number;
  kind: "regular" | "trial" | "opening";
  start: string;
  end: string;
  closed_at: string;
  up_to_seq: number;
  /** Whether the frozen counts were the ledger's; incomparable: more had come in */
  proof: "equal" | "different" | "incomparable";
  lines: Array<{
    kind: "base" | "base_credit" | "usage" | "commitment" | "adjustment";
    metric_name: string | null;
    name: string;
    detail: string | null;
    quantity: number;
    unit_price: number;
    flat_fee: number;
    amount: number;
    tier: number | null;
    start: string;
    end: string;
    arithmetic: string;
  }>;
  net: number;
  currency: string;
  document_id: string | null;
};

export type BillingSimulation = {
  lines: Array<{
    kind: "base" | "base_credit" | "usage" | "commitment" | "adjustment";
    metric_name: string | null;
    name: string;
    detail: string | null;
    quantity: number;
    unit_price: number;
    flat_fee: number;
    amount: number;
    tier: number | null;
    start: string;
    end: string;
    arithmetic: string;
  }>;
  total: number;
  currency: string;
  period: {
    start: string;
    end: string;
  };
};

export type ExplainedDocument = {
  document_id: string;
  number: string | null;
  subscription_id: string | null;
  period_id: string | null;
  currency: string;
  lines: Array<{
    position: number;
    kind: string;
    name: string;
    quantity: number;
    unit_price: number;
    amount: number;
    plan: string | null;
    plan_version: number | null;
    metric_name: string | null;
    tier: number | null;
    arithmetic: string | null;
    start: string | null;
    end: string | null;
    /** The closed period it settles */
    settles: string | null;
    after_seq: number | null;
    up_to_seq: number | null;
    events: {
      count: number;
      from_seq: number | null;
      to_seq: number | null;
      /** SHA-256 of one line `<event_seq> <source> <id>` an event, newest first */
      digest: string;
    } | null;
  }>;
};

export type EventBulkInput = {
  act: "void";
  filter: {
    metric_name?: string;
    user_id?: string;
    source?: string;
    start_date?: string;
    end_date?: string;
    /** sequences with commas between them, such as seq_7,seq_9 */
    ids?: string;
  };
  cursor?: string | null;
};

export type UsageRule = {
  id: string;
  /** true for a rule that all tenants have */
  every_tenant: boolean;
  /** true where only the operator changes it */
  by_operator: boolean;
  event_type: string;
  metric_name: string;
  name: string;
  description: string;
  unit: string;
  aggregation: "sum" | "count" | "max" | "min" | "latest" | "unique";
  property: string | null;
  value_path: string | null;
  user_path: string | null;
  group_paths: Record<string, string>;
  active: boolean;
  created_at: string;
  updated_at: string;
};

export type UsageRuleInput = {
  /** The `type` of the events that it is for, exactly */
  event_type: string;
  /** The metric under which they count */
  metric_name: string;
  name?: string;
  description?: string;
  unit?: string;
  /** `sum` if missing */
  aggregation?: "sum" | "count" | "max" | "min" | "latest" | "unique";
  /** For `unique`: the metadata key that keeps what is counted; the path's last name if missing */
  property?: string | null;
  /** Where in `data` the quantity stands, or for `unique` the value that is counted: a JSONPath of names and positions, or a JSON pointer. Required but for `count` */
  value_path?: string | null;
  /** Where in `data` the user stands; the event's `subject` where there is nothing */
  user_path?: string | null;
  /** Up to 20 metadata keys, each with its path in `data`; the first four are the metric's dimensions. What is missing is the group "" */
  group_paths?: Record<string, string>;
  /** false: its events are not counted by it */
  active?: boolean;
};

export type TriedEvent = {
  event_type: string;
  results: Array<{
    /** null where no rule is for the type: the type is the metric */
    rule_id: string | null;
    metric_name: string | null;
    /** what would be recorded; null where that is refused */
    event: {
      id: string;
      source: string;
      metric_name: string;
      quantity: number;
      /** null: when it is received */
      timestamp: string | null;
      user_id: string | null;
      metadata: Record<string, unknown>;
    } | null;
    refused: {
      pointer: string;
      code: string;
      detail: string;
    } | null;
  }>;
};

export type TriedEventInput = {
  type: string;
  [name: string]: unknown;
};

export type UsageRuleChange = {
  /** The `type` of the events that it is for, exactly */
  event_type?: string;
  /** The metric under which they count */
  metric_name?: string;
  name?: string;
  description?: string;
  unit?: string;
  /** `sum` if missing */
  aggregation?: "sum" | "count" | "max" | "min" | "latest" | "unique";
  /** For `unique`: the metadata key that keeps what is counted; the path's last name if missing */
  property?: string | null;
  /** Where in `data` the quantity stands, or for `unique` the value that is counted: a JSONPath of names and positions, or a JSON pointer. Required but for `count` */
  value_path?: string | null;
  /** Where in `data` the user stands; the event's `subject` where there is nothing */
  user_path?: string | null;
  /** Up to 20 metadata keys, each with its path in `data`; the first four are the metric's dimensions. What is missing is the group "" */
  group_paths?: Record<string, string>;
  /** false: its events are not counted by it */
  active?: boolean;
};

export type UsageImport = {
  id: string;
  name: string;
  status: "open" | "committing" | "committed" | "reverting" | "reverted";
  /** events that do not count */
  staged: number;
  /** events that count */
  recorded: number;
  refused: number;
  /** events that counted and were taken back */
  voided: number;
  created_at: string;
};

export type UsageImportEvent = {
  metric_name: string;
  quantity: number | string;
  /** Identity within the source; made here when missing */
  id: string;
  /** From 35 days back to 5 minutes ahead */
  timestamp: string;
  user_id?: string | null;
  metadata?: Record<string, unknown>;
};

export type UsageImportPreview = {
  import: UsageImport;
  /** staged events in no period */
  outside: number;
  /** what the running period would bill more at its end */
  running: {
    start: string;
    end: string;
    events: number;
    currency: string;
    amount: number;
  } | null;
  /** closed periods that cannot be settled now, and are not among the settlements */
  left_out: number;
  settlements: Array<{
    period_id: string;
    start: string;
    end: string;
    currency: string;
    /** negative: a credit note */
    amount: number;
    arithmetic: string;
    detail: string | null;
  }>;
};

export type UsageImportProgress = {
  id: string;
  name: string;
  status: "open" | "committing" | "committed" | "reverting" | "reverted";
  /** events that do not count */
  staged: number;
  /** events that count */
  recorded: number;
  refused: number;
  /** events that counted and were taken back */
  voided: number;
  created_at: string;
  /** false: ask again */
  done: boolean;
};

export type UsageImportFileLook = {
  file: UsageImportFile;
  encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
  format: "ndjson" | "csv" | "log" | "rejects";
  separator: string | null;
  decimal: "comma" | "point" | null;
  dates: "dmy" | "mdy" | "ymd" | "s" | "ms" | null;
  /** with some values, and the field that each may be */
  columns: Array<{
    name: string;
    values: Array<string>;
    field: string | null;
  }>;
  /** the first lines as they would be recorded, or why not */
  shown: Array<{
    line: number;
    [name: string]: unknown;
  }>;
  /** why nothing of it can be read in this way */
  fault: string | null;
  /** the import that was read from the same bytes, and counts */
  counted_before: string | null;
};

export type UsageImportFile = {
  name: string;
  bytes: number;
  /** that were read */
  lines: number;
  /** that were put aside */
  events: number;
  /** lines and events that cannot be taken */
  wrong: number;
  /** the first 100 of them */
  errors: Array<{
    line: number;
    text: string;
    reason: string;
  }>;
  read_percent: number;
};

export type UsageImportFileOptions = {
  format?: "ndjson" | "csv" | "log" | "rejects";
  encoding?: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
  /** of CSV: one character, or `tab` */
  separator?: string;
  decimal?: "comma" | "point";
  /** the order of a date's parts, or what is counted since 1970 */
  dates?: "dmy" | "mdy" | "ymd" | "s" | "ms";
  /** of times without an offset, such as Europe/Berlin */
  zone?: string;
  /** `field=column,…`; `#2` is the second column */
  map?: string;
  /** `field=value,…` that all records share */
  set?: string;
  client_field?: number;
};

export type UsageProof = {
  equal: boolean;
  /** False where events came in during the reading: differences prove nothing */
  settled: boolean;
  windows: Array<{
    start: string;
    end: string;
    window_id: string;
    equal: boolean;
    counters: Array<{
      metric_name: string;
      until: string;
      meter: {
        quantity: number;
        events: number;
      };
      rollups: {
        quantity: number;
        events: number;
      };
      events: {
        quantity: number;
        events: number;
      };
    }>;
  }>;
};

export type Coupon = {
  id: string;
  code: string;
  name: string;
  percent: number | null;
  amount: number | null;
  currency: string | null;
  starts_at: string | null;
  ends_at: string | null;
  max_redemptions: number | null;
  periods: number | null;
  created_at: string;
};

export type Credit = {
  id: string;
  tenant_id: string;
  kind: "granted" | "purchased";
  amount: number;
  remaining: number;
  currency: string;
  expires_at: string | null;
  note: string;
  created_at: string;
};

export type PaymentProvider = {
  provider: "stripe" | "razorpay";
  url: string;
  updated_at: string;
};

export type UnmatchedMoney = {
  id: string;
  provider: "stripe" | "razorpay";
  /** the provider's own id of it */
  reference: string;
  /** negative where it went back */
  amount: number;
  currency: string;
  named_invoice: string | null;
  reason: "unknown_invoice" | "another_currency" | "another_amount" | "not_taken" | "failed" | "unclear_status";
  received_at: string;
};

export type RevenueReport = {
  currency: string;
  /** Base prices × seats, as a month's share, now */
  mrr: number;
  paying_tenants: number;
  movements: Array<{
    /** A calendar month (UTC) */
    month: string;
    start: number;
    new: number;
    reactivation: number;
    expansion: number;
    contraction: number;
    churn: number;
    end: number;
    /** At the month's end */
    paying_tenants: number;
    churned_tenants: number;
  }>;
  /** What periods that ended in a month billed, before discounts and tax */
  billed: Array<{
    /** A calendar month (UTC) */
    month: string;
    plan: string;
    amount: number;
  }>;
  /** The time of `top_tenants`: that of the last month that is over */
  span: string;
  top_tenants: Array<{
    tenant_id: string;
    amount: number;
    /** In the time before */
    previous: number;
  }>;
  /** The last time that is over as a whole */
  whole_span: string;
  /** Who was billed less in `whole_span` than in the time before it */
  fallen_tenants: Array<{
    tenant_id: string;
    amount: number;
    /** In the time before */
    previous: number;
  }>;
  /** Whose usage came to less in the last closed period */
  falling_tenants: Array<{
    tenant_id: string;
    period_end: string;
    amount: number;
    previous: number;
  }>;
};

export type WebhookEndpoint = {
  id: string;
  url: string;
  description: string | null;
  /** empty: all */
  events: Array<string>;
  enabled: boolean;
  disabled_reason: "asked" | "gone" | "failing" | null;
  /** unproven: nothing but a challenge is sent to it until that is answered */
  status: "active" | "unproven" | "disabled";
  proven_at: string | null;
  /** what has to be done before it is sent to */
  to_do: string | null;
  /** the version of the API in whose shapes it is sent messages */
  api_version: "2026-11-01" | "2026-11-30";
  failing_since: string | null;
  created_at: string;
};

export type WebhookEndpointInput = {
  /** https, and an address on the public internet */
  url: string;
  description?: string | null;
  /** all unless given */
  events?: Array<"usage.threshold_reached" | "usage.limit_reached" | "usage.corrected" | "usage.refused" | "subscription.created" | "subscription.changed" | "subscription.resumed" | "subscription.cancelled" | "period.closed" | "invoice.finalized" | "invoice.sent" | "invoice.reminder_due" | "invoice.overdue" | "invoice.paid" | "invoice.voided" | "credit_note.issued" | "customer.balance_changed" | "quote.finalized" | "quote.sent" | "quote.accepted" | "quote.rejected" | "email.failed" | "webhook.disabled" | "person.erased" | "tenant.erased">;
  /** in whose shapes it is sent messages; the version you create it in unless given */
  api_version?: "2026-11-01" | "2026-11-30";
};

export type WebhookEndpointChange = {
  /** https, and an address on the public internet */
  url?: string;
  description?: string | null;
  /** all unless given */
  events?: Array<"usage.threshold_reached" | "usage.limit_reached" | "usage.corrected" | "usage.refused" | "subscription.created" | "subscription.changed" | "subscription.resumed" | "subscription.cancelled" | "period.closed" | "invoice.finalized" | "invoice.sent" | "invoice.reminder_due" | "invoice.overdue" | "invoice.paid" | "invoice.voided" | "credit_note.issued" | "customer.balance_changed" | "quote.finalized" | "quote.sent" | "quote.accepted" | "quote.rejected" | "email.failed" | "webhook.disabled" | "person.erased" | "tenant.erased">;
  /** in whose shapes it is sent messages; the version you create it in unless given */
  api_version?: "2026-11-01" | "2026-11-30";
  enabled?: boolean;
};

export type WebhookDelivery = {
  id: string;
  endpoint_id: string;
  /** what the receiver sees as webhook-id */
  event_id: string;
  seq: number | null;
  type: string;
  status: "pending" | "succeeded" | "failed";
  attempts: number;
  created_at: string;
};

export type Email = {
  id: string;
  letter: "document" | "receipt" | "reminder" | "notice";
  /** null: a notice */
  document_kind: "invoice" | "quote" | "credit_note" | "proforma" | null;
  document_id: string | null;
  to: Array<string>;
  cc: Array<string>;
  subject: string;
  attachments: Array<{
    name: string;
    type: string;
    size: number;
    /** shown by the letter itself */
    inline: boolean;
  }>;
  status: "queued" | "sent" | "delivered" | "bounced" | "complained" | "suppressed" | "failed";
  attempts: number;
  provider: string | null;
  provider_id: string | null;
  /** why it failed, or why it waits */
  reason: string | null;
  created_at: string;
  sent_at: string | null;
};

export type InvoiceSending = {
  /** the customer's own address unless given */
  to?: Array<string>;
  cc?: Array<string>;
  message?: string | null;
  /** the e-invoice as a file of its own, beside the PDF */
  attach_xml?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol" | null;
  /** as a reminder of what is due, instead of the invoice's own letter */
  reminder?: boolean;
};

export type QuoteSending = {
  /** the customer's own address unless given */
  to?: Array<string>;
  cc?: Array<string>;
  message?: string | null;
};

export type CreditNoteSending = {
  /** the customer's own address unless given */
  to?: Array<string>;
  cc?: Array<string>;
  message?: string | null;
  /** the e-invoice as a file of its own, beside the PDF */
  attach_xml?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol" | null;
};

export type ProformaInvoiceSending = {
  /** the customer's own address unless given */
  to?: Array<string>;
  cc?: Array<string>;
  message?: string | null;
};

export type EmailReport = {
  address: string;
  kind: "delivered" | "bounced" | "complained";
  reason: string | null;
  at: string;
};

export type EmailBulkInput = {
  act: "send_again";
  filter: {
    /** ids with commas between them */
    ids?: string;
    /** a document's id */
    document?: string;
    status?: "queued" | "sent" | "delivered" | "bounced" | "complained" | "suppressed" | "failed";
    letter?: "document" | "receipt" | "reminder" | "notice";
    /** text of the subject or of a recipient's address; accents do not matter */
    q?: string;
  };
  cursor?: string | null;
};

export type BulkInput = {
  act: "finalize" | "send" | "remind" | "void";
  /** as the list is filtered */
  filter: {
    /** ids with commas between them */
    ids?: string;
    status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
    customer_id?: string;
    subscription_id?: string;
    issued_from?: string;
    issued_to?: string;
    /** words in its number, names, lines or notes, found as /api/search finds them */
    q?: string;
    /** only what the tenant issued, or only what it received */
    role?: "issuer" | "recipient";
  };
  /** why they are voided */
  reason?: string;
  /** a name of yours for all steps of an act: an e-mail is sent once under it, also where a step is asked for again */
  run?: string;
  cursor?: string | null;
};

export type DeliveryBulkInput = {
  act: "retry";
  filter: {
    /** ids with commas between them */
    ids?: string;
    endpoint_id?: string;
    status?: "pending" | "succeeded" | "failed";
  };
  cursor?: string | null;
};

export type TimelineEntry = {
  at: string;
  what: "created" | "edited" | "finalized" | "sent" | "reminded" | "receipt_sent" | "email_failed" | "opened" | "paid" | "refunded" | "credited" | "converted" | "accepted" | "rejected" | "voided";
  to: Array<string> | null;
  amount: number | null;
  /** how often it was opened */
  views: number | null;
  /** when it was opened last */
  last_at: string | null;
  document: {
    kind: "invoice" | "quote" | "credit_note" | "proforma";
    id: string;
    number: string | null;
  } | null;
  email_id: string | null;
  note: string | null;
  /** how many edits it stands for */
  edits: number | null;
  /** who did it, for those who may read the audit log; `operator` where it acted for you, `system` for what the product did by itself */
  by: {
    kind: "user" | "key" | "operator" | "system";
    name: string | null;
  } | null;
};

export type EmailSettings = {
  /** to the customer, as soon as they are final */
  send_invoices: boolean;
  /** once an invoice is paid */
  send_receipts: boolean;
  /** as soon as they are issued */
  send_credit_notes: boolean;
  /** when the issuer's schedule has one; true unless given */
  send_reminders: boolean;
};

export type EmailSettingsInput = {
  /** to the customer, as soon as they are final */
  send_invoices?: boolean;
  /** once an invoice is paid */
  send_receipts?: boolean;
  /** as soon as they are issued */
  send_credit_notes?: boolean;
  /** when the issuer's schedule has one; true unless given */
  send_reminders?: boolean;
};

export type AlertRoute = {
  name: string;
  events: Array<"usage.threshold_reached" | "usage.limit_reached" | "invoice.overdue" | "email.failed" | "webhook.disabled">;
  /** only these metrics' usage alerts; empty: all alerts */
  metrics: Array<string>;
  emails: Array<string>;
  /** webhook endpoints that get them whatever their own filter says */
  endpoint_ids: Array<string>;
  /** the operator's copy: every tenant's alerts, by e-mail */
  all_tenants: boolean;
};

export type AlertRouteInput = {
  name: string;
  events?: Array<"usage.threshold_reached" | "usage.limit_reached" | "invoice.overdue" | "email.failed" | "webhook.disabled">;
  /** only these metrics' usage alerts; empty: all alerts */
  metrics?: Array<string>;
  emails?: Array<string>;
  /** webhook endpoints that get them whatever their own filter says */
  endpoint_ids?: Array<string>;
  /** the operator's copy: every tenant's alerts, by e-mail */
  all_tenants?: boolean;
};

export type Suppression = {
  address: string;
  reason: "bounced" | "complained" | "manual";
  /** the e-mail that told of it */
  email_id: string | null;
  created_at: string;
};

export type Event = {
  id: string;
  /** counts without gaps */
  seq: number;
  type: "usage.threshold_reached" | "usage.limit_reached" | "usage.corrected" | "usage.refused" | "subscription.created" | "subscription.changed" | "subscription.resumed" | "subscription.cancelled" | "period.closed" | "invoice.finalized" | "invoice.sent" | "invoice.reminder_due" | "invoice.overdue" | "invoice.paid" | "invoice.voided" | "credit_note.issued" | "customer.balance_changed" | "quote.finalized" | "quote.sent" | "quote.accepted" | "quote.rejected" | "email.failed" | "webhook.disabled" | "person.erased" | "tenant.erased";
  timestamp: string;
  /** as the webhook of its type says */
  data: Record<string, unknown>;
};

export type Budget = {
  name: "events_per_minute" | "reads_per_minute" | "writes_per_minute" | "metric_names" | "usage_rules" | "live_sockets" | "api_keys" | "users" | "roles" | "customers" | "items" | "recurring_invoices" | "open_imports" | "stored_bytes" | "webhook_endpoints" | "endpoints_per_host" | "challenges_per_hour" | "webhook_requests_per_hour" | "deliveries_in_flight" | "exports_per_hour" | "erasures_per_hour" | "emails_per_hour";
  title: string;
  /** bytes, or what is counted */
  unit: string;
  /** null: no limit */
  limit: number | null;
  /** who set the limit */
  source: "operator" | "plan" | "default";
  /** null: not counted between calls */
  used: number | null;
  /** what to do then, beside asking the operator */
  when_reached: string;
};

export type ArchivedMonth = {
  month: string;
  events: number;
  objects: number;
  bytes: number;
  first_event: string;
  last_event: string;
  /** all of it is in the ledger for now */
  restored: boolean;
  restored_until: string | null;
};

export type ArchiveStep = {
  events: number;
  months: Array<string>;
  /** false: call again, it goes on */
  done: boolean;
};

export type TenantLoad = {
  tenant_id: string;
  events_up_to: number;
};

export type Erasure = {
  id: string;
  kind: "user" | "customer" | "usage_user";
  /** null of a `usage_user`: it is not kept */
  ref: string | null;
  status: "running" | "done";
  asked_at: string;
  done_at: string | null;
};

export type TenantErasure = {
  id: string;
  tenant_id: string;
  status: "waiting" | "running" | "done";
  asked_by: "operator" | "owner";
  asked_at: string;
  /** until then it can be taken back */
  begins_at: string;
  begun_at: string | null;
  /** what is next while it runs; all steps are taken twice */
  step: {
    name: "remember" | "subscriptions" | "close" | "meter" | "ledger" | "files" | "operator" | "rows" | "documents" | "audit";
    number: number;
    of: number;
  } | null;
  /** when all was gone but the documents that the law has kept */
  done_at: string | null;
  /** final documents that stay for 10 years */
  kept_documents: number;
  /** when the last of them goes */
  kept_until: string | null;
};

export type Health = {
  /** `attention` while any sign needs somebody */
  status: "ok" | "attention";
  at: string;
  /** What work passes through, in its order */
  stages: Array<{
    id: "journal" | "intake" | "outbox" | "jobs" | "deliveries" | "mails" | "due" | "archive" | "erasure" | "sweep";
    /** How long the first work waits */
    lag_seconds: number;
    /** Counted to 1000; null where nobody can count it */
    backlog: number | null;
    /** There is more than is counted */
    more: boolean;
    /** It lags for longer than it should */
    late: boolean;
  }>;
  /** Meters that cannot put their journal into the ledger, 20 */
  meters: Array<{
    tenant_id: string;
    since: string;
    events: number;
    halted: boolean;
    reason: string;
  }>;
  /** How far it is; null where DELIVERY_SECRET is not being changed */
  secret_change: {
    /** DELIVERY_SECRET_PREVIOUS can be taken away */
    done: boolean;
    resealed: number;
    /** Sealed under neither secret */
    unreadable: number;
  } | null;
  /** Counted to 1000 */
  dead_letters: number;
  signs: Array<{
    id: "announcements_waiting" | "work_late" | "work_failing" | "imports_stuck" | "endpoints_failing" | "deliveries_failed" | "emails_waiting" | "emails_failed";
    /** Counted to 1000 */
    count: number;
    /** There are more than are counted */
    more: boolean;
    /** Since when the first of them */
    since: string | null;
    needs_attention: boolean;
    /** The first 20 */
    first: Array<{
      tenant_id: string;
      /** A type of event or work, or an endpoint's host */
      what: string;
      since: string | null;
      why: string;
    }>;
  }>;
};

export type DeadLetter = {
  id: string;
  /** The queue of dead letters that it fell into */
  queue: string;
  /** What the message asks for */
  kind: string;
  tenant_id: string | null;
  /** What it is about, such as a due row's id */
  ref: string | null;
  given_up_at: string;
  bytes: number;
};

export type DeadLetterWithMessage = {
  id: string;
  /** The queue of dead letters that it fell into */
  queue: string;
  /** What the message asks for */
  kind: string;
  tenant_id: string | null;
  /** What it is about, such as a due row's id */
  ref: string | null;
  given_up_at: string;
  bytes: number;
  /** As it was sent */
  message: Record<string, unknown>;
};

export type DrainedMeter = {
  /** How far the ledger has it */
  up_to_seq: number | null;
  /** Why it does not get on */
  reason: string | null;
};

export const OPERATIONS = {
  recordUsage: ["POST", "/api/usage/record"],
  recordUsageBatch: ["POST", "/api/usage/events"],
  listUsageEvents: ["GET", "/api/usage/events"],
  recordCloudEvents: ["POST", "/api/usage/cloudevents"],
  recordLogs: ["POST", "/api/usage/intake"],
  createTenant: ["POST", "/api/tenants"],
  listTenants: ["GET", "/api/tenants"],
  exportTenants: ["GET", "/api/exports/tenants"],
  countTenants: ["GET", "/api/tenant-counts"],
  getTenant: ["GET", "/api/tenants/{id}"],
  putTenant: ["PUT", "/api/tenants/{id}"],
  changeTenant: ["PATCH", "/api/tenants/{id}"],
  getOwnTenant: ["GET", "/api/tenant"],
  listFailingWork: ["GET", "/api/failing-work"],
  createUser: ["POST", "/api/users"],
  listUsers: ["GET", "/api/users"],
  getUser: ["GET", "/api/users/{id}"],
  changeUser: ["PATCH", "/api/users/{id}"],
  removeUser: ["DELETE", "/api/users/{id}"],
  createRole: ["POST", "/api/roles"],
  listRoles: ["GET", "/api/roles"],
  getRole: ["GET", "/api/roles/{id}"],
  changeRole: ["PATCH", "/api/roles/{id}"],
  removeRole: ["DELETE", "/api/roles/{id}"],
  createKey: ["POST", "/api/keys"],
  listKeys: ["GET", "/api/keys"],
  changeKey: ["PATCH", "/api/keys/{id}"],
  revokeKey: ["DELETE", "/api/keys/{id}"],
  takeOverKey: ["POST", "/api/keys/{id}/take-over"],
  rotateKey: ["POST", "/api/keys/{id}/rotate"],
  listAudit: ["GET", "/api/audit"],
  getAuditHead: ["GET", "/api/audit/head"],
  exportAudit: ["GET", "/api/exports/audit"],
  verifyAudit: ["POST", "/api/audit/verify"],
  listRequestLogs: ["GET", "/api/request-logs"],
  exportUsageEvents: ["GET", "/api/exports/usage-events"],
  countUsageEvents: ["GET", "/api/usage/event-counts"],
  getUsageEvent: ["GET", "/api/usage/events/{id}"],
  getUsageSummary: ["GET", "/api/usage/summary"],
  listUsageMetrics: ["GET", "/api/usage/metrics"],
  listUndeclaredMetrics: ["GET", "/api/usage/metrics/undeclared"],
  getUsageSettings: ["GET", "/api/usage/settings"],
  changeUsageSettings: ["PUT", "/api/usage/settings"],
  getMetric: ["GET", "/api/metrics/{name}"],
  declareMetric: ["PUT", "/api/metrics/{name}"],
  listRefusedUsage: ["GET", "/api/usage/refused"],
  listLedgers: ["GET", "/api/ledgers"],
  listLedgerTenants: ["GET", "/api/ledgers/{ledger}/tenants"],
  moveToLedger: ["POST", "/api/ledgers/moves"],
  createLiveTicket: ["POST", "/api/usage/live/ticket"],
  getIssuer: ["GET", "/api/issuer"],
  putIssuer: ["PUT", "/api/issuer"],
  createCustomer: ["POST", "/api/customers"],
  listCustomers: ["GET", "/api/customers"],
  getCustomer: ["GET", "/api/customers/{id}"],
  changeCustomer: ["PATCH", "/api/customers/{id}"],
  listBalanceTransactions: ["GET", "/api/customers/{id}/balance-transactions"],
  refundBalance: ["POST", "/api/customers/{id}/refund-balance"],
  applyBalance: ["POST", "/api/invoices/{id}/apply-balance"],
  getAccount: ["GET", "/api/customers/{id}/account"],
  getStatement: ["GET", "/api/customers/{id}/statement"],
  getStatementPdf: ["GET", "/api/customers/{id}/statement.pdf"],
  createItem: ["POST", "/api/items"],
  listItems: ["GET", "/api/items"],
  getItem: ["GET", "/api/items/{id}"],
  changeItem: ["PATCH", "/api/items/{id}"],
  deleteItem: ["DELETE", "/api/items/{id}"],
  getBranding: ["GET", "/api/branding"],
  putBranding: ["PUT", "/api/branding"],
  putLogo: ["PUT", "/api/branding/logo"],
  getLogo: ["GET", "/api/branding/logo"],
  deleteLogo: ["DELETE", "/api/branding/logo"],
  previewBranding: ["GET", "/api/branding/preview.pdf"],
  listQuotes: ["GET", "/api/quotes"],
  createQuote: ["POST", "/api/quotes"],
  getQuote: ["GET", "/api/quotes/{id}"],
  changeQuote: ["PATCH", "/api/quotes/{id}"],
  listProformaInvoices: ["GET", "/api/proforma-invoices"],
  createProformaInvoice: ["POST", "/api/proforma-invoices"],
  getProformaInvoice: ["GET", "/api/proforma-invoices/{id}"],
  changeProformaInvoice: ["PATCH", "/api/proforma-invoices/{id}"],
  listInvoices: ["GET", "/api/invoices"],
  createInvoice: ["POST", "/api/invoices"],
  getInvoice: ["GET", "/api/invoices/{id}"],
  changeInvoice: ["PATCH", "/api/invoices/{id}"],
  listCreditNotes: ["GET", "/api/credit-notes"],
  getCreditNote: ["GET", "/api/credit-notes/{id}"],
  finalizeQuote: ["POST", "/api/quotes/{id}/finalize"],
  duplicateQuote: ["POST", "/api/quotes/{id}/duplicate"],
  finalizeProformaInvoice: ["POST", "/api/proforma-invoices/{id}/finalize"],
  duplicateProformaInvoice: ["POST", "/api/proforma-invoices/{id}/duplicate"],
  finalizeInvoice: ["POST", "/api/invoices/{id}/finalize"],
  duplicateInvoice: ["POST", "/api/invoices/{id}/duplicate"],
  exportQuotes: ["GET", "/api/exports/quotes"],
  exportProformaInvoices: ["GET", "/api/exports/proforma-invoices"],
  exportInvoices: ["GET", "/api/exports/invoices"],
  exportCreditNotes: ["GET", "/api/exports/credit-notes"],
  exportCustomers: ["GET", "/api/exports/customers"],
  countDocuments: ["GET", "/api/document-counts"],
  attachToInvoice: ["PUT", "/api/invoices/{id}/attachments/{name}"],
  getInvoiceAttachment: ["GET", "/api/invoices/{id}/attachments/{name}"],
  detachFromInvoice: ["DELETE", "/api/invoices/{id}/attachments/{name}"],
  attachToQuote: ["PUT", "/api/quotes/{id}/attachments/{name}"],
  getQuoteAttachment: ["GET", "/api/quotes/{id}/attachments/{name}"],
  detachFromQuote: ["DELETE", "/api/quotes/{id}/attachments/{name}"],
  attachToProformaInvoice: ["PUT", "/api/proforma-invoices/{id}/attachments/{name}"],
  getProformaInvoiceAttachment: ["GET", "/api/proforma-invoices/{id}/attachments/{name}"],
  detachFromProformaInvoice: ["DELETE", "/api/proforma-invoices/{id}/attachments/{name}"],
  voidInvoice: ["POST", "/api/invoices/{id}/void"],
  creditInvoice: ["POST", "/api/invoices/{id}/credit"],
  recordPayment: ["POST", "/api/invoices/{id}/payments"],
  listPayments: ["GET", "/api/invoices/{id}/payments"],
  createRecurringInvoice: ["POST", "/api/recurring-invoices"],
  listRecurringInvoices: ["GET", "/api/recurring-invoices"],
  getRecurringInvoice: ["GET", "/api/recurring-invoices/{id}"],
  changeRecurringInvoice: ["PATCH", "/api/recurring-invoices/{id}"],
  deleteRecurringInvoice: ["DELETE", "/api/recurring-invoices/{id}"],
  voidQuote: ["POST", "/api/quotes/{id}/void"],
  voidProformaInvoice: ["POST", "/api/proforma-invoices/{id}/void"],
  acceptQuote: ["POST", "/api/quotes/{id}/accept"],
  rejectQuote: ["POST", "/api/quotes/{id}/reject"],
  convertQuote: ["POST", "/api/quotes/{id}/convert"],
  convertProformaInvoice: ["POST", "/api/proforma-invoices/{id}/convert"],
  search: ["GET", "/api/search"],
  getInvoicePdf: ["GET", "/api/pdf/invoice/{id}"],
  getQuotePdf: ["GET", "/api/pdf/quote/{id}"],
  getCreditNotePdf: ["GET", "/api/pdf/credit-note/{id}"],
  getProformaInvoicePdf: ["GET", "/api/pdf/proforma-invoice/{id}"],
  getQuoteArchive: ["GET", "/api/pdf-archives/quotes"],
  getProformaInvoiceArchive: ["GET", "/api/pdf-archives/proforma-invoices"],
  getInvoiceArchive: ["GET", "/api/pdf-archives/invoices"],
  getCreditNoteArchive: ["GET", "/api/pdf-archives/credit-notes"],
  getInvoiceXml: ["GET", "/api/invoices/{id}/xml"],
  listInvoiceWarnings: ["GET", "/api/invoices/{id}/warnings"],
  getCreditNoteXml: ["GET", "/api/credit-notes/{id}/xml"],
  listCreditNoteWarnings: ["GET", "/api/credit-notes/{id}/warnings"],
  createInvoiceLink: ["POST", "/api/invoices/{id}/link"],
  listInvoiceLinks: ["GET", "/api/invoices/{id}/links"],
  revokeInvoiceLink: ["DELETE", "/api/invoices/{id}/links/{link}"],
  createQuoteLink: ["POST", "/api/quotes/{id}/link"],
  listQuoteLinks: ["GET", "/api/quotes/{id}/links"],
  revokeQuoteLink: ["DELETE", "/api/quotes/{id}/links/{link}"],
  createCreditNoteLink: ["POST", "/api/credit-notes/{id}/link"],
  listCreditNoteLinks: ["GET", "/api/credit-notes/{id}/links"],
  revokeCreditNoteLink: ["DELETE", "/api/credit-notes/{id}/links/{link}"],
  createProformaInvoiceLink: ["POST", "/api/proforma-invoices/{id}/link"],
  listProformaInvoiceLinks: ["GET", "/api/proforma-invoices/{id}/links"],
  revokeProformaInvoiceLink: ["DELETE", "/api/proforma-invoices/{id}/links/{link}"],
  listDocumentSeries: ["GET", "/api/documents/chain"],
  getDocumentPlace: ["GET", "/api/documents/{id}/chain"],
  verifyDocuments: ["POST", "/api/documents/chain/verify"],
  exportDocumentChain: ["GET", "/api/exports/document-chain"],
  previewInvoice: ["GET", "/api/invoices/{id}/preview"],
  previewQuote: ["GET", "/api/quotes/{id}/preview"],
  previewCreditNote: ["GET", "/api/credit-notes/{id}/preview"],
  previewProformaInvoice: ["GET", "/api/proforma-invoices/{id}/preview"],
  listPlans: ["GET", "/api/plans"],
  createPlan: ["POST", "/api/plans"],
  getPlan: ["GET", "/api/plans/{plan}"],
  changePlan: ["PATCH", "/api/plans/{plan}"],
  listPlanVersions: ["GET", "/api/plans/{plan}/versions"],
  createPlanVersion: ["POST", "/api/plans/{plan}/versions"],
  createSubscription: ["POST", "/api/subscriptions"],
  listSubscriptions: ["GET", "/api/subscriptions"],
  exportSubscriptions: ["GET", "/api/exports/subscriptions"],
  actSubscriptions: ["POST", "/api/bulk/subscriptions"],
  getSubscription: ["GET", "/api/subscriptions/{id}"],
  updateSubscription: ["PATCH", "/api/subscriptions/{id}"],
  changeSubscriptionPlan: ["POST", "/api/subscriptions/{id}/change-plan"],
  cancelSubscription: ["POST", "/api/subscriptions/{id}/cancel"],
  resumeSubscription: ["POST", "/api/subscriptions/{id}/resume"],
  changeSubscriptionZone: ["POST", "/api/subscriptions/{id}/change-zone"],
  getCurrentPeriod: ["GET", "/api/usage/current-period"],
  getOverageCharges: ["GET", "/api/usage/overage-charges"],
  getUsageAlerts: ["GET", "/api/usage/alerts"],
  getBillingEstimate: ["GET", "/api/usage/billing-estimate"],
  getEntitlement: ["GET", "/api/usage/entitlements/{metric}"],
  previewBilling: ["GET", "/api/billing/preview"],
  listBillingPeriods: ["GET", "/api/billing/periods"],
  getBillingPeriod: ["GET", "/api/billing/periods/{id}"],
  simulateBilling: ["POST", "/api/billing/simulate"],
  explainInvoice: ["GET", "/api/invoices/{id}/explain"],
  explainCreditNote: ["GET", "/api/credit-notes/{id}/explain"],
  voidUsageEvent: ["POST", "/api/usage/events/{id}/void"],
  actUsageEvents: ["POST", "/api/bulk/usage-events"],
  listSubscriptionMetrics: ["GET", "/api/subscriptions/{id}/metrics"],
  createUsageRule: ["POST", "/api/usage/rules"],
  listUsageRules: ["GET", "/api/usage/rules"],
  tryUsageRules: ["POST", "/api/usage/rules/try"],
  getUsageRule: ["GET", "/api/usage/rules/{id}"],
  changeUsageRule: ["PATCH", "/api/usage/rules/{id}"],
  deleteUsageRule: ["DELETE", "/api/usage/rules/{id}"],
  createUsageImport: ["POST", "/api/usage/imports"],
  listUsageImports: ["GET", "/api/usage/imports"],
  getUsageImport: ["GET", "/api/usage/imports/{id}"],
  addUsageImportEvents: ["POST", "/api/usage/imports/{id}/events"],
  previewUsageImport: ["GET", "/api/usage/imports/{id}/preview"],
  commitUsageImport: ["POST", "/api/usage/imports/{id}/commit"],
  revertUsageImport: ["POST", "/api/usage/imports/{id}/revert"],
  putUsageImportFile: ["PUT", "/api/usage/imports/{id}/file"],
  getUsageImportFile: ["GET", "/api/usage/imports/{id}/file"],
  readUsageImportFile: ["POST", "/api/usage/imports/{id}/file/read"],
  proveUsage: ["GET", "/api/usage/proof"],
  createCoupon: ["POST", "/api/coupons"],
  listCoupons: ["GET", "/api/coupons"],
  redeemCoupon: ["POST", "/api/subscriptions/{id}/coupons"],
  createCredit: ["POST", "/api/credits"],
  listCredits: ["GET", "/api/credits"],
  listPaymentProviders: ["GET", "/api/payment-providers"],
  connectPaymentProvider: ["PUT", "/api/payment-providers/{provider}"],
  disconnectPaymentProvider: ["DELETE", "/api/payment-providers/{provider}"],
  listUnmatchedMoney: ["GET", "/api/unmatched-money"],
  assignUnmatchedMoney: ["POST", "/api/unmatched-money/{id}/assign"],
  dismissUnmatchedMoney: ["POST", "/api/unmatched-money/{id}/dismiss"],
  getRevenue: ["GET", "/api/revenue"],
  countSubscriptions: ["GET", "/api/subscription-counts"],
  createWebhookEndpoint: ["POST", "/api/webhooks/endpoints"],
  listWebhookEndpoints: ["GET", "/api/webhooks/endpoints"],
  getWebhookEndpoint: ["GET", "/api/webhooks/endpoints/{id}"],
  changeWebhookEndpoint: ["PATCH", "/api/webhooks/endpoints/{id}"],
  deleteWebhookEndpoint: ["DELETE", "/api/webhooks/endpoints/{id}"],
  challengeWebhookEndpoint: ["POST", "/api/webhooks/endpoints/{id}/challenge"],
  rotateWebhookSecret: ["POST", "/api/webhooks/endpoints/{id}/rotate-secret"],
  testWebhookEndpoint: ["POST", "/api/webhooks/endpoints/{id}/test"],
  replayWebhooks: ["POST", "/api/webhooks/endpoints/{id}/replay"],
  sendInvoice: ["POST", "/api/invoices/{id}/send"],
  sendQuote: ["POST", "/api/quotes/{id}/send"],
  sendCreditNote: ["POST", "/api/credit-notes/{id}/send"],
  sendProformaInvoice: ["POST", "/api/proforma-invoices/{id}/send"],
  listEmails: ["GET", "/api/emails"],
  resendEmail: ["POST", "/api/emails/{id}/resend"],
  getEmail: ["GET", "/api/emails/{id}"],
  exportEmails: ["GET", "/api/exports/emails"],
  countEmails: ["GET", "/api/email-counts"],
  actEmails: ["POST", "/api/bulk/emails"],
  actQuotes: ["POST", "/api/bulk/quotes"],
  actProformaInvoices: ["POST", "/api/bulk/proforma-invoices"],
  actInvoices: ["POST", "/api/bulk/invoices"],
  actCreditNotes: ["POST", "/api/bulk/credit-notes"],
  exportWebhookDeliveries: ["GET", "/api/exports/webhook-deliveries"],
  countWebhookDeliveries: ["GET", "/api/webhook-delivery-counts"],
  actWebhookDeliveries: ["POST", "/api/bulk/webhook-deliveries"],
  getInvoiceTimeline: ["GET", "/api/invoices/{id}/timeline"],
  getQuoteTimeline: ["GET", "/api/quotes/{id}/timeline"],
  getCreditNoteTimeline: ["GET", "/api/credit-notes/{id}/timeline"],
  getProformaInvoiceTimeline: ["GET", "/api/proforma-invoices/{id}/timeline"],
  getEmailSettings: ["GET", "/api/email-settings"],
  putEmailSettings: ["PUT", "/api/email-settings"],
  listAlertRoutes: ["GET", "/api/alert-routes"],
  putAlertRoutes: ["PUT", "/api/alert-routes"],
  listSuppressions: ["GET", "/api/suppressions"],
  addSuppression: ["POST", "/api/suppressions"],
  removeSuppression: ["DELETE", "/api/suppressions/{address}"],
  listWebhookDeliveries: ["GET", "/api/webhooks/deliveries"],
  getWebhookDelivery: ["GET", "/api/webhooks/deliveries/{id}"],
  retryWebhookDelivery: ["POST", "/api/webhooks/deliveries/{id}/retry"],
  listEvents: ["GET", "/api/webhooks/events"],
  getTenantBudgets: ["GET", "/api/tenants/{id}/budgets"],
  setTenantBudgets: ["PUT", "/api/tenants/{id}/budgets"],
  getOwnBudgets: ["GET", "/api/tenant/budgets"],
  listArchive: ["GET", "/api/tenants/{id}/archive"],
  runArchive: ["POST", "/api/tenants/{id}/archive/run"],
  restoreArchive: ["POST", "/api/tenants/{id}/archive/restore"],
  exportTenant: ["GET", "/api/export"],
  loadTenant: ["PUT", "/api/tenant-load"],
  erasePerson: ["POST", "/api/erasures"],
  listErasures: ["GET", "/api/erasures"],
  eraseTenant: ["POST", "/api/tenants/{id}/erasure"],
  getTenantErasure: ["GET", "/api/tenants/{id}/erasure"],
  takeBackTenantErasure: ["DELETE", "/api/tenants/{id}/erasure"],
  eraseOwnTenant: ["POST", "/api/tenant/erasure"],
  getOwnErasure: ["GET", "/api/tenant/erasure"],
  takeBackOwnErasure: ["DELETE", "/api/tenant/erasure"],
  getHealth: ["GET", "/api/health"],
  listDeadLetters: ["GET", "/api/dead-letters"],
  getDeadLetter: ["GET", "/api/dead-letters/{id}"],
  dropDeadLetter: ["DELETE", "/api/dead-letters/{id}"],
  runDeadLetter: ["POST", "/api/dead-letters/{id}/run"],
  runFailingWork: ["POST", "/api/failing-work/{id}/run"],
  drainMeter: ["POST", "/api/tenants/{id}/drain"],
  getTestClock: ["GET", "/api/test-clock"],
  moveTestClock: ["POST", "/api/test-clock"],
} as const;

export type Operations = {
  /** Record one usage event */
  recordUsage: {
    body: UsageEventInput;
    result: RecordedUsage | {
      id: string;
      message: string;
    };
  };
  /** Record up to 5,000 usage events */
  recordUsageBatch: {
    body: Array<BatchEventInput>;
    result: BatchResult | BatchResult | {
      id: string;
      message: string;
    };
  };
  /** List events, newest first */
  listUsageEvents: {
    query?: {
      metric_name?: string;
      user_id?: string;
      source?: string;
      start_date?: string;
      end_date?: string;
      /** only those that were taken back */
      voided?: "true";
      /** newest first unless given */
      sort?: "recorded" | "-recorded";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<UsageEvent>;
      next_cursor: string | null;
      previous_cursor: string | null;
      /** months in the range of which events are archived: the list lacks these until the operator restores them */
      archived_months: Array<string>;
    };
  };
  /** Record CloudEvents */
  recordCloudEvents: {
    body: unknown;
    result: IntakeResult;
  };
  /** Record what log shippers send */
  recordLogs: {
    query: {
      /** The metric, or a pointer to its name */
      metric: string;
      /** A number, or a pointer to one; 1 if missing */
      quantity?: string;
      /** A pointer to the id; a hash of the record if missing */
      id?: string;
      /** A pointer to the time; of receipt if missing */
      time?: string;
      /** The user, or a pointer to it */
      user?: string;
      /** With a key of the operator: the tenant, or a pointer to its name in each record */
      tenant?: string;
      /** `intake` if missing */
      source?: string;
      /** Pointers to what is kept, apart by commas; nothing if missing */
      metadata?: string;
    };
    body: Array<Record<string, unknown>> | Record<string, unknown>;
    result: IntakeResult;
  };
  /** Create a tenant */
  createTenant: {
    body: {
      name: string;
      /** Your own id for the tenant, which names it wherever its id does. Any characters but control characters, no blank at either end, not beginning with `ten_`. It is never given to another tenant, not even once this one has another or none. */
      external_id?: string;
      /** live unless given */
      mode?: "live" | "test";
      /** Where a new test tenant's clock starts; now unless given */
      clock?: string;
      /** Its meter, usage and files are kept there, if a ledger and a bucket are; where the installation is unless given. What lies in the control database always is there. */
      jurisdiction?: "eu" | "fedramp";
    };
    result: Tenant & {
      key: string;
    };
  };
  /** List all tenants, or those that a text finds */
  listTenants: {
    query?: {
      /** an id, or a part of the name or the external id; capitals A to Z do not matter */
      q?: string;
      mode?: "live" | "test";
      /** oldest first unless given */
      sort?: "created" | "-created" | "name" | "-name";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Tenant>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Export tenants as CSV or NDJSON, filtered as their list is (operator) */
  exportTenants: {
    query?: {
      /** an id, or a part of the name or the external id; capitals A to Z do not matter */
      q?: string;
      mode?: "live" | "test";
      /** oldest first unless given */
      sort?: "created" | "-created" | "name" | "-name";
      /** ids with commas between them */
      ids?: string;
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** How many tenants are live and how many for tests, up to a thousand of each */
  countTenants: {
    result: {
      data: Array<{
        mode: "live" | "test";
        count: number;
        /** there are more than were counted */
        more: boolean;
      }>;
    };
  };
  /** Read a tenant */
  getTenant: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    result: Tenant;
  };
  /** Make the tenant of an external id, or change it */
  putTenant: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    body: {
      name?: string;
      /** live unless given */
      mode?: "live" | "test";
      /** Where a new test tenant's clock starts; now unless given */
      clock?: string;
      /** null: as many as it sends */
      events_per_minute?: number | null;
      /** Its meter, usage and files are kept there, if a ledger and a bucket are; where the installation is unless given. What lies in the control database always is there. */
      jurisdiction?: "eu" | "fedramp";
    };
    result: Tenant | Tenant & {
      key: string;
    };
  };
  /** Rename a tenant, give it an external id, or set what it may record a minute */
  changeTenant: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    body: {
      name?: string;
      /** Your own id for the tenant, which names it wherever its id does. Any characters but control characters, no blank at either end, not beginning with `ten_`. It is never given to another tenant, not even once this one has another or none. */
      external_id?: string | null;
      /** null: as many as it sends */
      events_per_minute?: number | null;
    };
    result: Tenant;
  };
  /** Read the key's own tenant, and what the key may do in it */
  getOwnTenant: {
    result: Tenant & {
      key: {
        id: string;
        /** `owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own */
        role: string;
        user_id: string | null;
        permissions?: Array<"usage.write" | "usage.read" | "usage.for_others" | "usage.void" | "metrics.write" | "documents.read" | "documents.write" | "documents.finalize" | "settings.write" | "billing.read" | "members.read" | "members.write" | "keys.write" | "audit.read" | "data.export" | "data.erase" | "clock.move" | "operator.read" | "operator.metrics" | "operator.tenants" | "operator.plans" | "operator.subscriptions">;
        tenants?: Array<string>;
        expires_at?: string;
      };
    };
  };
  /** Work of all tenants whose last attempt failed and that is tried again (operator) */
  listFailingWork: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<FailingWork>;
      next_cursor: string | null;
    };
  };
  /** Add a user */
  createUser: {
    body: {
      email: string;
      name: string;
      /** `owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own */
      role: string;
      /** true: reads and records usage of its own user alone */
      own_usage?: boolean;
      /** true: sees the documents that its own user drafted, and those to `customers` */
      own_documents?: boolean;
      /** ids of the customers that it sees, with what is addressed to them; null: all */
      customers?: Array<string> | null;
    };
    result: User;
  };
  /** List users */
  listUsers: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<User>;
      next_cursor: string | null;
    };
  };
  /** Read a user */
  getUser: {
    params: {
      /** its id */
      id: string;
    };
    result: User;
  };
  /** Change a user's name, role or what it sees */
  changeUser: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      name?: string;
      /** `owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own */
      role?: string;
      /** true: reads and records usage of its own user alone */
      own_usage?: boolean;
      /** true: sees the documents that its own user drafted, and those to `customers` */
      own_documents?: boolean;
      /** ids of the customers that it sees, with what is addressed to them; null: all */
      customers?: Array<string> | null;
    };
    result: User;
  };
  /** Remove a user and revoke its keys, and those that it made and nobody took over */
  removeUser: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Create a role of permissions */
  createRole: {
    body: {
      name: string;
      description?: string | null;
      permissions: Array<"usage.write" | "usage.read" | "usage.for_others" | "usage.void" | "metrics.write" | "documents.read" | "documents.write" | "documents.finalize" | "settings.write" | "billing.read" | "members.read" | "members.write" | "keys.write" | "audit.read" | "data.export" | "data.erase" | "clock.move" | "operator.read" | "operator.metrics" | "operator.tenants" | "operator.plans" | "operator.subscriptions">;
    };
    result: Role;
  };
  /** List roles of your own */
  listRoles: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Role>;
      next_cursor: string | null;
    };
  };
  /** Read a role of your own */
  getRole: {
    params: {
      /** its id */
      id: string;
    };
    result: Role;
  };
  /** Change a role for all that have it */
  changeRole: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      name?: string;
      description?: string | null;
      permissions?: Array<"usage.write" | "usage.read" | "usage.for_others" | "usage.void" | "metrics.write" | "documents.read" | "documents.write" | "documents.finalize" | "settings.write" | "billing.read" | "members.read" | "members.write" | "keys.write" | "audit.read" | "data.export" | "data.erase" | "clock.move" | "operator.read" | "operator.metrics" | "operator.tenants" | "operator.plans" | "operator.subscriptions">;
    };
    result: Role;
  };
  /** Remove a role */
  removeRole: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      /** the role that its users and keys get; needed where there are any */
      replacement?: string;
    };
    result: undefined;
  };
  /** Create an API key */
  createKey: {
    body: {
      name: string;
      /** `owner`, `admin`, `member`, `viewer`, `ingest`, or the id of a role of your own */
      role: string;
      user_id?: string | null;
      /** of the role's, all that it may; recording for named users needs usage.for_others, too */
      permissions?: Array<"usage.write" | "usage.read" | "usage.for_others" | "usage.void" | "metrics.write" | "documents.read" | "documents.write" | "documents.finalize" | "settings.write" | "billing.read" | "members.read" | "members.write" | "keys.write" | "audit.read" | "data.export" | "data.erase" | "clock.move" | "operator.read" | "operator.metrics" | "operator.tenants" | "operator.plans" | "operator.subscriptions"> | null;
      /** the tenants, by id or external id, that the key may name or act for; nothing else of the operator's (operator) */
      tenants?: Array<string> | null;
      /** from where it is taken */
      ips?: Array<string> | null;
      /** true: reads and records usage of its own user alone */
      own_usage?: boolean;
      /** true: sees the documents that its own user drafted, and those to `customers` */
      own_documents?: boolean;
      /** ids of the customers that it sees, with what is addressed to them; null: all */
      customers?: Array<string> | null;
      /** when it ends by itself */
      expires_at?: string | null;
      /** GET and HEAD requests that it may send a minute, where its tenant may send more */
      reads_per_minute?: number | null;
      /** other requests that it may send a minute; recording is not counted */
      writes_per_minute?: number | null;
      /** the version of its requests that name none; the one you ask in unless given */
      api_version?: "2026-11-01" | "2026-11-30";
    };
    result: ApiKey & {
      key: string;
    };
  };
  /** List API keys, revoked ones too */
  listKeys: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<ApiKey>;
      next_cursor: string | null;
    };
  };
  /** Change an API key's name, its limits on requests, or its version of the API */
  changeKey: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      name?: string;
      /** GET and HEAD requests that it may send a minute, where its tenant may send more */
      reads_per_minute?: number | null;
      /** other requests that it may send a minute; recording is not counted */
      writes_per_minute?: number | null;
      /** the version of the API that its requests are in, unless they name another */
      api_version?: "2026-11-01" | "2026-11-30";
    };
    result: ApiKey;
  };
  /** Revoke an API key */
  revokeKey: {
    params: {
      /** its id */
      id: string;
    };
    result: ApiKey;
  };
  /** Have a key end with your user, and not with whoever made it */
  takeOverKey: {
    params: {
      /** its id */
      id: string;
    };
    result: ApiKey;
  };
  /** Make a key in the place of another one, which ends after an overlap */
  rotateKey: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** how long the old key still works; 0 ends it at once */
      overlap_hours: number;
    };
    result: ApiKey & {
      key: string;
    };
  };
  /** List who changed what, newest first */
  listAudit: {
    query?: {
      limit?: number;
      cursor?: string;
      action?: string;
      target?: string;
      /** inclusive */
      start?: string;
      /** exclusive */
      end?: string;
    };
    result: {
      data: Array<AuditEntry>;
      next_cursor: string | null;
    };
  };
  /** Read the head of the audit log's chain */
  getAuditHead: {
    result: AuditHead;
  };
  /** Export the audit log, oldest first */
  exportAudit: {
    query?: {
      format?: "csv" | "ndjson";
      /** inclusive */
      start?: string;
      /** exclusive */
      end?: string;
      /** only entries behind this one; where a longer export goes on */
      after_seq?: number | null;
      limit?: number;
    };
    result: string;
  };
  /** Verify the audit log's chain */
  verifyAudit: {
    body: {
      /** `verified.seq` of the step before; 0 begins */
      after_seq?: number;
    };
    result: ChainWalk;
  };
  /** List what the API lately answered, newest first */
  listRequestLogs: {
    query?: {
      limit?: number;
      cursor?: string;
      status?: "2xx" | "3xx" | "4xx" | "5xx";
      /** how the path begins */
      path?: string;
      request_id?: string;
    };
    result: {
      data: Array<RequestLog>;
      next_cursor: string | null;
    };
  };
  /** Export events as CSV or NDJSON, newest first, filtered as their list is */
  exportUsageEvents: {
    query?: {
      metric_name?: string;
      user_id?: string;
      source?: string;
      start_date?: string;
      end_date?: string;
      /** only those that were taken back */
      voided?: "true";
      /** sequences with commas between them, such as seq_7,seq_9 */
      ids?: string;
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** How many events were recorded, and how many taken back, up to a thousand of each */
  countUsageEvents: {
    result: {
      data: Array<{
        state: "all" | "voided";
        count: number;
        /** there are more than were counted */
        more: boolean;
      }>;
    };
  };
  /** Read one event */
  getUsageEvent: {
    params: {
      id: string;
    };
    query?: {
      source?: string;
    };
    result: UsageEvent;
  };
  /** Usage over a range, per metric */
  getUsageSummary: {
    query?: {
      start_date?: string;
      end_date?: string;
      metric_name?: string;
      /** One user, or any of several: repeat it */
      user_id?: string | Array<string>;
      window?: "minute" | "hour" | "day" | "month";
      /** user_id, or declared dimensions: up to 5, with commas between them or repeated */
      group_by?: string | Array<string>;
      /** filter[KEY]=a,b: only events that have one of the values; several keys hold together. KEY as in group_by; an empty value stands for events without one; a comma or backslash of a value stands behind a backslash */
      filter?: Record<string, string | Array<string>>;
      time_zone?: string;
    };
    result: UsageSummary;
  };
  /** What can be recorded: the ten standard metrics, then the tenant's own */
  listUsageMetrics: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      metrics: Array<Metric>;
      next_cursor: string | null;
    };
  };
  /** Names that usage was recorded under, that nobody declared and no plan prices */
  listUndeclaredMetrics: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<UndeclaredMetric>;
      next_cursor: string | null;
    };
  };
  /** How strictly usage is taken */
  getUsageSettings: {
    result: {
      strict_metrics: boolean;
    };
  };
  /** Change how strictly usage is taken */
  changeUsageSettings: {
    body: {
      strict_metrics: boolean;
    };
    result: {
      strict_metrics: boolean;
    };
  };
  /** Read a metric */
  getMetric: {
    params: {
      name: string;
    };
    result: Metric;
  };
  /** Declare or change one of the tenant's own metrics */
  declareMetric: {
    params: {
      name: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    body: {
      description?: string;
      /** What documents and e-mails call it; empty takes it back */
      display_name?: string | "";
      unit?: string;
      aggregation?: "sum" | "count" | "max" | "min" | "latest" | "unique";
      /** The metadata property whose distinct values `unique` counts: exactly, up to 200000 in a period. An event with one more is refused as `usage.too_many_values`; those of known values are taken */
      property?: string | null;
      dimensions?: Array<string>;
    };
    result: Metric;
  };
  /** List events of asynchronous recordings that could not be counted, newest first */
  listRefusedUsage: {
    query?: {
      user_id?: string;
      code?: string;
      /** refused at this time or later */
      start_date?: string;
      /** refused before this time */
      end_date?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<RefusedUsage>;
      next_cursor: string | null;
    };
  };
  /** The databases in which usage lies, how large they are and how many tenants they have */
  listLedgers: {
    result: Ledgers;
  };
  /** Tenants whose usage lies in a ledger, by id, and about how much each has there */
  listLedgerTenants: {
    params: {
      ledger: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<LedgerTenant>;
      next_cursor: string | null;
    };
  };
  /** Move a tenant's usage to another database, while it records */
  moveToLedger: {
    body: {
      tenant_id: string;
      ledger: number;
    };
    result: LedgerMove;
  };
  /** A ticket that opens the live socket from a browser, for a minute */
  createLiveTicket: {
    result: {
      ticket: string;
      expires_at: string;
    };
  };
  /** Read the profile that the tenant issues documents with */
  getIssuer: {
    result: Issuer;
  };
  /** Replace the profile */
  putIssuer: {
    body: IssuerInput;
    result: Issuer;
  };
  /** Add a customer */
  createCustomer: {
    body: CustomerInput;
    result: Customer;
  };
  /** List customers, newest first or sorted */
  listCustomers: {
    query?: {
      /** words in the name, the e-mail address or the reference, found as by /api/search; for the operator also the beginning of the external id of the tenant that it is */
      q?: string;
      /** the tenant that the customer is, by id or external id (operator) */
      tenant_id?: string;
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "name" | "-name";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Customer>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Read a customer, with what is held of its money */
  getCustomer: {
    params: {
      /** its id */
      id: string;
    };
    result: CustomerWithBalances;
  };
  /** Change the given fields */
  changeCustomer: {
    params: {
      /** its id */
      id: string;
    };
    body: CustomerChange;
    result: Customer;
  };
  /** What changed a customer's credit balance, newest first */
  listBalanceTransactions: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      currency?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<BalanceTransaction>;
      next_cursor: string | null;
    };
  };
  /** Write down that a customer's credit balance, or a part of it, was paid out */
  refundBalance: {
    params: {
      /** its id */
      id: string;
    };
    body: BalanceRefundInput;
    result: BalanceTransaction;
  };
  /** Pay an open invoice from its customer's credit balance in its currency */
  applyBalance: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** as much as is owed and there unless given */
      amount?: number | string;
    };
    result: Payment;
  };
  /** What a customer owes in each currency, by age, and what is held of its money */
  getAccount: {
    params: {
      /** its id */
      id: string;
    };
    result: {
      data: Array<AccountBalance>;
    };
  };
  /** A customer's statement of account: balances, entries by day, and aging */
  getStatement: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      /** the customer's unless given */
      currency?: string;
      /** three months before `to` unless given */
      from?: string;
      /** today unless given */
      to?: string;
    };
    result: Statement;
  };
  /** A customer's statement of account as a tagged PDF in its language */
  getStatementPdf: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      /** the customer's unless given */
      currency?: string;
      /** three months before `to` unless given */
      from?: string;
      /** today unless given */
      to?: string;
    };
    result: Uint8Array;
  };
  /** Add an item to the catalogue */
  createItem: {
    body: ItemInput;
    result: Item;
  };
  /** List the catalogue by name */
  listItems: {
    query?: {
      /** how the name begins, in any case and without accents */
      q?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Item>;
      next_cursor: string | null;
    };
  };
  /** Read an item */
  getItem: {
    params: {
      /** its id */
      id: string;
    };
    result: Item;
  };
  /** Change the given fields of an item */
  changeItem: {
    params: {
      /** its id */
      id: string;
    };
    body: ItemChange;
    result: Item;
  };
  /** Take an item out of the catalogue */
  deleteItem: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Read how the tenant's documents look */
  getBranding: {
    result: Branding;
  };
  /** Replace all but the logo */
  putBranding: {
    body: BrandingInput;
    result: Branding;
  };
  /** Set the logo: the bytes of a PNG or JPEG of at most 512,000 bytes and 2,000 pixels a side */
  putLogo: {
    body: Blob;
    result: Branding;
  };
  /** The logo as it was uploaded */
  getLogo: {
    result: Uint8Array;
  };
  /** Take the logo away */
  deleteLogo: {
    result: Branding;
  };
  /** A sample invoice as it would look today */
  previewBranding: {
    result: Uint8Array;
  };
  /** List quotes that the tenant issued or received, newest first or sorted */
  listQuotes: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<DocumentSummary>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Create a draft quote */
  createQuote: {
    body: QuoteInput;
    result: Document;
  };
  /** Read a quote */
  getQuote: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: Document;
  };
  /** Change the given fields of a draft */
  changeQuote: {
    params: {
      /** its id */
      id: string;
    };
    body: QuoteChange;
    result: Document;
  };
  /** List proforma invoices that the tenant issued or received, newest first or sorted */
  listProformaInvoices: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<DocumentSummary>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Create a draft proforma invoice */
  createProformaInvoice: {
    body: ProformaInvoiceInput;
    result: Document;
  };
  /** Read a proforma invoice */
  getProformaInvoice: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: Document;
  };
  /** Change the given fields of a draft */
  changeProformaInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: ProformaInvoiceChange;
    result: Document;
  };
  /** List invoices that the tenant issued or received, newest first or sorted */
  listInvoices: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<DocumentSummary>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Create a draft invoice */
  createInvoice: {
    body: InvoiceInput;
    result: Document;
  };
  /** Read an invoice */
  getInvoice: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: Document;
  };
  /** Change the given fields of a draft */
  changeInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: InvoiceChange;
    result: Document;
  };
  /** List credit notes that the tenant issued or received, newest first or sorted */
  listCreditNotes: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<DocumentSummary>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Read a credit note */
  getCreditNote: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: Document;
  };
  /** Give a draft its number */
  finalizeQuote: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Make a draft quote with the customer, lines, texts and terms of another */
  duplicateQuote: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Give a draft its number */
  finalizeProformaInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Make a draft proforma invoice with the customer, lines, texts and terms of another */
  duplicateProformaInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Give a draft its number */
  finalizeInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Make a draft invoice with the customer, lines, texts and terms of another */
  duplicateInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Export quotes as CSV or NDJSON, filtered and sorted as their list is */
  exportQuotes: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** Export proforma invoices as CSV or NDJSON, filtered and sorted as their list is */
  exportProformaInvoices: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** Export invoices as CSV or NDJSON, filtered and sorted as their list is */
  exportInvoices: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** Export credit notes as CSV or NDJSON, filtered and sorted as their list is */
  exportCreditNotes: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** Export customers as CSV or NDJSON, found and sorted as their list is */
  exportCustomers: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      q?: string;
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "name" | "-name";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** How many documents there are by status and currency, and what they come to */
  countDocuments: {
    query?: {
      kind?: "invoice" | "quote" | "credit_note" | "proforma";
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
    };
    result: {
      data: Array<DocumentCount>;
      /** whether `data` holds all of them */
      complete: boolean;
      /** how many there are of each status; none of those that are not named here */
      by_status: Array<{
        role: "issuer" | "recipient";
        status: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
        count: number;
        /** there may be more than were counted */
        more: boolean;
      }>;
    };
  };
  /** Put a file beside a draft invoice, as it is sent, under its name */
  attachToInvoice: {
    params: {
      id: string;
      name: string;
    };
    query?: {
      description?: string;
    };
    body: Blob;
    result: DocumentSummary & {
      language: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
      tax_inclusive: boolean;
      payment_terms_days: number | null;
      delivery_date: string | null;
      period: {
        start: string;
        end: string;
      } | null;
      buyer_reference: string | null;
      memo: string | null;
      notes: string | null;
      terms: string | null;
      reason: string | null;
      fields: Array<{
        label: string;
        value: string;
      }>;
      seller: Party & Record<string, unknown> | null;
      buyer: Party & Record<string, unknown> | null;
      lines: Array<Line>;
      subtotal: number;
      adjustments: Array<{
        kind: "discount" | "charge";
        reason: string;
        percent: number | null;
        amount: number;
        reason_code: string | null;
      }>;
      taxes: Array<{
        category: string;
        percent: number;
        name: string | null;
        base: number;
        amount: number;
        components: Array<{
          name: string;
          percent: number;
          amount: number;
        }>;
        exemption: {
          reason: string;
          code: string | null;
        } | null;
      }>;
      billing_period_id: string | null;
      purpose: "deposit" | null;
      /** the step of the amount due */
      rounding: number | null;
      /** what rounding adds to the amount due */
      rounding_amount: number;
      /** deposits that it takes off, with tax */
      deposited: number;
      deposits: Array<{
        invoice_id: string;
        number: string;
        issue_date: string;
        total: number;
        taxes: Array<{
          category: string;
          percent: number;
          name: string | null;
          base: number;
          amount: number;
        }>;
      }>;
      cash_discounts: Array<{
        days: number;
        percent: number;
        base_amount: number | null;
      }>;
      references: References;
      attachments: Array<Attachment>;
    };
  };
  /** A file beside an invoice, as it was sent */
  getInvoiceAttachment: {
    params: {
      id: string;
      name: string;
    };
    result: Uint8Array;
  };
  /** Take a file from a draft invoice */
  detachFromInvoice: {
    params: {
      id: string;
      name: string;
    };
    result: undefined;
  };
  /** Put a file beside a draft quote, as it is sent, under its name */
  attachToQuote: {
    params: {
      id: string;
      name: string;
    };
    query?: {
      description?: string;
    };
    body: Blob;
    result: DocumentSummary & {
      language: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
      tax_inclusive: boolean;
      payment_terms_days: number | null;
      delivery_date: string | null;
      period: {
        start: string;
        end: string;
      } | null;
      buyer_reference: string | null;
      memo: string | null;
      notes: string | null;
      terms: string | null;
      reason: string | null;
      fields: Array<{
        label: string;
        value: string;
      }>;
      seller: Party & Record<string, unknown> | null;
      buyer: Party & Record<string, unknown> | null;
      lines: Array<Line>;
      subtotal: number;
      adjustments: Array<{
        kind: "discount" | "charge";
        reason: string;
        percent: number | null;
        amount: number;
        reason_code: string | null;
      }>;
      taxes: Array<{
        category: string;
        percent: number;
        name: string | null;
        base: number;
        amount: number;
        components: Array<{
          name: string;
          percent: number;
          amount: number;
        }>;
        exemption: {
          reason: string;
          code: string | null;
        } | null;
      }>;
      billing_period_id: string | null;
      purpose: "deposit" | null;
      /** the step of the amount due */
      rounding: number | null;
      /** what rounding adds to the amount due */
      rounding_amount: number;
      /** deposits that it takes off, with tax */
      deposited: number;
      deposits: Array<{
        invoice_id: string;
        number: string;
        issue_date: string;
        total: number;
        taxes: Array<{
          category: string;
          percent: number;
          name: string | null;
          base: number;
          amount: number;
        }>;
      }>;
      cash_discounts: Array<{
        days: number;
        percent: number;
        base_amount: number | null;
      }>;
      references: References;
      attachments: Array<Attachment>;
    };
  };
  /** A file beside a quote, as it was sent */
  getQuoteAttachment: {
    params: {
      id: string;
      name: string;
    };
    result: Uint8Array;
  };
  /** Take a file from a draft quote */
  detachFromQuote: {
    params: {
      id: string;
      name: string;
    };
    result: undefined;
  };
  /** Put a file beside a draft proforma invoice, as it is sent, under its name */
  attachToProformaInvoice: {
    params: {
      id: string;
      name: string;
    };
    query?: {
      description?: string;
    };
    body: Blob;
    result: DocumentSummary & {
      language: "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "pl" | "sv" | "ja" | "zh" | "ko" | "ar" | "he" | "hi";
      tax_inclusive: boolean;
      payment_terms_days: number | null;
      delivery_date: string | null;
      period: {
        start: string;
        end: string;
      } | null;
      buyer_reference: string | null;
      memo: string | null;
      notes: string | null;
      terms: string | null;
      reason: string | null;
      fields: Array<{
        label: string;
        value: string;
      }>;
      seller: Party & Record<string, unknown> | null;
      buyer: Party & Record<string, unknown> | null;
      lines: Array<Line>;
      subtotal: number;
      adjustments: Array<{
        kind: "discount" | "charge";
        reason: string;
        percent: number | null;
        amount: number;
        reason_code: string | null;
      }>;
      taxes: Array<{
        category: string;
        percent: number;
        name: string | null;
        base: number;
        amount: number;
        components: Array<{
          name: string;
          percent: number;
          amount: number;
        }>;
        exemption: {
          reason: string;
          code: string | null;
        } | null;
      }>;
      billing_period_id: string | null;
      purpose: "deposit" | null;
      /** the step of the amount due */
      rounding: number | null;
      /** what rounding adds to the amount due */
      rounding_amount: number;
      /** deposits that it takes off, with tax */
      deposited: number;
      deposits: Array<{
        invoice_id: string;
        number: string;
        issue_date: string;
        total: number;
        taxes: Array<{
          category: string;
          percent: number;
          name: string | null;
          base: number;
          amount: number;
        }>;
      }>;
      cash_discounts: Array<{
        days: number;
        percent: number;
        base_amount: number | null;
      }>;
      references: References;
      attachments: Array<Attachment>;
    };
  };
  /** A file beside a proforma invoice, as it was sent */
  getProformaInvoiceAttachment: {
    params: {
      id: string;
      name: string;
    };
    result: Uint8Array;
  };
  /** Take a file from a draft proforma invoice */
  detachFromProformaInvoice: {
    params: {
      id: string;
      name: string;
    };
    result: undefined;
  };
  /** Void an invoice: a draft as it is, a final one by a credit note for all of it */
  voidInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      reason: string;
    };
    result: Document;
  };
  /** Issue a credit note for lines of an invoice, or for all that is left of it */
  creditInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: CreditInput;
    result: Document;
  };
  /** Book a payment or a refund */
  recordPayment: {
    params: {
      /** its id */
      id: string;
    };
    body: PaymentInput;
    result: Payment;
  };
  /** An invoice's payments in the order in which they were booked */
  listPayments: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Payment>;
      next_cursor: string | null;
    };
  };
  /** Have an invoice repeated, as drafts, final or sent */
  createRecurringInvoice: {
    body: RecurringInvoiceInput;
    result: RecurringInvoice;
  };
  /** List recurring invoices, newest first */
  listRecurringInvoices: {
    query?: {
      limit?: number;
      cursor?: string;
      customer_id?: string;
    };
    result: {
      data: Array<RecurringInvoice>;
      next_cursor: string | null;
    };
  };
  /** Read a recurring invoice */
  getRecurringInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: RecurringInvoice;
  };
  /** Change the given fields of a recurring invoice */
  changeRecurringInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: RecurringInvoiceChange;
    result: RecurringInvoice;
  };
  /** End a recurring invoice for good */
  deleteRecurringInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Discard a draft */
  voidQuote: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Discard a draft */
  voidProformaInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Accept a pending quote, as its recipient or for it */
  acceptQuote: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Reject a pending quote, as its recipient or for it */
  rejectQuote: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      reason?: string | null;
    };
    result: Document;
  };
  /** Make a draft invoice of an accepted quote, once */
  convertQuote: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Make a draft invoice of a final proforma invoice, once */
  convertProformaInvoice: {
    params: {
      /** its id */
      id: string;
    };
    result: Document;
  };
  /** Find customers and documents by words, newest first */
  search: {
    query?: {
      q?: string;
      /** of customers, and of documents */
      limit?: number;
    };
    result: {
      customers: Array<Customer>;
      documents: Array<DocumentSummary>;
    };
  };
  /** Download the PDF of a invoice */
  getInvoicePdf: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      disposition?: "attachment" | "inline";
      /** as it was finalised, without today's status; or marked as a copy */
      as?: "issued" | "copy";
    };
    result: Uint8Array;
  };
  /** Download the PDF of a quote */
  getQuotePdf: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      disposition?: "attachment" | "inline";
      /** as it was finalised, without today's status; or marked as a copy */
      as?: "issued" | "copy";
    };
    result: Uint8Array;
  };
  /** Download the PDF of a credit note */
  getCreditNotePdf: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      disposition?: "attachment" | "inline";
      /** as it was finalised, without today's status; or marked as a copy */
      as?: "issued" | "copy";
    };
    result: Uint8Array;
  };
  /** Download the PDF of a proforma invoice */
  getProformaInvoicePdf: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      disposition?: "attachment" | "inline";
      /** as it was finalised, without today's status; or marked as a copy */
      as?: "issued" | "copy";
    };
    result: Uint8Array;
  };
  /** Download the PDFs of quotes in one ZIP file */
  getQuoteArchive: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      after?: string;
    };
    result: Uint8Array;
  };
  /** Download the PDFs of proforma invoices in one ZIP file */
  getProformaInvoiceArchive: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      after?: string;
    };
    result: Uint8Array;
  };
  /** Download the PDFs of invoices in one ZIP file */
  getInvoiceArchive: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      after?: string;
    };
    result: Uint8Array;
  };
  /** Download the PDFs of credit notes in one ZIP file */
  getCreditNoteArchive: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      status?: "draft" | "open" | "overdue" | "paid" | "void" | "pending" | "accepted" | "rejected" | "expired" | "issued";
      customer_id?: string;
      subscription_id?: string;
      issued_from?: string;
      issued_to?: string;
      /** words in its number, names, lines or notes, found as /api/search finds them */
      q?: string;
      /** only what the tenant issued, or only what it received */
      role?: "issuer" | "recipient";
      /** `-` first: the reverse; newest first unless given */
      sort?: "created" | "-created" | "issued" | "-issued" | "due" | "-due" | "total" | "-total";
      after?: string;
    };
    result: Uint8Array;
  };
  /** The e-invoice: EN 16931 in CII (Factur-X), XRechnung 3.0, Peppol BIS Billing 3 */
  getInvoiceXml: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      /** unless given, the one that the issuer chose for the customer, or `cii` */
      format?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol";
    };
    result: string;
  };
  /** What it lacks to be a valid e-invoice of a format */
  listInvoiceWarnings: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      /** unless given, the one that the issuer chose for the customer, or `cii` */
      format?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol";
    };
    result: EInvoice;
  };
  /** The e-invoice: EN 16931 in CII (Factur-X), XRechnung 3.0, Peppol BIS Billing 3 */
  getCreditNoteXml: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      /** unless given, the one that the issuer chose for the customer, or `cii` */
      format?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol";
    };
    result: string;
  };
  /** What it lacks to be a valid e-invoice of a format */
  listCreditNoteWarnings: {
    params: {
      /** its id, or its number */
      id: string;
    };
    query?: {
      /** unless given, the one that the issuer chose for the customer, or `cii` */
      format?: "cii" | "ubl" | "xrechnung-cii" | "xrechnung-ubl" | "peppol";
    };
    result: EInvoice;
  };
  /** Make a link that shows the document without an API key */
  createInvoiceLink: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** how long it stands, 30 unless given */
      days?: number;
    };
    result: Link & {
      url: string;
    };
  };
  /** Its links, and how often each was opened */
  listInvoiceLinks: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Link>;
      next_cursor: string | null;
    };
  };
  /** End a link now */
  revokeInvoiceLink: {
    params: {
      /** its id */
      id: string;
      link: string;
    };
    result: undefined;
  };
  /** Make a link that shows the document without an API key */
  createQuoteLink: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** how long it stands, 30 unless given */
      days?: number;
    };
    result: Link & {
      url: string;
    };
  };
  /** Its links, and how often each was opened */
  listQuoteLinks: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Link>;
      next_cursor: string | null;
    };
  };
  /** End a link now */
  revokeQuoteLink: {
    params: {
      /** its id */
      id: string;
      link: string;
    };
    result: undefined;
  };
  /** Make a link that shows the document without an API key */
  createCreditNoteLink: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** how long it stands, 30 unless given */
      days?: number;
    };
    result: Link & {
      url: string;
    };
  };
  /** Its links, and how often each was opened */
  listCreditNoteLinks: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Link>;
      next_cursor: string | null;
    };
  };
  /** End a link now */
  revokeCreditNoteLink: {
    params: {
      /** its id */
      id: string;
      link: string;
    };
    result: undefined;
  };
  /** Make a link that shows the document without an API key */
  createProformaInvoiceLink: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** how long it stands, 30 unless given */
      days?: number;
    };
    result: Link & {
      url: string;
    };
  };
  /** Its links, and how often each was opened */
  listProformaInvoiceLinks: {
    params: {
      /** its id */
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Link>;
      next_cursor: string | null;
    };
  };
  /** End a link now */
  revokeProformaInvoiceLink: {
    params: {
      /** its id */
      id: string;
      link: string;
    };
    result: undefined;
  };
  /** List the number series of documents, each with the head of its chain */
  listDocumentSeries: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<DocumentSeries>;
      next_cursor: string | null;
    };
  };
  /** Read a final document's place in its chain */
  getDocumentPlace: {
    params: {
      id: string;
    };
    result: DocumentPlace;
  };
  /** Verify the chains of all final documents */
  verifyDocuments: {
    body: {
      cursor?: string;
    };
    result: DocumentChainWalk;
  };
  /** Export all final documents as they are chained */
  exportDocumentChain: {
    query?: {
      format?: "csv" | "ndjson";
      kind?: "invoice" | "quote" | "credit_note" | "proforma";
      year?: string;
      test_tenant_id?: string;
      /** of each series, only documents behind this one */
      after_seq?: number | null;
      /** documents in the file; without it, all, or it breaks off beyond 7,000 */
      limit?: number;
    };
    result: string;
  };
  /** The pages as HTML with SVG, as the PDF shows them, without scripts */
  previewInvoice: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: string;
  };
  /** The pages as HTML with SVG, as the PDF shows them, without scripts */
  previewQuote: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: string;
  };
  /** The pages as HTML with SVG, as the PDF shows them, without scripts */
  previewCreditNote: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: string;
  };
  /** The pages as HTML with SVG, as the PDF shows them, without scripts */
  previewProformaInvoice: {
    params: {
      /** its id, or its number */
      id: string;
    };
    result: string;
  };
  /** List the plans with their newest versions */
  listPlans: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Plan>;
      next_cursor: string | null;
    };
  };
  /** Create a plan (operator) */
  createPlan: {
    body: {
      currency: string;
      base_timing?: "arrears" | "advance" | null;
      /** How often usage is billed, where that fits whole into the billing cycle; otherwise, and unless given, it is billed with the base price */
      usage_interval?: "week" | "month" | "quarter" | "half_year" | "year" | null;
      base_price_weekly?: number | string;
      base_price_monthly?: number | string;
      base_price_quarterly?: number | string;
      base_price_half_yearly?: number | string;
      base_price_yearly?: number | string;
      minimum_commitment?: number | string;
      /** Less than this is carried to the next invoice */
      minimum_invoice?: number | string;
      grace_hours?: number;
      finalize_zero?: boolean;
      /** True: prices hold the tax already. The same in all versions of a plan */
      tax_inclusive?: boolean;
      /** What tenants themselves may do to usage that the plan prices: take events back, declare how a metric counts, import older usage. Otherwise only the operator may */
      tenant_may?: Array<"void" | "declare" | "import">;
      /** What its tenants may have and do at most, where the operator set nothing else */
      budgets?: {
        events_per_minute?: number;
        reads_per_minute?: number;
        writes_per_minute?: number;
        metric_names?: number;
        usage_rules?: number;
        live_sockets?: number;
        api_keys?: number;
        users?: number;
        roles?: number;
        customers?: number;
        items?: number;
        recurring_invoices?: number;
        open_imports?: number;
        stored_bytes?: number;
        webhook_endpoints?: number;
        endpoints_per_host?: number;
        challenges_per_hour?: number;
        webhook_requests_per_hour?: number;
        deliveries_in_flight?: number;
        exports_per_hour?: number;
        erasures_per_hour?: number;
        emails_per_hour?: number;
      };
      prices: Array<{
        metric_name: string;
        included_quantity?: number | string;
        /** per_unit unless given */
        model?: "per_unit" | "graduated" | "volume" | "package" | "flat";
        /** per_unit; for flat, the fee itself */
        unit_price?: number | string;
        /** (previous, up_to] beyond the included quantity; the last: null */
        tiers?: Array<{
          up_to?: number | string;
          unit_price?: number | string;
          flat_fee?: number | string;
        }>;
        package_size?: number | string;
        package_price?: number | string;
        hard_limit?: boolean;
        alert_thresholds?: Array<number>;
      }>;
      code: string;
      name: string;
      description?: string;
    };
    result: Plan;
  };
  /** Read a plan with its newest version */
  getPlan: {
    params: {
      /** its code or id */
      plan: string;
    };
    result: Plan;
  };
  /** Rename or archive a plan (operator) */
  changePlan: {
    params: {
      /** its code or id */
      plan: string;
    };
    body: {
      name?: string;
      description?: string;
      archived?: boolean;
    };
    result: Plan;
  };
  /** All versions of a plan, newest first */
  listPlanVersions: {
    params: {
      /** its code or id */
      plan: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<PlanVersion>;
      next_cursor: string | null;
    };
  };
  /** Edit a plan by a new version (operator) */
  createPlanVersion: {
    params: {
      /** its code or id */
      plan: string;
    };
    body: {
      currency: string;
      base_timing?: "arrears" | "advance" | null;
      /** How often usage is billed, where that fits whole into the billing cycle; otherwise, and unless given, it is billed with the base price */
      usage_interval?: "week" | "month" | "quarter" | "half_year" | "year" | null;
      base_price_weekly?: number | string;
      base_price_monthly?: number | string;
      base_price_quarterly?: number | string;
      base_price_half_yearly?: number | string;
      base_price_yearly?: number | string;
      minimum_commitment?: number | string;
      /** Less than this is carried to the next invoice */
      minimum_invoice?: number | string;
      grace_hours?: number;
      finalize_zero?: boolean;
      /** True: prices hold the tax already. The same in all versions of a plan */
      tax_inclusive?: boolean;
      /** What tenants themselves may do to usage that the plan prices: take events back, declare how a metric counts, import older usage. Otherwise only the operator may */
      tenant_may?: Array<"void" | "declare" | "import">;
      /** What its tenants may have and do at most, where the operator set nothing else */
      budgets?: {
        events_per_minute?: number;
        reads_per_minute?: number;
        writes_per_minute?: number;
        metric_names?: number;
        usage_rules?: number;
        live_sockets?: number;
        api_keys?: number;
        users?: number;
        roles?: number;
        customers?: number;
        items?: number;
        recurring_invoices?: number;
        open_imports?: number;
        stored_bytes?: number;
        webhook_endpoints?: number;
        endpoints_per_host?: number;
        challenges_per_hour?: number;
        webhook_requests_per_hour?: number;
        deliveries_in_flight?: number;
        exports_per_hour?: number;
        erasures_per_hour?: number;
        emails_per_hour?: number;
      };
      prices: Array<{
        metric_name: string;
        included_quantity?: number | string;
        /** per_unit unless given */
        model?: "per_unit" | "graduated" | "volume" | "package" | "flat";
        /** per_unit; for flat, the fee itself */
        unit_price?: number | string;
        /** (previous, up_to] beyond the included quantity; the last: null */
        tiers?: Array<{
          up_to?: number | string;
          unit_price?: number | string;
          flat_fee?: number | string;
        }>;
        package_size?: number | string;
        package_price?: number | string;
        hard_limit?: boolean;
        alert_thresholds?: Array<number>;
      }>;
    };
    result: Plan;
  };
  /** Subscribe a tenant to a plan (operator) */
  createSubscription: {
    body: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id: string;
      /** A plan's code or id */
      plan: string;
      plan_version?: number;
      billing_cycle?: "weekly" | "monthly" | "quarterly" | "half_yearly" | "yearly";
      anchor?: "anniversary" | "calendar";
      time_zone?: string;
      start_date?: string;
      trial_end?: string;
      base_price?: number | string;
      currency?: string;
      seats?: number;
      base_timing?: "arrears" | "advance";
      buyer_reference?: string | null;
      purchase_order?: string | null;
    };
    result: Subscription;
  };
  /** List subscriptions: a tenant its own, the operator all or one tenant's */
  listSubscriptions: {
    query?: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id?: string;
      /** current: those that go on, also `ending` ones, whose end is set; or the past */
      state?: "current" | "ending" | "ended";
      /** newest first unless given */
      sort?: "created" | "-created";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Subscription>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Export subscriptions as CSV or NDJSON, filtered as their list is */
  exportSubscriptions: {
    query?: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id?: string;
      /** current: those that go on, also `ending` ones, whose end is set; or the past */
      state?: "current" | "ending" | "ended";
      /** ids with commas between them */
      ids?: string;
      /** newest first unless given */
      sort?: "created" | "-created";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** End the subscriptions that a filter leaves, each with its period, step by step */
  actSubscriptions: {
    body: SubscriptionBulkInput;
    result: BulkStep;
  };
  /** Read a subscription */
  getSubscription: {
    params: {
      id: string;
    };
    result: Subscription;
  };
  /** Set what a subscription's invoices refer to, from its next one on (operator) */
  updateSubscription: {
    params: {
      id: string;
    };
    body: SubscriptionChange;
    result: Subscription;
  };
  /** Change plan, price or seats, now or from the next cycle on (operator) */
  changeSubscriptionPlan: {
    params: {
      id: string;
    };
    body: {
      plan?: string;
      plan_version?: number;
      base_price?: number | string;
      seats?: number;
      when: "now" | "period_end";
    };
    result: Subscription;
  };
  /** End a subscription, at its period's end unless `now` (operator) */
  cancelSubscription: {
    params: {
      id: string;
    };
    body: {
      when?: "now" | "period_end";
    };
    result: Subscription;
  };
  /** Take back an end that was asked for and has not come (operator) */
  resumeSubscription: {
    params: {
      id: string;
    };
    result: Subscription;
  };
  /** Count boundaries in another time zone, from the next cycle on (operator) */
  changeSubscriptionZone: {
    params: {
      id: string;
    };
    body: {
      time_zone: string;
    };
    result: Subscription;
  };
  /** The running billing period and its usage */
  getCurrentPeriod: {
    result: CurrentPeriod;
  };
  /** What the running period's usage beyond the included quantities costs so far */
  getOverageCharges: {
    result: OverageCharges;
  };
  /** The highest threshold that each metric has reached in the running period */
  getUsageAlerts: {
    result: UsageAlerts;
  };
  /** What the running period comes to if nothing more is used, before tax */
  getBillingEstimate: {
    result: BillingEstimate;
  };
  /** Whether so much more of a metric would be taken now */
  getEntitlement: {
    params: {
      metric: string;
    };
    query?: {
      /** 1 unless given */
      quantity?: number | string;
    };
    result: Entitlement;
  };
  /** The running period's document as it would be made now: the closing, not written */
  previewBilling: {
    query?: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id?: string;
    };
    result: BillingPreview;
  };
  /** Closed periods with their lines, newest first */
  listBillingPeriods: {
    query?: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id?: string;
      subscription_id?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<BillingPeriod>;
      next_cursor: string | null;
    };
  };
  /** One closed period */
  getBillingPeriod: {
    params: {
      id: string;
    };
    result: BillingPeriod;
  };
  /** What usage would cost at given prices, or past usage on another plan */
  simulateBilling: {
    body: {
      currency?: string;
      base_price?: number | string;
      prices?: Array<{
        metric_name: string;
        included_quantity?: number | string;
        /** per_unit unless given */
        model?: "per_unit" | "graduated" | "volume" | "package" | "flat";
        /** per_unit; for flat, the fee itself */
        unit_price?: number | string;
        /** (previous, up_to] beyond the included quantity; the last: null */
        tiers?: Array<{
          up_to?: number | string;
          unit_price?: number | string;
          flat_fee?: number | string;
        }>;
        package_size?: number | string;
        package_price?: number | string;
      }>;
      usage?: Array<{
        metric_name: string;
        quantity: number | string;
      }>;
      period?: {
        start_date?: string;
        billing_cycle?: "weekly" | "monthly" | "quarterly" | "half_yearly" | "yearly";
        anchor?: "anniversary" | "calendar";
        time_zone?: string;
        at?: string;
      };
      plan?: string;
      plan_version?: number;
      usage_of?: {
        start: string;
        end: string;
      };
    };
    result: BillingSimulation;
  };
  /** How an invoice came to be, down to the events */
  explainInvoice: {
    params: {
      id: string;
    };
    result: ExplainedDocument;
  };
  /** How a credit note came to be, down to the events */
  explainCreditNote: {
    params: {
      id: string;
    };
    result: ExplainedDocument;
  };
  /** Take an event back */
  voidUsageEvent: {
    params: {
      id: string;
    };
    query?: {
      source?: string;
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    result: UsageEvent;
  };
  /** Take back the events that a filter leaves, step by step */
  actUsageEvents: {
    body: EventBulkInput;
    result: BulkStep;
  };
  /** How the metrics that a subscription prices count for its tenant */
  listSubscriptionMetrics: {
    params: {
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      metrics: Array<Metric>;
      next_cursor: string | null;
    };
  };
  /** Make a rule: how incoming events of a type count under a metric */
  createUsageRule: {
    body: UsageRuleInput;
    result: UsageRule;
  };
  /** List the rules that hold for the tenant, its own and those of every tenant */
  listUsageRules: {
    query?: {
      event_type?: string;
      metric_name?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<UsageRule>;
      next_cursor: string | null;
    };
  };
  /** See what an event would be recorded as, without recording it */
  tryUsageRules: {
    body: TriedEventInput;
    result: TriedEvent;
  };
  /** Read a rule */
  getUsageRule: {
    params: {
      /** its id */
      id: string;
    };
    result: UsageRule;
  };
  /** Change the given fields of a rule, or switch it off */
  changeUsageRule: {
    params: {
      /** its id */
      id: string;
    };
    body: UsageRuleChange;
    result: UsageRule;
  };
  /** Delete a rule */
  deleteUsageRule: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Begin an import of usage from before the 35 days that recording takes */
  createUsageImport: {
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    body: {
      name: string;
    };
    result: UsageImport;
  };
  /** List imports, newest first */
  listUsageImports: {
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<UsageImport>;
      next_cursor: string | null;
    };
  };
  /** Read an import */
  getUsageImport: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    result: UsageImport;
  };
  /** Add events to an open import, where they count for nothing */
  addUsageImportEvents: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    body: {
      events: Array<UsageImportEvent>;
    };
    result: UsageImport;
  };
  /** What each closed period would settle if the import counted */
  previewUsageImport: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    result: UsageImportPreview;
  };
  /** Let an import count */
  commitUsageImport: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    result: UsageImportProgress;
  };
  /** Take an import back, whether it counts or not */
  revertUsageImport: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    result: UsageImportProgress;
  };
  /** Give an open import the file that it is read from */
  putUsageImportFile: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
      /** of the file */
      name?: string;
    };
    body: Blob;
    result: UsageImportFileLook;
  };
  /** The first lines of an import's file as they would be recorded */
  getUsageImportFile: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
      format?: "ndjson" | "csv" | "log" | "rejects";
      encoding?: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
      /** of CSV: one character, or `tab` */
      separator?: string;
      decimal?: "comma" | "point";
      /** the order of a date's parts, or what is counted since 1970 */
      dates?: "dmy" | "mdy" | "ymd" | "s" | "ms";
      /** of times without an offset, such as Europe/Berlin */
      zone?: string;
      /** `field=column,…`; `#2` is the second column */
      map?: string;
      /** `field=value,…` that all records share */
      set?: string;
      client_field?: number;
    };
    result: UsageImportFileLook;
  };
  /** Put the next thousands of a file's events aside, where they count for nothing */
  readUsageImportFile: {
    params: {
      id: string;
    };
    query?: {
      /** whose usage it is (operator), by id or external id; your own otherwise */
      tenant_id?: string;
    };
    body: UsageImportFileOptions;
    result: UsageImportFile & {
      /** false: ask again */
      done: boolean;
    };
  };
  /** Whether the meter's counters are the sums of the ledger, window by window */
  proveUsage: {
    query?: {
      window_id?: string;
    };
    result: UsageProof;
  };
  /** Create a coupon by percent or by amount (operator) */
  createCoupon: {
    body: {
      code: string;
      name: string;
      percent?: number | string;
      amount?: number | string;
      currency?: string;
      starts_at?: string;
      ends_at?: string;
      max_redemptions?: number;
      /** How many documents it lowers; all unless given */
      periods?: number;
    };
    result: Coupon;
  };
  /** List coupons (operator) */
  listCoupons: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Coupon>;
      next_cursor: string | null;
    };
  };
  /** Lower a subscription's coming documents by a coupon (operator) */
  redeemCoupon: {
    params: {
      id: string;
    };
    body: {
      code: string;
    };
    result: Coupon;
  };
  /** Give a tenant credit: granted lowers what is taxed, purchased what is due (operator) */
  createCredit: {
    body: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id: string;
      kind: "granted" | "purchased";
      amount: number | string;
      currency: string;
      expires_at?: string;
      note?: string;
    };
    result: Credit;
  };
  /** A tenant's credits with what is left of each */
  listCredits: {
    query?: {
      /** a tenant's id (`ten_…`) or external id */
      tenant_id?: string;
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Credit>;
      next_cursor: string | null;
    };
  };
  /** The payment providers whose events are taken, and where they send them */
  listPaymentProviders: {
    result: {
      data: Array<PaymentProvider>;
    };
  };
  /** Take a provider's events, signed with its secret */
  connectPaymentProvider: {
    params: {
      /** stripe or razorpay */
      provider: string;
    };
    body: {
      secret: string;
    };
    result: PaymentProvider;
  };
  /** Take a provider's events no longer */
  disconnectPaymentProvider: {
    params: {
      /** stripe or razorpay */
      provider: string;
    };
    result: undefined;
  };
  /** Money of payment providers that no invoice took, newest first */
  listUnmatchedMoney: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<UnmatchedMoney>;
      next_cursor: string | null;
    };
  };
  /** Book unmatched money on an invoice */
  assignUnmatchedMoney: {
    params: {
      id: string;
    };
    body: {
      invoice_id: string;
      /** in the invoice's currency, where the money came in another one */
      amount?: number | string;
    };
    result: Payment;
  };
  /** Take unmatched money off the list, booking nothing */
  dismissUnmatchedMoney: {
    params: {
      id: string;
    };
    result: UnmatchedMoney;
  };
  /** Recurring revenue and what moved it, and what was billed, by currency (operator) */
  getRevenue: {
    query?: {
      mode?: "live" | "test";
      /** The time by which tenants are ranked, by UTC; unless given, the year */
      by?: "month" | "quarter" | "year" | "12_months";
    };
    result: {
      data: Array<RevenueReport>;
    };
  };
  /** How many subscriptions are current, ending and ended, and what they bring */
  countSubscriptions: {
    result: {
      data: Array<{
        state: "current" | "ending" | "ended";
        /** what they bring in a month, by currency, without test tenants; null where there are more than were counted */
        monthly_recurring_revenue: Array<{
          currency: string;
          amount: number;
        }> | null;
        count: number;
        /** there are more than were counted */
        more: boolean;
      }>;
    };
  };
  /** Add an endpoint */
  createWebhookEndpoint: {
    body: WebhookEndpointInput;
    result: WebhookEndpoint & {
      secret: string;
    };
  };
  /** List the endpoints: as many as the budget webhook_endpoints allows */
  listWebhookEndpoints: {
    result: {
      data: Array<WebhookEndpoint>;
    };
  };
  /** Read an endpoint */
  getWebhookEndpoint: {
    params: {
      /** its id */
      id: string;
    };
    result: WebhookEndpoint;
  };
  /** Change the given fields */
  changeWebhookEndpoint: {
    params: {
      /** its id */
      id: string;
    };
    body: WebhookEndpointChange;
    result: WebhookEndpoint;
  };
  /** Remove an endpoint, with what waits for it and its log */
  deleteWebhookEndpoint: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Send an unproven endpoint its challenge once more */
  challengeWebhookEndpoint: {
    params: {
      /** its id */
      id: string;
    };
    result: WebhookDelivery;
  };
  /** Make a new secret */
  rotateWebhookSecret: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      /** 24 unless given */
      overlap_hours?: number;
    };
    result: {
      secret: string;
      old_secret_ends_at: string;
    };
  };
  /** Send it an event of the type webhook.test */
  testWebhookEndpoint: {
    params: {
      /** its id */
      id: string;
    };
    result: WebhookDelivery;
  };
  /** Send it the events after a seq once more */
  replayWebhooks: {
    params: {
      /** its id */
      id: string;
    };
    body: {
      after: number;
    };
    result: {
      deliveries: number;
      last_seq: number;
      has_more: boolean;
    };
  };
  /** Send a final invoice as an e-mail with its PDF, in the invoice's language */
  sendInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: InvoiceSending;
    result: Email;
  };
  /** Send a final quote as an e-mail with its PDF, in the quote's language */
  sendQuote: {
    params: {
      /** its id */
      id: string;
    };
    body: QuoteSending;
    result: Email;
  };
  /** Send a final credit note as an e-mail with its PDF, in the credit note's language */
  sendCreditNote: {
    params: {
      /** its id */
      id: string;
    };
    body: CreditNoteSending;
    result: Email;
  };
  /** Send a final proforma invoice as an e-mail with its PDF, in the proforma invoice's language */
  sendProformaInvoice: {
    params: {
      /** its id */
      id: string;
    };
    body: ProformaInvoiceSending;
    result: Email;
  };
  /** List e-mails, newest first */
  listEmails: {
    query?: {
      /** a document's id */
      document?: string;
      status?: "queued" | "sent" | "delivered" | "bounced" | "complained" | "suppressed" | "failed";
      letter?: "document" | "receipt" | "reminder" | "notice";
      /** text of the subject or of a recipient's address; accents do not matter */
      q?: string;
      /** newest first unless given */
      sort?: "created" | "-created";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Email>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Send an e-mail again that failed or was suppressed, as it was written */
  resendEmail: {
    params: {
      /** its id */
      id: string;
    };
    result: Email;
  };
  /** Read an e-mail, with what it said and what the provider reported */
  getEmail: {
    params: {
      /** its id */
      id: string;
    };
    result: Email & {
      html: string;
      text: string;
      reports: Array<EmailReport>;
    };
  };
  /** Export the log of e-mails as CSV or NDJSON, filtered as its list is */
  exportEmails: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      /** a document's id */
      document?: string;
      status?: "queued" | "sent" | "delivered" | "bounced" | "complained" | "suppressed" | "failed";
      letter?: "document" | "receipt" | "reminder" | "notice";
      /** text of the subject or of a recipient's address; accents do not matter */
      q?: string;
      /** newest first unless given */
      sort?: "created" | "-created";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** How many e-mails there are of each status, up to a thousand of each */
  countEmails: {
    result: {
      data: Array<{
        status: "queued" | "sent" | "delivered" | "bounced" | "complained" | "suppressed" | "failed";
        count: number;
        /** there are more than were counted */
        more: boolean;
      }>;
    };
  };
  /** Send again what a filter leaves of the e-mails that were not sent, step by step */
  actEmails: {
    body: EmailBulkInput;
    result: BulkStep;
  };
  /** Finalize, send, remind of or void the quotes that a filter leaves, step by step */
  actQuotes: {
    body: BulkInput;
    result: BulkStep;
  };
  /** Finalize, send, remind of or void the proforma invoices that a filter leaves, step by step */
  actProformaInvoices: {
    body: BulkInput;
    result: BulkStep;
  };
  /** Finalize, send, remind of or void the invoices that a filter leaves, step by step */
  actInvoices: {
    body: BulkInput;
    result: BulkStep;
  };
  /** Finalize, send, remind of or void the credit notes that a filter leaves, step by step */
  actCreditNotes: {
    body: BulkInput;
    result: BulkStep;
  };
  /** Export deliveries as CSV or NDJSON, filtered as their list is */
  exportWebhookDeliveries: {
    query?: {
      /** ids with commas between them */
      ids?: string;
      endpoint_id?: string;
      status?: "pending" | "succeeded" | "failed";
      /** newest first unless given */
      sort?: "created" | "-created";
      format?: "csv" | "ndjson";
    };
    result: string;
  };
  /** How many deliveries there are of each status, up to a thousand of each */
  countWebhookDeliveries: {
    result: {
      data: Array<{
        status: "pending" | "succeeded" | "failed";
        count: number;
        /** there are more than were counted */
        more: boolean;
      }>;
    };
  };
  /** Try failed deliveries again that a filter leaves, step by step */
  actWebhookDeliveries: {
    body: DeliveryBulkInput;
    result: BulkStep;
  };
  /** What happened to an invoice of yours, the first thing first */
  getInvoiceTimeline: {
    params: {
      /** its id */
      id: string;
    };
    result: {
      data: Array<TimelineEntry>;
    };
  };
  /** What happened to a quote of yours, the first thing first */
  getQuoteTimeline: {
    params: {
      /** its id */
      id: string;
    };
    result: {
      data: Array<TimelineEntry>;
    };
  };
  /** What happened to a credit note of yours, the first thing first */
  getCreditNoteTimeline: {
    params: {
      /** its id */
      id: string;
    };
    result: {
      data: Array<TimelineEntry>;
    };
  };
  /** What happened to a proforma invoice of yours, the first thing first */
  getProformaInvoiceTimeline: {
    params: {
      /** its id */
      id: string;
    };
    result: {
      data: Array<TimelineEntry>;
    };
  };
  /** Read what is sent without asking */
  getEmailSettings: {
    result: EmailSettings;
  };
  /** Say what is sent without asking */
  putEmailSettings: {
    body: EmailSettingsInput;
    result: EmailSettings;
  };
  /** Who gets which alert, and by which way */
  listAlertRoutes: {
    result: {
      data: Array<AlertRoute>;
    };
  };
  /** Replace the list */
  putAlertRoutes: {
    body: {
      data: Array<AlertRouteInput>;
    };
    result: {
      data: Array<AlertRoute>;
    };
  };
  /** List the addresses that get no e-mail, in alphabetical order */
  listSuppressions: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Suppression>;
      next_cursor: string | null;
    };
  };
  /** Send an address no more e-mail */
  addSuppression: {
    body: {
      address: string;
    };
    result: Suppression;
  };
  /** Send an address e-mail again */
  removeSuppression: {
    params: {
      address: string;
    };
    result: undefined;
  };
  /** List deliveries, newest first */
  listWebhookDeliveries: {
    query?: {
      endpoint_id?: string;
      status?: "pending" | "succeeded" | "failed";
      /** newest first unless given */
      sort?: "created" | "-created";
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<WebhookDelivery>;
      next_cursor: string | null;
      previous_cursor: string | null;
    };
  };
  /** Read a delivery with all its attempts */
  getWebhookDelivery: {
    params: {
      /** its id */
      id: string;
    };
    result: WebhookDelivery & {
      log: Array<{
        number: number;
        at: string;
        status: number | null;
        /** why no answer came */
        error: string | null;
        latency_ms: number;
        /** its first KB */
        answer: string;
      }>;
    };
  };
  /** Send it again, from the start of the schedule */
  retryWebhookDelivery: {
    params: {
      /** its id */
      id: string;
    };
    result: WebhookDelivery;
  };
  /** What was announced after a seq, in order: to catch up without webhooks */
  listEvents: {
    query?: {
      after?: number | null;
      limit?: number;
    };
    result: {
      data: Array<Event>;
      /** `after` of the next call */
      next_after: number;
      has_more: boolean;
    };
  };
  /** What a tenant may have and do at most, with what it uses */
  getTenantBudgets: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    result: {
      data: Array<Budget>;
    };
  };
  /** Set what a tenant may have and do at most */
  setTenantBudgets: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    body: {
      events_per_minute?: number | null;
      reads_per_minute?: number | null;
      writes_per_minute?: number | null;
      metric_names?: number | null;
      usage_rules?: number | null;
      live_sockets?: number | null;
      api_keys?: number | null;
      users?: number | null;
      roles?: number | null;
      customers?: number | null;
      items?: number | null;
      recurring_invoices?: number | null;
      open_imports?: number | null;
      stored_bytes?: number | null;
      webhook_endpoints?: number | null;
      endpoints_per_host?: number | null;
      challenges_per_hour?: number | null;
      webhook_requests_per_hour?: number | null;
      deliveries_in_flight?: number | null;
      exports_per_hour?: number | null;
      erasures_per_hour?: number | null;
      emails_per_hour?: number | null;
    };
    result: {
      data: Array<Budget>;
    };
  };
  /** What the key's own tenant may have and do at most, with what it uses */
  getOwnBudgets: {
    result: {
      data: Array<Budget>;
    };
  };
  /** Months of which a tenant's usage is archived, oldest first (operator) */
  listArchive: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<ArchivedMonth>;
      next_cursor: string | null;
      retention_days: number;
      archived_before: string;
    };
  };
  /** Archive a tenant's old usage now, some parts at a time (operator) */
  runArchive: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    result: ArchiveStep;
  };
  /** Put an archived month back into the ledger for some days (operator) */
  restoreArchive: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    body: {
      month: string;
      days?: number;
    };
    result: ArchiveStep & {
      until: string;
    };
  };
  /** All of a tenant's data as one archive, or several where there are much */
  exportTenant: {
    query?: {
      after?: string;
    };
    result: Uint8Array;
  };
  /** Read a part of a tenant's export back (operator) */
  loadTenant: {
    query?: {
      /** the tenant's id, as the export's manifest has it */
      of?: string;
      part?: "check" | "rows" | "events" | "file" | "last" | "end";
      from_seq?: number | null;
      key?: string;
    };
    body?: Blob;
    result: TenantLoad;
  };
  /** Erase a person's data for good */
  erasePerson: {
    body: {
      /** `user`: somebody who signs in. `customer`: whom a customer names, its address, e-mail and phone. `usage_user`: the `user_id` of usage events, which keep their quantities. */
      kind: "user" | "customer" | "usage_user";
      /** the user's or customer's id, or the `user_id` of events */
      ref: string;
    };
    result: Erasure;
  };
  /** What was erased, newest first */
  listErasures: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<Erasure>;
      next_cursor: string | null;
    };
  };
  /** Have a tenant erased, at once or after some days (operator) */
  eraseTenant: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    body: {
      /** the tenant's name as it is, so that no other one is erased by mistake */
      name: string;
      /** days in which it can be taken back; 0 begins at once */
      delay_days?: number;
    };
    result: TenantErasure;
  };
  /** How a tenant's erasure stands (operator) */
  getTenantErasure: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    result: TenantErasure;
  };
  /** Take a tenant's erasure back while it waits (operator) */
  takeBackTenantErasure: {
    params: {
      /** its id (`ten_…`), or its external id, percent-encoded */
      id: string;
    };
    result: undefined;
  };
  /** Have all of the tenant erased in 30 days */
  eraseOwnTenant: {
    body: {
      /** the tenant's name as it is, so that no other one is erased by mistake */
      name: string;
    };
    result: TenantErasure;
  };
  /** How the tenant's erasure stands */
  getOwnErasure: {
    result: TenantErasure;
  };
  /** Take the tenant's erasure back while it waits */
  takeBackOwnErasure: {
    result: undefined;
  };
  /** What waits, is late or fails, over all tenants (operator) */
  getHealth: {
    result: Health;
  };
  /** Messages that a queue gave up, the first one first (operator) */
  listDeadLetters: {
    query?: {
      limit?: number;
      cursor?: string;
    };
    result: {
      data: Array<DeadLetter>;
      next_cursor: string | null;
    };
  };
  /** A message that a queue gave up, whole (operator) */
  getDeadLetter: {
    params: {
      /** its id */
      id: string;
    };
    result: DeadLetterWithMessage;
  };
  /** Drop a dead letter: what it asks for is not done (operator) */
  dropDeadLetter: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Send a dead letter to its queue again, and keep it no longer (operator) */
  runDeadLetter: {
    params: {
      /** its id */
      id: string;
    };
    result: undefined;
  };
  /** Have due work tried again at once (operator) */
  runFailingWork: {
    params: {
      /** its id */
      id: string;
    };
    result: FailingWork;
  };
  /** Have a tenant's meter put its journal into the ledger now (operator) */
  drainMeter: {
    params: {
      /** its id */
      id: string;
    };
    result: DrainedMeter;
  };
  /** Where the test tenant's clock stands */
  getTestClock: {
    result: {
      now: string;
    };
  };
  /** Move the test tenant's clock forward */
  moveTestClock: {
    body: {
      now: string;
    };
    result: {
      now: string;
      target: string;
      done: boolean;
      ran: Array<{
        kind: string;
        ref: string;
        at: string;
      }>;
      /** What failed on the way, and is tried again later on this clock */
      failed: Array<{
        kind: string;
        ref: string;
        at: string;
      }>;
    };
  };
};

export type WebhookEvent =
  | {
      id: string;
      seq: null;
      type: "webhook.challenge";
      timestamp: string;
      data: {
        endpoint_id: string;
        challenge: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "usage.threshold_reached";
      timestamp: string;
      data: {
        window_id: string;
        subscription_id: string | null;
        metric_name: string;
        threshold_percent: number;
        usage_percent: number | null;
        used_quantity: number;
        included_quantity: number;
        alert_level: "warning" | "critical";
        cause: "usage" | "limit_changed";
        event_id: string | null;
        message: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "usage.limit_reached";
      timestamp: string;
      data: {
        window_id: string;
        subscription_id: string | null;
        metric_name: string;
        threshold_percent: number;
        usage_percent: number | null;
        used_quantity: number;
        included_quantity: number;
        alert_level: "warning" | "critical";
        cause: "usage" | "limit_changed";
        event_id: string | null;
        message: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "usage.corrected";
      timestamp: string;
      data: {
        event_id: string;
        event_seq: number;
        metric_name: string;
        quantity: number;
      };
    }
  | {
      id: string;
      seq: number;
      type: "usage.refused";
      timestamp: string;
      data: {
        refused_id: string;
        event_id: string | null;
        source: string | null;
        metric_name: string | null;
        quantity: number | null;
        user_id: string | null;
        code: string;
        detail: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "subscription.created";
      timestamp: string;
      data: {
        subscription_id: string;
        plan: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "subscription.changed";
      timestamp: string;
      data: {
        subscription_id: string;
        plan: string;
        effective_at: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "subscription.resumed";
      timestamp: string;
      data: {
        subscription_id: string;
        plan: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "subscription.cancelled";
      timestamp: string;
      data: {
        subscription_id: string;
        ends_at: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "period.closed";
      timestamp: string;
      data: {
        subscription_id: string;
        period_id: string;
        invoice_id: string | null;
      };
    }
  | {
      id: string;
      seq: number;
      type: "invoice.finalized";
      timestamp: string;
      data: {
        invoice_id: string;
        number: string;
        total: number;
        currency: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "invoice.sent";
      timestamp: string;
      data: {
        invoice_id: string;
        number: string;
        email_id: string;
        to: Array<string>;
      };
    }
  | {
      id: string;
      seq: number;
      type: "invoice.reminder_due";
      timestamp: string;
      data: {
        invoice_id: string;
        number: string;
        total: number;
        currency: string;
        amount_due: number;
        due_date: string;
        days: number;
      };
    }
  | {
      id: string;
      seq: number;
      type: "invoice.overdue";
      timestamp: string;
      data: {
        invoice_id: string;
        number: string;
        total: number;
        currency: string;
        amount_due: number;
        due_date: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "invoice.paid";
      timestamp: string;
      data: {
        invoice_id: string;
        number: string;
        total: number;
        currency: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "invoice.voided";
      timestamp: string;
      data: {
        invoice_id: string;
        number: string;
        credit_note_id: string | null;
      };
    }
  | {
      id: string;
      seq: number;
      type: "credit_note.issued";
      timestamp: string;
      data: {
        credit_note_id: string;
        invoice_id: string | null;
        number: string;
        total: number;
        currency: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "customer.balance_changed";
      timestamp: string;
      data: {
        customer_id: string;
        transaction_id: string;
        kind: "overpayment" | "credit_note" | "invoice_payment" | "balance_refund" | "invoice_refund";
        invoice_id: string | null;
        amount: number;
        currency: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "quote.finalized";
      timestamp: string;
      data: {
        quote_id: string;
        number: string;
        total: number;
        currency: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "quote.sent";
      timestamp: string;
      data: {
        quote_id: string;
        number: string;
        email_id: string;
        to: Array<string>;
      };
    }
  | {
      id: string;
      seq: number;
      type: "quote.accepted";
      timestamp: string;
      data: {
        quote_id: string;
        number: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "quote.rejected";
      timestamp: string;
      data: {
        quote_id: string;
        number: string;
        reason: string | null;
      };
    }
  | {
      id: string;
      seq: number;
      type: "email.failed";
      timestamp: string;
      data: {
        email_id: string;
        to: Array<string>;
        subject: string;
        reason: string;
      };
    }
  | {
      id: string;
      seq: number;
      type: "webhook.disabled";
      timestamp: string;
      data: {
        endpoint_id: string;
        url: string;
        reason: "asked" | "gone" | "failing";
      };
    }
  | {
      id: string;
      seq: number;
      type: "person.erased";
      timestamp: string;
      data: {
        erasure_id: string;
        kind: "user" | "customer" | "usage_user";
        ref: string | null;
      };
    }
  | {
      id: string;
      seq: number;
      type: "tenant.erased";
      timestamp: string;
      data: {
        erasure_id: string;
        tenant_id: string;
        kept_documents: number;
      };
    };
