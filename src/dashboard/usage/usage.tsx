/** /dashboard/usage: over time, by user and dimension, against the range before it; as CSV. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { csvOf } from "../../core/csv.ts";
import { invalidField } from "../../core/errors.ts";
import { quantityText } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { listMetrics, type Metric } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf, wordsOfId } from "../../metering/catalogue/display-name.ts";
import { bucketsOf } from "../../metering/read/buckets.ts";
import { type Breakdown, type SummaryRow, USER_KEY } from "../../metering/read/grouping.ts";
import { userOf } from "../../metering/read/reader.ts";
import {
  type Summary,
  type SummaryQuery,
  summaries,
  WHOLE_USAGE,
} from "../../metering/read/summary.ts";
import { listOf } from "../../metering/read/summary-query.ts";
import { axisFormat } from "../component/axis.ts";
import { type Bar, BarChart } from "../component/bar-chart.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { MetricName } from "../component/metric-name.ts";
import { metricChoices } from "../form/choice.ts";
import type { Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv } from "../page/request.ts";
import { UsageTabs } from "./tabs.tsx";
import {
  beforeLabel,
  bucketLabel,
  changeBasisPoints,
  type UsageRange,
  usageRange,
} from "./usage-range.ts";

export const usagePages = new Hono<PageEnv>();

/** Groups on the page at most; the CSV has all of them. */
const MAX_GROUPS = 50;
/** Metrics whose totals the page lists. */
const MAX_TOTALS = 500;

const RANGE_OPTIONS = [
  { value: "month", label: "This month" },
  { value: "last_month", label: "Last month" },
  { value: "day", label: "Today" },
  { value: "week", label: "7 days" },
  { value: "year", label: "12 months" },
  { value: "custom", label: "Custom" },
];
const WINDOW_OPTIONS = [
  { value: "", label: "Automatic" },
  { value: "hour", label: "Hour" },
  { value: "day", label: "Day" },
  { value: "month", label: "Month" },
];

/** What a page is asked for: when, which metric, whose usage, which of it, grouped by what. */
type Question = {
  range: UsageRange;
  metric: string | null;
  userId: string | null;
  groupBy: string[];
  filters: SummaryQuery["filters"];
  metrics: Metric[];
  /** What people read of each metric. */
  names: ReadonlyMap<string, string>;
};

async function questionOf(
  c: PageContext,
  actor: Actor,
  listed: Promise<Metric[]>,
): Promise<Question> {
  const query = c.req.query();
  const [{ timeZone }, metrics] = await Promise.all([issuerOf(c.env, actor), listed]);
  const keys = groupsOf(metrics);
  const keyIn = (name: "group_by" | "then_by" | "where") => {
    const key = query[name] || null;
    if (key === null || keys.includes(key)) return key;
    throw invalidField(`/${name}`, "is user_id, or a dimension that a metric declares");
  };
  const groupBy = [keyIn("group_by"), keyIn("then_by")].flatMap((key) => key ?? []);
  const where = keyIn("where");
  return {
    range: usageRange(query, actor.nowMs, timeZone),
    metric: query.metric || null,
    userId: userOf(actor, query.user_id?.trim() || undefined),
    groupBy: [...new Set(groupBy)],
    filters: new Map(where === null ? [] : [[where, typedList(query.value ?? "")]]),
    metrics,
    names: new Map(metrics.map((metric) => [metric.name, displayNameOf(metric)])),
  };
}

/** What was typed with commas between: blanks beside them are none of the values'. */
function typedList(text: string): string[] {
  return listOf(text).map((value) => value.trim());
}

function groupsOf(metrics: readonly Metric[]): string[] {
  return [USER_KEY, ...new Set(metrics.flatMap(({ dimensions }) => dimensions))];
}

/** A page's question, and what answers parts of it: each says what it asks otherwise. */
async function answersTo(c: PageContext, actor: Actor) {
  const listed = listMetrics(c.env.DB, actor.tenantId);
  const [question, answer] = await Promise.all([
    questionOf(c, actor, listed),
    summaries(c.env, actor.tenantId, listed),
  ]);
  const { range, userId, filters } = question;
  const { startMs, endMs, timeZone } = range;
  const users = userId === null ? null : [userId];
  const whole = { ...WHOLE_USAGE, startMs, endMs, timeZone, users, filters };
  type More = Partial<SummaryQuery>;
  return {
    question,
    summaryOf: (more: More) => answer.one({ ...whole, ...more }),
    summariesOf: (...all: More[]) => answer.each(all.map((more) => ({ ...whole, ...more }))),
  };
}

