/** /dashboard/usage/events: what was recorded, newest first, and voiding an event. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { may, onlyText } from "../../accounts/actor/roles.ts";
import { correctionRoutes } from "../../billing/correction/correction-routes.ts";
import { parseTime } from "../../core/time.ts";
import { type Metric, sliceMetrics } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf } from "../../metering/catalogue/display-name.ts";
import { eventOf } from "../../metering/event/line.ts";
import { findEvent } from "../../metering/read/event.ts";
import { meteringRoutes } from "../../metering/routes.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import { Badge } from "../component/badge.tsx";
import { ExportMenu, ListScript } from "../component/bulk-bar.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { ActionButton } from "../component/form.tsx";
import { type Chip, FilterChips } from "../component/list-head.tsx";
import { MetricName } from "../component/metric-name.tsx";
import { Pager } from "../component/pager.tsx";
import type { Question } from "../component/question.tsx";
import { type Choice, metricChoices } from "../form/choice.ts";
import type { Body, Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ask } from "../page/ask.tsx";
import { formatIn, type ListState, listAddress, listed } from "../page/list.ts";
import { apiPath, openOperation, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { UsageTabs } from "./tabs.tsx";
import { asked, filtersOf } from "./usage-range.ts";

export const eventPages = new Hono<PageEnv>();

const PATH = "/usage/events";
const BASE = `/dashboard${PATH}`;
const FILTERS: readonly Field[] = [
  { pointer: "/metric_name", label: "Metric", kind: "choice" },
  { pointer: "/user_id", label: "User", kind: "line", placeholder: "all" },
  { pointer: "/source", label: "Source", kind: "line", placeholder: "all" },
  { pointer: "/start_date", label: "From", kind: "day" },
  { pointer: "/end_date", label: "To", kind: "day" },
];

eventPages.get(PATH, async (c) => {
  const actor = allowed(c, "usage.read");
  const { cursor = "", ...query } = c.req.query();
  const filters = filtersOf(FILTERS, query);
  const path = apiPath(["usage", "events"], { ...asked(filters), cursor });
  const { data, next_cursor, previous_cursor } = await runOperation(c, meteringRoutes, { path });
  const rows = data as Body[];
  const metrics = await sliceMetrics(c.env.DB, actor.tenantId, FIRST_PAGE);
  const choices = metricChoices(metrics, filters.metric_name ?? "");
  const options = [{ value: "", label: "All" }, ...choices];
  const state = listed(filters);
  return page(
    c,
    { title: "Events", section: "usage" },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <div class="head">
        <FilterForm
          fields={FILTERS.map((field) => ({ ...field, options }))}
          values={filters}
          submit="Filter"
          even
        />
        {rows.length > 0 && <ExportMenu path={`${BASE}/export`} query={state} total={null} />}
      </div>
      <FilterChips chips={chipsOf(state, choices, c.var.format)} clear={BASE} />
      {rows.length > 0 ? (
        <Events c={c} rows={rows} state={state} metrics={metrics} />
      ) : (
        <EmptyState title="No events found">
          <p>Choose other days or all metrics. New events appear here at once.</p>
        </EmptyState>
      )}
      <Pager
        path={BASE}
        query={new URLSearchParams({ ...state, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor as string | null}
        previousCursor={previous_cursor as string | null}
      />
      <ListScript />
    </>,
  );
});

eventPages.get(`${PATH}/export`, (c) => {
  allowed(c, "usage.read");
  const filters = asked(filtersOf(FILTERS, c.req.query()));
  const path = apiPath(["exports", "usage-events"], { ...filters, format: formatIn(c) });
  return openOperation(c, meteringRoutes, { path });
});

function chipsOf(state: ListState, metrics: readonly Choice[], format: Format): Chip[] {
  return FILTERS.flatMap(({ pointer, label, kind }) => {
    const name = pointer.slice(1);
    const value = state[name];
    if (value === undefined) return [];
    const words = kind === "day" ? format.date(value) : value;
    const named = metrics.find((metric) => name === "metric_name" && metric.value === value);
    const without = listAddress(BASE, state, { [name]: undefined });
    return [{ label, value: named?.label ?? words, without }];
  });
}

eventPages.post(`${PATH}/:seq/void`, async (c) => {
  allowed(c, "usage.void");
  const id = `seq_${c.req.param("seq")}`;
  const asked = await ask(c, await readForm(c), () => voidQuestion(c, id));
  if (asked) return asked;
  const path = apiPath(["usage", "events", id, "void"]);
  await runOperation(c, correctionRoutes, { method: "POST", path });
  return seeOther(c, PATH, "voided");
});

async function voidQuestion(c: PageContext, id: string): Promise<Question> {
  const { actor, format } = c.var;
  const { tuple } = await findEvent(c.env, actor.tenantId, "api", id);
  const event = eventOf(tuple);
  return {
    title: "Void this event?",
    consequences: [
      `Takes ${format.quantity(event.micro)} ${event.metric} of ${format.time(event.atMs)} off ` +
        "the total.",
      `Its ID ${event.id} stays used: an event with it is not counted again.`,
    ],
    act: "Void event",
  };
}

type RowsProps = {
  c: PageContext;
  rows: readonly Body[];
  state: ListState;
  metrics: readonly Metric[];
};

function Events({ c, rows, state, metrics }: RowsProps) {
  const { actor, format, session } = c.var;
  const mayVoid = may(actor.role, "usage.void");
  const names = new Map(metrics.map((metric) => [metric.name, displayNameOf(metric)]));
  // What is named leads to the events that have it, too.
  const narrowed = (name: string, value: string, shown: Child = value) => (
    <a href={listAddress(BASE, state, { [name]: value })}>{shown}</a>
  );
  const metricCell = (id: string) =>
    narrowed("metric_name", id, <MetricName id={id} name={names.get(id) ?? id} />);
  return (
    <>
      {!mayVoid && <p class="muted">{onlyText("usage.void", "void events")}</p>}
      <DataTable
        caption="Events"
        columns={[
          { head: "Time", short: true },
          { head: "Metric" },
          { head: "Quantity", figure: true },
          { head: "User" },
          { head: "ID and metadata", wide: true },
          { head: "" },
        ]}
        rows={rows.map((row) => ({
          cells: [
            format.time(parseTime(String(row.timestamp)) ?? 0),
            metricCell(String(row.metric_name)),
            format.decimal(String(row.quantity)),
            row.user_id !== null && narrowed("user_id", String(row.user_id)),
            <>
              <CopyText text={String(row.id)} />
              {row.source !== "api" && (
                <span class="muted"> from {narrowed("source", String(row.source))}</span>
              )}
              <div class="muted">{metadataText(row.metadata)}</div>
            </>,
            row.voided ? (
              <Badge state="void" />
            ) : (
              mayVoid && (
                <ActionButton
                  action={`/dashboard${PATH}/${row.event_seq}/void`}
                  token={session.formToken}
                  label="Void"
                  asks
                  danger
                />
              )
            ),
          ],
        }))}
      />
    </>
  );
}

function metadataText(metadata: unknown): string {
  const entries = Object.entries((metadata ?? {}) as Body);
  return entries.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ");
}
