/** /dashboard/alerts: the thresholds that are reached now, and those that were reached before. */
import { Hono } from "hono";
import { alertLevel } from "../../metering/counter/limit.ts";
import { readAlerts } from "../../metering/ledger/alert.ts";
import { readStore } from "../../metering/ledger/watermark.ts";
import { AlertList } from "../component/alert-list.tsx";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { MetricName } from "../component/metric-name.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";
import { readLive } from "./live-view.ts";
import { AlertTabs } from "./tabs.tsx";

export const alertPages = new Hono<PageEnv>();

const SHOWN = 100;

alertPages.get("/alerts", async (c) => {
  const actor = allowed(c, "usage.read");
  const { format } = c.var;
  const [{ alerts, names }, fired] = await Promise.all([
    readLive(c.env, actor),
    readStore(c.env, actor.tenantId).then(({ DB }) => readAlerts(DB, actor.tenantId)),
  ]);
  const log = fired.reverse().slice(0, SHOWN);
  return page(
    c,
    { title: "Alerts", section: "alerts" },
    <>
      <AlertTabs current="/alerts" role={actor.role} />
      <section aria-labelledby="now-head">
        <h2 id="now-head">Current period</h2>
        <AlertList alerts={alerts} format={format} names={names} />
      </section>
      <section>
        {log.length > 0 && (
          <DataTable
            caption="History"
            visibleCaption
            columns={[
              { head: "When", short: true },
              { head: "Metric", wide: true },
              { head: "Threshold", figure: true },
              { head: "Used", figure: true },
              { head: "Included", figure: true },
              { head: "Level" },
            ]}
            rows={log.map((alert) => ({
              cells: [
                format.time(alert.atMs),
                <MetricName id={alert.metric} name={names.get(alert.metric) ?? alert.metric} />,
                format.percent(BigInt(alert.thresholdPercent) * 100n),
                format.quantity(BigInt(alert.usedMicro)),
                format.quantity(BigInt(alert.includedMicro)),
                <Badge state={alertLevel(alert.thresholdPercent)} />,
              ],
            }))}
          />
        )}
      </section>
    </>,
  );
});
