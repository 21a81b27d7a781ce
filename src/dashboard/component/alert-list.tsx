/** Pure. The thresholds that are reached now. */
import { alertBody } from "../../metering/counter/limit.ts";
import type { Alert } from "../../metering/counter/terms.ts";
import type { Format } from "../form/format.ts";
import { Badge } from "./badge.tsx";

/** An entry for each metric's alert; a script adds those that come later. */
export function AlertList({ alerts, format }: { alerts: readonly Alert[]; format: Format }) {
  const entries = alerts.map((alert) => ({ alert, body: alertBody(alert) }));
  return (
    <div aria-live="polite">
      <p class="muted" data-no-alerts hidden={entries.length > 0}>
        No alerts in this period.
      </p>
      <ul class="alerts" data-alerts>
        {entries.map(({ alert, body }) => (
          <li data-alert={alert.metric}>
            <Badge state={body.alert_level} /> <span>{body.message}</span>
            <span class="muted">
              {" "}
              {format.quantity(BigInt(alert.usedMicro))} of{" "}
              {format.quantity(BigInt(alert.includedMicro))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
