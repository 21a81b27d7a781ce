/** /dashboard/usage/events: what was recorded, newest first, and voiding an event. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { may } from "../../accounts/actor/roles.ts";
import { correctionRoutes } from "../../billing/correction/correction-routes.ts";
import { parseTime } from "../../core/time.ts";
import { type Metric, readDisplayNames, sliceMetrics } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf } from "../../metering/catalogue/display-name.ts";
import { eventOf } from "../../metering/event/line.ts";
import { countEvents, findEvent } from "../../metering/read/event.ts";
import { readsAll } from "../../metering/read/reader.ts";
import { meteringRoutes } from "../../metering/routes.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ActionButton } from "../component/form.tsx";
import {
  addressWith,
  LIST_FORM,
  ListFrame,
  type Named,
  sortingOf,
} from "../component/list-frame.tsx";
import { MetricName } from "../component/metric-name.ts";
import { isActOpenTo } from "../component/open-pages.ts";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { type Choice, metricChoices } from "../form/choice.ts";
import type { Body, Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { type ListState, listed } from "../form/list-state.ts";
import { ask } from "../page/ask.tsx";
import { fileQuery } from "../page/bulk.tsx";
import { allOf, boundedText } from "../page/counted.ts";
import { listState } from "../page/list.ts";
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
  const { format } = c.var;
  const state = stateOf(c);
  const path = apiPath(["usage", "events"], askedFor(state));
  // Whoever reads only their own events is not told how many others have.
  const [found, counts, metrics] = await Promise.all([
    runOperation(c, meteringRoutes, { path }),
    readsAll(actor) ? countEvents(c.env, actor.tenantId) : null,
    sliceMetrics(c.env.DB, actor.tenantId, FIRST_PAGE),
  ]);
  const rows = found.data as Body[];
  const { cursor: _, sort: __, voided, ...narrowing } = state;
  const isFiltered = Object.keys(narrowing).length > 0;
  const count = (counted: BoundedCount | undefined) =>
    counted && !isFiltered ? boundedText(counted, format) : undefined;
  const choices = metricChoices(metrics, state.metric_name ?? "");
  const options = [{ value: "", label: "All" }, ...choices];
  const mayVoid = may(actor.role, "usage.void") && isActOpenTo(actor.confinement, "usage.void");
  return page(
    c,
    { title: "Events", section: "usage" },
    <ListFrame
      list={{ base: BASE, state }}
      title={{ part: <UsageTabs current={PATH} role={actor.role} /> }}
      tabs={{
        by: "voided",
        label: "Events by state",
        of: [
          { label: "All", value: undefined, count: count(counts?.all) },
          { label: "Voided", value: "true", count: count(counts?.voided) },
        ],
      }}
      filters={{
        fields: FILTERS.map((field) => ({ ...field, options })),
        submit: "Filter",
        even: true,
      }}
      chips={chipsOf(state, choices, format)}
      bulk={{
        buttons: mayVoid && voided === undefined ? [VOID] : [],
        all: allOf(
          isFiltered ? null : counts?.[voided === undefined ? "all" : "voided"],
          voided && "voided",
          "events",
          format,
        ),
      }}
      cursors={{
        next_cursor: found.next_cursor as string | null,
        previous_cursor: found.previous_cursor as string | null,
      }}
      empty={<Nothing isFiltered={isFiltered} voided={voided !== undefined} />}
    >
      {rows.length > 0 ? <Events c={c} rows={rows} state={state} metrics={metrics} /> : null}
    </ListFrame>,
  );
});

const VOID = { label: "Void", act: "void", danger: true };

function Nothing({ isFiltered, voided }: { isFiltered: boolean; voided: boolean }) {
  if (voided && !isFiltered) {
    return (
      <EmptyState title="No event was voided">
        <p>Void an event that should not count: it then stands here, and its ID stays used.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No events found">
      <p>Choose other days or all metrics. New events appear here at once.</p>
    </EmptyState>
  );
}

/** What the address asks for, of what the page knows. */
function stateOf(c: PageContext): ListState {
  const { sort = "", voided = "", cursor = "" } = listState(c);
  return listed({ ...filtersOf(FILTERS, c.req.query()), voided, sort, cursor });
}

/** The same as an operation takes it. */
function askedFor({ cursor = "", sort = "", voided = "", ...filters }: ListState) {
  return { ...asked(filters), voided, sort, cursor };
}

eventPages.get(`${PATH}/export`, (c) => {
  allowed(c, "usage.read");
  const { format = "", ids = "", after: _, sort: __, ...query } = fileQuery(c);
  const path = apiPath(["exports", "usage-events"], { ...askedFor(query), ids, format });
  return openOperation(c, meteringRoutes, { path });
});

function chipsOf(state: ListState, metrics: readonly Choice[], format: Format): Named[] {
  return FILTERS.map(({ pointer, label, kind }) => {
    const name = pointer.slice(1);
    const value = state[name];
    const named = metrics.find((metric) => name === "metric_name" && metric.value === value);
    const words = value && kind === "day" ? format.date(value) : value;
    return [name, label, named?.label ?? words];
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
  const names = await readDisplayNames(c.env.DB, actor.tenantId, [event.metric]);
  const metric = names.get(event.metric) ?? event.metric;
  return {
    title: "Void this event?",
    consequences: [
      `Takes ${format.quantity(event.micro)} ${metric} of ${format.time(event.atMs)} off ` +
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
  const mayVoid = may(actor.role, "usage.void") && isActOpenTo(actor.confinement, "usage.void");
  const names = new Map(metrics.map((metric) => [metric.name, displayNameOf(metric)]));
  // What is named leads to the events that have it, too.
  const narrowed = (name: string, value: string, shown: Child = value) => (
    <a href={addressWith({ base: BASE, state }, { [name]: value })}>{shown}</a>
  );
  const metricCell = (id: string) =>
    narrowed("metric_name", id, <MetricName id={id} name={names.get(id) ?? id} />);
  return (
    <>
      <Permitted role={actor.role} needs="usage.void" label="Void an event" act="void events" />
      <DataTable
        caption="Events"
        columns={[
          { head: "Time", short: true, sort: "recorded" },
          { head: "Metric" },
          { head: "Quantity", figure: true },
          { head: "User" },
          { head: "ID and metadata", wide: true },
          { head: "" },
        ]}
        form={LIST_FORM}
        sorting={sortingOf({ base: BASE, state })}
        rows={rows.map((row) => ({
          select: { id: `seq_${row.event_seq}`, label: `Select ${row.id}` },
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
