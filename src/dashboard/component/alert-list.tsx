/** Pure. The thresholds that are reached now. */
import { alertBody } from "../../metering/counter/limit.ts";
import type { Alert } from "../../metering/counter/terms.ts";
import type { Format } from "../form/format.ts";
import { Badge } from "./badge.tsx";

/** Each alert once, by its metric; the script adds those that come. */
export function AlertList({ alerts, format }: { alerts: readonly Alert[]; format: Format }) {
  const shown = alerts.map((alert) => ({ alert, body: alertBody(alert) }));
  return (
    <div aria-live="polite">
      <p class="muted" data-no-alerts hidden={shown.length > 0}>
        No threshold is reached in this period.
      </p>
      <ul class="alerts" data-alerts>
        {shown.map(({ alert, body }) => (
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
