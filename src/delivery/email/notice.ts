/** Pure. Notices to a tenant's own people: a limit, a late invoice, mail or webhooks that fail. */
import { type Formatter, fill } from "../../documents/language/format.ts";
import type { LetterLabels } from "../../documents/language/letter-labels.ts";
import { type Language, labelsFor, lettersFor } from "../../documents/language/registry.ts";
import type { Entry } from "../../documents/render/wording/wording.ts";
import type { Alert } from "../alert/alert-route.ts";
import { type Brand, type Letter, renderLetter } from "./letter.tsx";

export type Reader = {
  language: Language;
  format: Formatter;
  brand: Brand;
  /** The tenant that the alert is about. */
  tenantName: string;
  /** What the metric is called that the alert is about; by its id where nothing is known of it. */
  metricName?: string | null;
};

/** The letter that says in the reader's language what an alert says. */
export function noticeLetter(
  alert: Alert,
  { language, format, brand, tenantName, metricName = null }: Reader,
): Letter {
  const { metrics } = labelsFor(language);
  const called = (metric: string) => metrics[metric] ?? metricName ?? metric;
  const { notice } = lettersFor(language);
  const { title, paragraphs, entries } = noticeOf(alert, notice, format, called);
  return renderLetter({
    locale: format.locale,
    brand,
    subject: `${tenantName}: ${title}`,
    title,
    hero: null,
    paragraphs,
    entries,
    actions: [],
    footer: [],
  });
}

type Notice = { title: string; paragraphs: string[]; entries: Entry[] };

/** What people call a metric. */
type Called = (metric: string) => string;

function noticeOf(
  alert: Alert,
  labels: LetterLabels["notice"],
  format: Formatter,
  called: Called,
): Notice {
  switch (alert.type) {
    case "usage.threshold_reached":
    case "usage.limit_reached":
      return usageNotice(alert, labels, format, called);
    case "invoice.overdue": {
      const { number } = alert.body;
      return { title: fill(labels.overdue, { number }), paragraphs: [], entries: [] };
    }
    case "email.failed": {
      const { to, subject, reason } = alert.body;
      const entries = [
        { label: labels.to, value: to.join(", ") },
        { label: labels.subject, value: subject },
        { label: labels.reason, value: reason },
      ];
      return { title: labels.unsent, paragraphs: [], entries };
    }
    case "webhook.disabled": {
      const { url, reason } = alert.body;
      const why = reason === "gone" ? labels.gone : labels.failing;
      return { title: labels.endpointDisabled, paragraphs: [url, why, labels.kept], entries: [] };
    }
  }
}

function usageNotice(
  { type, body }: Extract<Alert, { type: `usage.${string}` }>,
  labels: LetterLabels["notice"],
  format: Formatter,
  called: Called,
): Notice {
  const { metric_name, threshold_percent: threshold } = body;
  const metric = called(metric_name);
  const percent = format.percent(String(threshold));
  const title =
    type === "usage.limit_reached"
      ? fill(labels.limit, { metric })
      : fill(labels.alert, { metric, percent });
  const entries = [
    { label: labels.used, value: format.decimal(String(body.used_quantity)) },
    { label: labels.included, value: format.decimal(String(body.included_quantity)) },
  ];
  return { title, paragraphs: [], entries };
}
