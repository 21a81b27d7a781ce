/** What is said of usage that was taken, but probably not as it was meant. Pure. */
import type { Undeclared } from "../meter/reply.ts";
import type { Outcome } from "./record.ts";

export type Warning = {
  code: "usage.metric_undeclared";
  metric_name: string;
  suggestion: string | null;
  detail: string;
  tenant_id?: string;
};

export const WARNINGS =
  "`warnings` names metrics that nobody declared and no plan prices, 20 of a batch at most: they " +
  "are counted, and not billed.";

/** What is said where recording is left to the queue: nobody has looked at the names yet. */
export const LATER_WARNINGS =
  "A 202 carries no warnings: names are looked at when the events are counted. Those that nobody " +
  "declared are listed at `/api/usage/metrics/undeclared`.";

/** The warning of a metric that nobody declared and no plan prices. */
export function warningOf({ metric, meant }: Undeclared, tenant?: string): Warning {
  const doubt = meant === null ? "Declare it if the name is right." : `Did you mean ${meant}?`;
  return {
    code: "usage.metric_undeclared",
    metric_name: metric,
    suggestion: meant,
    detail: `Nobody declared ${metric} and no plan prices it: it counts, unbilled. ${doubt}`,
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
  };
}

/** The warnings of a batch, one for each name. */
export function warningsOf(outcomes: readonly Outcome[]): Warning[] {
  const warnings: Warning[] = [];
  for (const outcome of outcomes) {
    if (outcome.outcome === "refused" || !outcome.undeclared) continue;
    warnings.push(warningOf(outcome.undeclared, outcome.tenant));
  }
  return warnings;
}

/** What an answer warns by whose body has no place for it: a list, by RFC 9651, section 3.1. */
const HEADER = "BoxCost-Warning";
/** Characters of the header: receivers have bounds of a few thousand for all headers. */
const MAX_HEADER = 2_000;

/** The header that warns of metrics, each once; none where there is nothing to say. */
export function warningHeader(outcomes: readonly Outcome[]): Record<string, string> {
  const members = new Set(
    warningsOf(outcomes).map(({ code, metric_name, suggestion }) => {
      const meant = suggestion === null ? "" : `;suggestion=${fieldText(suggestion)}`;
      return `${code};metric_name=${fieldText(metric_name)}${meant}`;
    }),
  );
  let text = "";
  for (const member of members) {
    const longer = text === "" ? member : `${text}, ${member}`;
    if (longer.length <= MAX_HEADER) text = longer;
  }
  return text === "" ? {} : { [HEADER]: text };
}

const encoder = new TextEncoder();

/** Text as a String, or where it is not ASCII as a Display String (RFC 9651, 3.3.3 and 3.3.8). */
function fieldText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/["\\]/g, "\\$&")}"`;
  const bytes = [...encoder.encode(text)].map((byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x25
      ? `%${byte.toString(16).padStart(2, "0")}`
      : String.fromCharCode(byte),
  );
  return `%"${bytes.join("")}"`;
}
