/** /dashboard/usage/unpriced: names that usage was recorded under and nobody declared or prices. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { readDisplayNames, readStrict } from "../../metering/catalogue/catalogue.ts";
import { meterOf, type UndeclaredUse } from "../../metering/meter/meter.ts";
import { meteringRoutes } from "../../metering/routes.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form } from "../component/form.tsx";
import { MetricName } from "../component/metric-name.ts";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { UsageTabs } from "./tabs.tsx";

export const unpricedPages = new Hono<PageEnv>();

const PATH = "/usage/unpriced";
const STRICT: Field = {
  pointer: "/strict_metrics",
  label: "Refuse usage under names that nobody declared",
  kind: "flag",
  hint: "Whoever sends it is told at once. What was recorded before stays.",
};

unpricedPages.get(PATH, async (c) => {
  const actor = allowed(c, "usage.read");
  const { cursor } = c.req.query();
  const { tenantId } = actor;
  const [{ data, next_cursor }, strict] = await Promise.all([
    readPage(
      cursor,
      (after, limit) => meterOf(c.env, tenantId).undeclared(tenantId, after, limit),
      ({ metric }) => metric,
    ),
    readStrict(c.env.DB, tenantId),
  ]);
  const meant = data.flatMap((use) => (use.meant === null ? [] : [use.meant]));
  const names = await readDisplayNames(c.env.DB, tenantId, meant);
  return page(
    c,
    { title: "Unpriced names", section: "usage" },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <p class="lead">
        Usage was recorded under these names, but nobody declared them and no plan prices them: it
        counts, and is not billed. A name that was mistyped is corrected where it is sent; one that
        is right is declared here.
      </p>
      {data.length > 0 ? (
        <Names c={c} actor={actor} uses={data} names={names} />
      ) : (
        <EmptyState title="No unpriced names">
          <p>Every name that usage was recorded under is declared, or priced by a plan.</p>
        </EmptyState>
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
        words={["First", "More"]}
      />
      <Strictness c={c} strict={strict} />
    </>,
  );
});

unpricedPages.post(`${PATH}/strict`, async (c) => {
  allowed(c, "metrics.write");
  const body = bodyOf([STRICT], await readForm(c));
  const path = apiPath(["usage", "settings"]);
  await runOperation(c, meteringRoutes, { method: "PUT", path, body });
  return seeOther(c, PATH, "saved");
});

type NamesProps = {
  c: PageContext;
  actor: Actor;
  uses: readonly UndeclaredUse[];
  /** What people read of the metrics that may be meant. */
  names: ReadonlyMap<string, string>;
};

function Names({ c, actor, uses, names }: NamesProps) {
  const { format } = c.var;
  const declares = may(actor.role, "metrics.write");
  return (
    <DataTable
      caption="Unpriced names"
      columns={[
        { head: "Name", wide: true },
        { head: "Did you mean" },
        { head: "Events", figure: true },
        { head: "Quantity", figure: true },
        { head: "Last used", short: true },
        { head: "" },
      ]}
      rows={uses.map(({ metric, meant, events, micro, lastMs }) => ({
        cells: [
          <code>{metric}</code>,
          meant === null ? (
            <span class="muted">no similar name</span>
          ) : (
            <MetricName id={meant} name={names.get(meant) ?? meant} />
          ),
          <a href={`/dashboard/usage/events?metric_name=${encodeURIComponent(metric)}`}>
            {format.count(events)}
          </a>,
          format.quantity(BigInt(micro)),
          format.time(lastMs),
          declares && (
            <a class="button" href={`/dashboard/usage/metrics?${declaring(metric)}#declare`}>
              Declare
            </a>
          ),
        ],
      }))}
    />
  );
}

function declaring(name: string): URLSearchParams {
  return new URLSearchParams({ name });
}

type StrictProps = { c: PageContext; strict: boolean };

function Strictness({ c, strict }: StrictProps) {
  const now = strict
    ? "Usage under other names than declared or priced ones is refused."
    : "Usage under such names is taken, and answered with a warning.";
  return (
    <section class="card narrow">
      <h2>Strict metrics</h2>
      <p>{now}</p>
      <Permitted
        role={c.var.actor.role}
        needs="metrics.write"
        label="Change"
        act="change strict metrics or declare a name"
      >
        <Form action={`/dashboard${PATH}/strict`} token={c.var.session.formToken}>
          <Fields fields={[STRICT]} body={{ strict_metrics: strict }} />
          <button type="submit">Save</button>
        </Form>
      </Permitted>
    </section>
  );
}
