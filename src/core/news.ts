/** Everything that is announced: the one place where event types and their payloads are written. */

export type UsageAlertNews = {
  window_id: string;
  subscription_id: string | null;
  metric_name: string;
  threshold_percent: number;
  /** Null where the plan includes none. */
  usage_percent: number | null;
  used_quantity: number;
  included_quantity: number;
  alert_level: "warning" | "critical";
  cause: "usage" | "limit_changed";
  event_id: string | null;
  message: string;
};

export type NewsBodies = {
  "usage.threshold_reached": UsageAlertNews;
  "usage.limit_reached": UsageAlertNews;
  "usage.corrected": { event_id: string; event_seq: number; metric_name: string; quantity: number };
  "subscription.created": { subscription_id: string; plan: string };
  "subscription.changed": { subscription_id: string; plan: string; effective_at: string };
  "subscription.cancelled": { subscription_id: string; ends_at: string };
  "period.closed": { subscription_id: string; period_id: string; invoice_id: string | null };
  "invoice.finalized": { invoice_id: string; number: string; total: number; currency: string };
  "invoice.paid": { invoice_id: string; number: string; total: number; currency: string };
  "invoice.voided": { invoice_id: string; number: string; credit_note_id: string };
  "credit_note.issued": {
    credit_note_id: string;
    invoice_id: string | null;
    number: string;
    total: number;
    currency: string;
  };
  "quote.finalized": { quote_id: string; number: string; total: number; currency: string };
  "quote.accepted": { quote_id: string; number: string };
  "quote.rejected": { quote_id: string; number: string; reason: string | null };
};

export type NewsType = keyof NewsBodies;

/** One announcement. `id` decides identity: announcing the same id twice is a no-op. */
export type News = {
  [T in NewsType]: { id: string; tenant: string; type: T; atMs: number; body: NewsBodies[T] };
}[NewsType];