usagePages.get("/usage", async (c) => {
  const actor = allowed(c, "usage.read");
  const { question, summaryOf, summariesOf } = await answersTo(c, actor);
  const { range } = question;
  const groupBy = question.groupBy.length === 0 ? [USER_KEY] : question.groupBy;
  // Of thousands of metrics, only those that are shown are looked up in the range before.
  const isFew = question.metrics.length <= MAX_TOTALS;
  // Only the drawn metric is asked for by window: thousands of others would be asked for nothing.
  const drawnOf = (metric: string | null) => {
    const drawn = { metrics: metric === null ? [] : [metric], window: range.window };
    return Promise.all([
      summariesOf(drawn, { ...range.before, ...drawn }),
      metric === null ? null : summaryOf({ metrics: [metric], groupBy }),
    ]);
  };
  // Which is the busiest is known after the totals only; one that is named goes with them.
  const [[now, allBefore], named] = await Promise.all([
    summariesOf({}, ...(isFew ? [range.before] : [])),
    question.metric === null ? null : drawnOf(question.metric),
  ]);
  if (!now) throw new Error("a summary was not answered");
  const metric = question.metric ?? busiest(now.metrics);
  const shown = now.metrics.slice(0, MAX_TOTALS).map((row) => row.metric);
  const [before, [[bars, barsBefore], groups]] = await Promise.all([
    allBefore ?? summaryOf({ ...range.before, metrics: shown }),
    named ?? drawnOf(metric),
  ]);
  const { format } = c.var;
  return page(
    c,
    { title: "Usage", section: "usage" },
    <>
      <UsageTabs current="/usage" role={actor.role} />
      <div class="head">
        <Filters question={question} query={c.req.query()} />
        <a class="button" href={`/dashboard/usage.csv?${csvQuery(c, metric)}`}>
          Export CSV
        </a>
      </div>
      {metric === null || !bars || !barsBefore ? (
        <EmptyState
          title="No usage in this range"
          command={`curl '${originOf(c)}/api/usage/summary' -H 'Authorization: Bearer YOUR_KEY'`}
        >
          <p>Choose another range, or record an event. It appears here at once.</p>
        </EmptyState>
      ) : (
        <>
          <BarChart
            caption={`${nameIn(question, metric)} by ${range.window}`}
            heads={[capital(range.window), "This period", beforeLabel(range, format.locale)]}
            unit={unitIn(question, metric)}
            bars={barsOf(bars, barsBefore, range, format)}
            figure={axisFormat(format.locale, null)}
          />
          <Totals now={now.metrics} before={before.metrics} question={question} format={format} />
          {groups && <Groups metric={nameIn(question, metric)} groups={groups} format={format} />}
        </>
      )}
    </>,
  );
});

usagePages.get("/usage.csv", async (c) => {
  const actor = allowed(c, "usage.read");
  const { question, summaryOf } = await answersTo(c, actor);
  const { range, metric, groupBy } = question;
  const summary = await summaryOf({
    metrics: metric === null ? null : [metric],
    groupBy,
    window: range.window,
  });
  const head = ["metric", "start", "end", ...groupBy, "quantity", "events"];
  const rows = summary.breakdown.map((row) => [
    row.metric,
    row.range ? timeText(row.range.startMs) : "",
    row.range ? timeText(row.range.endMs) : "",
    ...row.group.map((value) => value ?? ""),
    quantityText(row.valueMicro),
    String(row.events),
  ]);
  return c.body(csvOf([head, ...rows]), 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": "attachment; filename=usage.csv",
  });
});

/** What a metric is counted in, or else what it is called. */
function unitIn(question: Question, metric: string): string {
  const found = question.metrics.find(({ name }) => name === metric);
  return found?.unit || nameIn(question, metric);
}

/** What people read of a metric. */
function nameIn({ names }: Question, metric: string): string {
  return names.get(metric) ?? wordsOfId(metric);
}

function busiest(rows: readonly SummaryRow[]): string | null {
  const [first] = [...rows].sort((a, b) => b.events - a.events);
  return first?.metric ?? null;
}

function csvQuery(c: PageContext, metric: string | null): URLSearchParams {
  const query = new URLSearchParams(c.req.query());
  if (metric !== null) query.set("metric", metric);
  return query;
}

type FiltersProps = { question: Question; query: Record<string, string> };

