/** /dashboard/usage/metrics: what can be recorded; the tenant's own are declared here. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { correctionRoutes } from "../../billing/correction/correction-routes.ts";
import { invalidField } from "../../core/errors.ts";
import { AGGREGATION_NAMES } from "../../metering/aggregation/registry.ts";
import { type Metric, readMetric, sliceMetrics } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf } from "../../metering/catalogue/display-name.ts";
import { MAX_NAME } from "../../metering/event/item.ts";
import { DataTable } from "../component/data-table.tsx";
import { Fields, Form, type FormState, Refusal, type Refused } from "../component/form.tsx";
import { MetricName } from "../component/metric-name.ts";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { bodyOf, type Field, textOf } from "../form/form.ts";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { UsageTabs } from "./tabs.tsx";

export const metricPages = new Hono<PageEnv>();

const PATH = "/usage/metrics";
const NAME: Field = {
  pointer: "/name",
  label: "Name",
  kind: "line",
  required: true,
  placeholder: "render_minutes",
};
const FIELDS: readonly Field[] = [
  { pointer: "/display_name", label: "Display name", kind: "line" },
  { pointer: "/description", label: "Description", kind: "line" },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "min" },
  {
    pointer: "/aggregation",
    label: "Aggregation",
    kind: "choice",
    options: AGGREGATION_NAMES.map((value) => ({ value: value as string, label: value })),
    hint: "cannot be changed after the first event",
  },
  {
    pointer: "/property",
    label: "Counted property",
    kind: "line",
    hint: "of the metadata; only for unique",
  },
  {
    pointer: "/dimensions",
    label: "Dimensions",
    kind: "lines",
    hint: "up to four metadata properties to group by, one per line",
  },
];

metricPages.get(PATH, (c) => metricsPage(c, allowed(c, "usage.read"), {}));

metricPages.post(PATH, async (c) => {
  const actor = allowed(c, "metrics.write");
  const sent = await readForm(c);
  const [name, given] = [textOf(sent, NAME.pointer), bodyOf(FIELDS, sent)];
  try {
    if (name === "") throw invalidField(NAME.pointer, "is required");
    const path = apiPath(["metrics", name]);
    await runOperation(c, correctionRoutes, { method: "PUT", path, body: given });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    return metricsPage(c, actor, { values: { ...given, name }, refused: atName(refusalOf(error)) });
  }
});

/** Moves the errors of the operation's path to the name's field, which the path is made from. */
function atName({ detail, errors }: Refused): Refused {
  const moved = errors.map((error) =>
    error.pointer === "/param/name" ? { ...error, pointer: NAME.pointer } : error,
  );
  return { detail, errors: moved };
}

async function metricsPage(c: PageContext, actor: Actor, { values, refused }: FormState) {
  const { cursor, metric: chosen, name: wanted } = c.req.query();
  const { data: metrics, next_cursor } = await readPage(
    cursor,
    (after, limit) => sliceMetrics(c.env.DB, actor.tenantId, { after, limit }),
    ({ name }) => name,
  );
  const named = chosen ? await readMetric(c.env.DB, actor.tenantId, chosen) : null;
  const changed = named && !named.standard ? { ...named, display_name: named.displayName } : null;
  const begun = changed ?? (wanted ? { name: wanted.slice(0, MAX_NAME) } : {});
  return page(
    c,
    { title: "Metrics", section: "usage", status: refused ? 422 : 200 },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <Metrics metrics={metrics} mayWrite={may(actor.role, "metrics.write")} />
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
        words={["First", "More"]}
      />
      <Permitted
        role={actor.role}
        needs="metrics.write"
        label="Add a metric"
        act="add or change metrics"
      >
        <section class="card" id="declare">
          <h2>{changed ? `Change ${displayNameOf(changed)}` : "Add a metric"}</h2>
          <Refusal refused={refused} fields={[NAME, ...FIELDS].map(({ pointer }) => pointer)} />
          <Form action={`/dashboard${PATH}`} token={c.var.session.formToken}>
            <div class="columns">
              <Fields fields={[NAME, ...FIELDS]} body={values ?? begun} refused={refused} />
            </div>
            <button type="submit" class="primary">
              Save metric
            </button>
          </Form>
        </section>
      </Permitted>
    </>,
  );
}

function Metrics({ metrics, mayWrite }: { metrics: readonly Metric[]; mayWrite: boolean }) {
  return (
    <DataTable
      caption="Metrics"
      columns={[
        { head: "Metric" },
        { head: "Description", wide: true },
        { head: "Unit" },
        { head: "Aggregation" },
        { head: "Dimensions" },
      ]}
      rows={metrics.map((metric) => ({
        cells: [
          metric.standard || !mayWrite ? (
            <MetricName id={metric.name} name={displayNameOf(metric)} />
          ) : (
            <a href={`/dashboard${PATH}?metric=${encodeURIComponent(metric.name)}#declare`}>
              <MetricName id={metric.name} name={displayNameOf(metric)} />
            </a>
          ),
          metric.description,
          metric.unit,
          metric.property === null
            ? metric.aggregation
            : `${metric.aggregation} ${metric.property}`,
          metric.dimensions.join(", "),
        ],
      }))}
    />
  );
}
