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