function Filters({ question: { metrics, range }, query }: FiltersProps) {
  const option = (value: string) => ({ value, label: value });
  const fields: Field[] = [
    { pointer: "/range", label: "Range", kind: "choice", options: RANGE_OPTIONS },
    { pointer: "/from", label: "From", kind: "day" },
    { pointer: "/to", label: "To", kind: "day" },
    { pointer: "/window", label: "Interval", kind: "choice", options: WINDOW_OPTIONS },
    {
      pointer: "/metric",
      label: "Metric",
      kind: "choice",
      options: [{ value: "", label: "Busiest" }, ...metricChoices(metrics, query.metric ?? "")],
    },
    {
      pointer: "/group_by",
      label: "Group by",
      kind: "choice",
      options: groupsOf(metrics).map(option),
    },
    {
      pointer: "/then_by",
      label: "Then by",
      kind: "choice",
      options: [{ value: "", label: "–" }, ...groupsOf(metrics).map(option)],
    },
    {
      pointer: "/where",
      label: "Filter by",
      kind: "choice",
      options: [{ value: "", label: "–" }, ...groupsOf(metrics).map(option)],
    },
    { pointer: "/value", label: "Values", kind: "line", placeholder: "small, large" },
    { pointer: "/user_id", label: "User", kind: "line", placeholder: "all" },
  ];
  const visible = fields.filter(
    ({ pointer }) => range.name === "custom" || !["/from", "/to"].includes(pointer),
  );
  return <FilterForm fields={visible} values={query} submit="Show" even />;
}

/** A bar for each bucket of one metric, with the same bucket of the range before beside it. */
function barsOf(
  now: Summary,
  before: Summary,
  range: UsageRange,
  { locale, decimal }: Format,
): Bar[] {
  const { window, timeZone } = range;
  const byStart = (rows: readonly Breakdown[]) =>
    new Map(rows.map((row) => [row.range?.startMs, row.valueMicro]));
  const valueIn = (values: ReturnType<typeof byStart>, startMs: number | undefined) => {
    const text = quantityText(values.get(startMs) ?? 0n);
    return { text: decimal(text), decimal: text };
  };
  const [values, valuesBefore] = [byStart(now.breakdown), byStart(before.breakdown)];
  const earlier = bucketsOf(range.before, window, timeZone);
  return bucketsOf(range, window, timeZone).map(({ startMs }, i) => ({
    label: bucketLabel(startMs, window, timeZone, locale),
    values: [valueIn(values, startMs), valueIn(valuesBefore, earlier[i]?.startMs)],
  }));
}

type TotalsProps = {
  now: readonly SummaryRow[];
  before: readonly SummaryRow[];
  question: Question;
  format: Format;
};

function Totals({ now, before, question, format }: TotalsProps) {
  const earlierOf = new Map(before.map(({ metric, valueMicro }) => [metric, valueMicro]));
  const unitOf = new Map(question.metrics.map(({ name, unit }) => [name, unit]));
  const first = now.slice(0, MAX_TOTALS);
  const more = now.length > first.length ? `, the first ${MAX_TOTALS} of ${now.length}` : "";
  return (
    <section>
      <DataTable
        caption={`All metrics${more}`}
        visibleCaption
        columns={[
          { head: "Metric", wide: true },
          { head: "Total", figure: true },
          { head: beforeLabel(question.range, format.locale), figure: true },
          { head: "Change", figure: true },
          { head: "Events", figure: true },
          { head: "Last event" },
        ]}
        rows={first.map((row) => {
          const earlier = earlierOf.get(row.metric) ?? 0n;
          const change = changeBasisPoints(row.valueMicro, earlier);
          const unit = unitOf.get(row.metric) ?? "";
          return {
            cells: [
              <MetricName id={row.metric} name={nameIn(question, row.metric)} unit={unit} />,
              format.quantity(row.valueMicro),
              format.quantity(earlier),
              change === null ? "new" : `${change > 0n ? "+" : ""}${format.percent(change)}`,
              format.count(row.events),
              row.lastMs === 0 ? "" : format.time(row.lastMs),
            ],
          };
        })}
      />
    </section>
  );
}

type GroupsProps = { metric: string; groups: Summary; format: Format };

function Groups({ metric, groups, format }: GroupsProps) {
  const rows = [...groups.breakdown].sort((a, b) => (b.valueMicro > a.valueMicro ? 1 : -1));
  const first = rows.slice(0, MAX_GROUPS);
  const keys = groups.query.groupBy.map((key) => (key === USER_KEY ? "user" : key));
  const more = rows.length > first.length ? `, the first ${MAX_GROUPS} of ${rows.length}` : "";
  return (
    <section>
      <DataTable
        caption={`${metric} by ${keys.join(" and ")}${more}`}
        visibleCaption
        columns={[
          ...keys.map((key) => ({ head: capital(key), wide: true })),
          { head: "Quantity", figure: true },
          { head: "Events", figure: true },
        ]}
        rows={first.map((row) => ({
          cells: [
            ...row.group.map((value) => value ?? <span class="muted">none</span>),
            format.quantity(row.valueMicro),
            format.count(row.events),
          ],
        }))}
      />
    </section>
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
