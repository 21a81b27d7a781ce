/** /dashboard/usage/refused: what was acknowledged asynchronously and could not be counted. */
import { Hono } from "hono";
import { parseTime } from "../../core/time.ts";
import { readDisplayNames } from "../../metering/catalogue/catalogue.ts";
import { meteringRoutes } from "../../metering/routes.ts";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { MetricName } from "../component/metric-name.ts";
import { Pager } from "../component/pager.tsx";
import type { Body, Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv } from "../page/request.ts";
import { UsageTabs } from "./tabs.tsx";
import { asked, filtersOf } from "./usage-range.ts";

export const refusedPages = new Hono<PageEnv>();

const PATH = "/usage/refused";
const FILTERS: readonly Field[] = [
  { pointer: "/user_id", label: "User", kind: "line", placeholder: "all" },
  { pointer: "/start_date", label: "From", kind: "day" },
  { pointer: "/end_date", label: "To", kind: "day" },
];

refusedPages.get(PATH, async (c) => {
  const actor = allowed(c, "usage.read");
  const { cursor = "", ...query } = c.req.query();
  const filters = filtersOf(FILTERS, query);
  const path = apiPath(["usage", "refused"], { ...asked(filters), cursor });
  const { data, next_cursor } = await runOperation(c, meteringRoutes, { path });
  const rows = data as Body[];
  const names = await readDisplayNames(c.env.DB, actor.tenantId, rows.flatMap(metricOf));
  return page(
    c,
    { title: "Refused usage", section: "usage" },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <p class="lead">
        Events that were queued with <code>Prefer: respond-async</code> and could not be counted
        afterwards. None of them is on an invoice until you send it again.
      </p>
      <FilterForm fields={FILTERS} values={filters} submit="Filter" even />
      {rows.length > 0 ? (
        <RefusedEvents c={c} rows={rows} names={names} />
      ) : (
        <EmptyState
          title="Nothing was refused"
          command={
            `curl ${originOf(c)}/api/usage/events -H 'Authorization: Bearer YOUR_KEY' ` +
            "-H 'Content-Type: application/json' -H 'Prefer: respond-async' " +
            `-d '[{"id": "1", "metric_name": "api_calls", "quantity": 1}]'`
          }
        >
          <p>Usage that you send without waiting for its result shows here where it is refused.</p>
        </EmptyState>
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams({ ...filters, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor as string | null}
      />
    </>,
  );
});

/** The metric of a refused event; none of a row that only counts others. */
function metricOf({ event }: Body): string[] {
  return event === null ? [] : [String((event as Body).metric_name)];
}

type RefusedProps = {
  c: PageContext;
  rows: readonly Body[];
  /** The display names of their metrics. */
  names: ReadonlyMap<string, string>;
};

function RefusedEvents({ c, rows, names }: RefusedProps) {
  const { format } = c.var;
  return (
    <DataTable
      caption="Refused usage"
      columns={[
        { head: "Refused", short: true },
        { head: "Event", wide: true },
        { head: "Quantity", figure: true },
        { head: "Why, and what to do", wide: true },
      ]}
      rows={rows.map((row) => {
        const event = row.event as Body | null;
        const [metric = ""] = metricOf(row);
        return {
          cells: [
            format.time(parseTime(String(row.refused_at)) ?? 0),
            event === null ? (
              `${format.count(Number(row.events))} more events`
            ) : (
              <>
                <CopyText text={String(event.id)} />
                {event.source !== "api" && <span class="muted"> of {String(event.source)}</span>}
                <div class="muted">
                  <MetricName id={metric} name={names.get(metric) ?? metric} />
                  {event.user_id !== null && ` of ${event.user_id}`},{" "}
                  {format.time(parseTime(String(event.timestamp)) ?? 0)}
                </div>
              </>
            ),
            event === null ? "" : format.decimal(String(event.quantity)),
            <>
              {String(row.detail)}.<div class="muted">{String(row.advice)}.</div>
            </>,
          ],
        };
      })}
    />
  );
}
