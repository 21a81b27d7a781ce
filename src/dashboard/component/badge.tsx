/** Pure. A state as one word in a colour. */
const TONES: Readonly<Record<string, string>> = {
  paid: "good",
  accepted: "good",
  active: "good",
  succeeded: "good",
  sent: "good",
  "kept in the inbox": "info",
  enabled: "good",
  offered: "good",
  committed: "good",
  connected: "good",
  new: "good",
  reactivation: "good",
  expansion: "good",
  open: "info",
  pending: "info",
  queued: "info",
  issued: "info",
  trialing: "info",
  scheduled: "info",
  overdue: "bad",
  failed: "bad",
  failing: "bad",
  rejected: "bad",
  refused: "bad",
  critical: "bad",
  churn: "bad",
  disabled: "bad",
  halted: "bad",
  behind: "warn",
  unproven: "warn",
  contraction: "warn",
  warning: "warn",
  expired: "warn",
  ending: "warn",
  committing: "warn",
  reverting: "warn",
};

/** A state as a coloured word; one that is not listed is plain. */
export function Badge({ state }: { state: string }) {
  return <span class={`badge ${TONES[state] ?? "plain"}`}>{state}</span>;
}
