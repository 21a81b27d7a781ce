/** Pure. The thresholds that are reached now. */
import { wordsOfId } from "../../metering/catalogue/display-name.ts";
import { alertBody } from "../../metering/counter/limit.ts";
import type { Alert } from "../../metering/counter/terms.ts";
import type { Format } from "../form/format.ts";
import { Badge } from "./badge.tsx";

type Props = {
  alerts: readonly Alert[];
  format: Format;
  /** What people read of metrics; ids in words where it has none. */
  names: ReadonlyMap<string, string>;
};

/** An entry for each metric's alert; a script adds those that come later. */
export function AlertList({ alerts, format, names }: Props) {
  const entries = alerts.map((alert) => {
    const name = names.get(alert.metric) ?? wordsOfId(alert.metric);
    return { alert, name, body: alertBody({ ...alert, metric: name }) };
  });
  return (
    <div aria-live="polite">
      <p class="muted" data-no-alerts hidden={entries.length > 0}>
        No alerts in this period.
      </p>
      <ul class="alerts" data-alerts>
        {entries.map(({ alert, name, body }) => (
          <li data-alert={alert.metric}>
            <Badge state={body.alert_level} /> <span>{body.message}</span>
            {name !== alert.metric && <small class="muted"> {alert.metric}</small>}
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
