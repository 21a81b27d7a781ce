/** /dashboard/billing/plans: what is offered; the operator edits it. */

import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { ownBasePrice } from "../../billing/plan/cycle.ts";
import { planRoutes } from "../../billing/plan/plan-routes.ts";
import {
  listPlans,
  listVersions,
  type Plan,
  type PlanVersion,
  readNewest,
  readPlan,
  readPlanVersion,
  readVersions,
} from "../../billing/plan/plan-store.ts";
import { BUDGET_NAMES, budgetNamed } from "../../core/budget.ts";
import { notFound } from "../../core/errors.ts";
import { INTERVALS, type Interval } from "../../core/period.ts";
import { readDisplayNames } from "../../metering/catalogue/catalogue.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import { Badge } from "../component/badge.tsx";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import type { Undo } from "../component/layout.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { budgetAmount } from "../form/budget-fields.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { cycleText } from "./display.ts";
import { Offers } from "./offers.tsx";
import { CORRECTION_LABELS, NAME_FIELDS } from "./plan-form.ts";
import { subscribersText } from "./subscribers.ts";
import { BillingTabs } from "./tabs.tsx";

export const planPages = new Hono<PageEnv>();

const CHANGE_FIELDS: readonly Field[] = [
  ...NAME_FIELDS,
  {
    pointer: "/archived",
    label: "Archived: no new subscriptions; existing ones continue",
    kind: "flag",
  },
];

/** True for an operator's people whose role may change plans. */
export function mayEditPlans({ operator, role }: Pick<Actor, "operator" | "role">): boolean {
  return operator && may(role, "operator.plans");
}

planPages.get("/billing/plans", async (c) => {
  const actor = allowed(c, "billing.read");
  const { cursor } = c.req.query();
  const { data: plans, next_cursor } = await readPage(
    cursor,
    (after, limit) => listPlans(c.env.DB, { after, limit }),
    ({ code }) => code,
  );
  const versions = await Promise.all(plans.map(({ id }) => readPlanVersion(c.env.DB, id, null)));
  return page(
    c,
    { title: "Plans", section: "billing" },
    <>
      <BillingTabs current="/billing/plans" actor={actor} />
      {plans.length > 0 ? (
        <Plans plans={plans} versions={versions} format={c.var.format} />
      ) : (
        <EmptyState title="No plans yet">
          <p>A plan says what is included of each metric and what more of it costs.</p>
        </EmptyState>
      )}
      <Pager
        path="/dashboard/billing/plans"
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
      />
      {actor.operator && (
        <Permitted role={actor.role} needs="operator.plans" label="New plan" act="create plans">
          <p class="actions">
            <a class="button primary" href="/dashboard/billing/plans/new">
              New plan
            </a>
          </p>
        </Permitted>
      )}
    </>,
  );
});

type PlansProps = {
  plans: readonly Plan[];
  versions: readonly (PlanVersion | null)[];
  format: Format;
};

function Plans({ plans, versions, format }: PlansProps) {
  const intervals = pricedIntervals(versions);
  return (
    <DataTable
      caption="Plans"
      columns={[
        { head: "Plan", wide: true },
        { head: "Code" },
        { head: "Version", figure: true },
        ...priceHeads(intervals),
        { head: "Status" },
      ]}
      rows={plans.map((plan, i) => {
        const version = versions[i];
        return {
          cells: [
            <a href={`/dashboard/billing/plans/${plan.code}`}>{plan.name}</a>,
            <code>{plan.code}</code>,
            version?.version ?? "",
            ...intervals.map((one) => (version ? priceText(version, one, format) : "")),
            <Badge state={plan.archivedMs === null ? "offered" : "archived"} />,
          ],
        };
      })}
    />
  );
}

/** A month and a year, and for what else one of the versions has a base price. */
function pricedIntervals(versions: readonly (PlanVersion | null)[]): Interval[] {
  const usual: readonly Interval[] = ["month", "year"];
  const isPriced = (one: Interval) =>
    versions.some((version) => version !== null && ownBasePrice(version, one) !== null);
  return INTERVALS.filter((one) => usual.includes(one) || isPriced(one));
}

function priceHeads(intervals: readonly Interval[]) {
  return intervals.map((one) => ({ head: `Per ${cycleText(one)}`, figure: true }));
}

function priceText(version: PlanVersion, interval: Interval, format: Format): string {
  const minor = ownBasePrice(version, interval);
  return minor === null ? "by subscription" : format.money(BigInt(minor), version.currency);
}

planPages.get("/billing/plans/:plan", (c) =>
  planPage(c, allowed(c, "billing.read"), { name: c.req.param("plan") }),
);

planPages.post("/billing/plans/:plan", async (c) => {
  allowed(c, "operator.plans");
  const name = c.req.param("plan");
  const sent = await readForm(c);
  const values = bodyOf(CHANGE_FIELDS, sent);
  try {
    const plan = await readPlan(c.env.DB, name);
    const isArchiving = plan?.archivedMs === null && values.archived === true;
    const asked = isArchiving ? await ask(c, sent, () => archiveQuestion(c, plan)) : null;
    if (asked) return asked;
    await runOperation(c, planRoutes, {
      method: "PATCH",
      path: apiPath(["plans", name]),
      body: values,
    });
    return seeOther(c, `/billing/plans/${name}`, isArchiving ? "archived" : "saved");
  } catch (error) {
    return planPage(c, c.var.actor, { name, values, refused: refusalOf(error) });
  }
});

async function archiveQuestion(c: PageContext, plan: Plan): Promise<Question> {
  const running = await subscribersText(c, plan.id);
  return {
    title: `Archive ${plan.name}?`,
    consequences: [
      `No tenant can be subscribed to ${plan.name} any more.`,
      `Its ${running} continue as they are.`,
    ],
    act: "Archive plan",
    undo: "You can make it available again at any time.",
  };
}

/** What makes an archived plan available again: its form without the mark. */
function restored({ code, name, description }: Plan): Undo {
  return {
    action: `/dashboard/billing/plans/${code}`,
    fields: { "/name": name, "/description": description },
  };
}

type PlanState = { name: string; values?: Body; refused?: Refused };

async function planPage(c: PageContext, actor: Actor, { name, values, refused }: PlanState) {
  const found = await readNewest(c.env.DB, name);
  if (!found) throw notFound("plan");
  const { plan, version: newest } = found;
  const [history, versions] = await Promise.all([
    listVersions(c.env.DB, plan.id, FIRST_PAGE),
    readVersions(c.env.DB, [newest.id]),
  ]);
  const offered = versions.get(newest.id);
  const metrics = offered?.offers.map(({ price }) => price.metric) ?? [];
  const names = await readDisplayNames(c.env.DB, actor.tenantId, metrics);
  const { format } = c.var;
  return page(
    c,
    {
      title: plan.name,
      section: "billing",
      status: refused ? 422 : 200,
      undo: mayEditPlans(actor) ? { archived: restored(plan) } : {},
    },
    <>
      <p class="muted">
        <a href="/dashboard/billing/plans">Plans</a>
      </p>
      <div class="head">
        <h1>
          {plan.name} {plan.archivedMs !== null && <Badge state="archived" />}
        </h1>
        {actor.operator && (
          <Permitted
            role={actor.role}
            needs="operator.plans"
            label="Change prices and limits"
            act="change plans"
          >
            <a class="button primary" href={`/dashboard/billing/plans/${plan.code}/edit`}>
              Change prices and limits
            </a>
          </Permitted>
        )}
      </div>
      {plan.description && <p class="lead">{plan.description}</p>}
      <Terms version={newest} format={format} />
      <section>{offered && <Offers version={offered} names={names} format={format} />}</section>
      {history.length > 1 && <History versions={history} format={format} />}
      {mayEditPlans(actor) && (
        <section class="card narrow">
          <h2>Name and status</h2>
          <Refusal refused={refused} fields={CHANGE_FIELDS.map((field) => field.pointer)} />
          <Form
            action={`/dashboard/billing/plans/${plan.code}`}
            token={c.var.session.formToken}
            asks
          >
            <Fields
              fields={CHANGE_FIELDS}
              body={values ?? { ...plan, archived: plan.archivedMs !== null }}
              refused={refused}
            />
            <button type="submit">Save</button>
          </Form>
        </section>
      )}
    </>,
  );
}

function Terms({ version, format }: { version: PlanVersion; format: Format }) {
  const { currency, minimumMinor, leastInvoiceMinor } = version;
  const money = (minor: number) => format.money(BigInt(minor), currency);
  const tax = version.taxInclusive ? "tax included" : "plus tax";
  return (
    <dl class="cards">
      {pricedIntervals([version]).map((one) => (
        <Card name={`A ${cycleText(one)}`} value={priceText(version, one, format)} note={tax} />
      ))}
      {minimumMinor > 0 && <Card name="Minimum commitment" value={money(minimumMinor)} />}
      {leastInvoiceMinor > 0 && (
        <Card name="Minimum invoice amount" value={money(leastInvoiceMinor)} />
      )}
      {version.tenantMay.length > 0 && (
        <Card
          name="Tenants may"
          value={version.tenantMay.map((act) => CORRECTION_LABELS[act]).join(", ")}
        />
      )}
      {BUDGET_NAMES.map((name) => {
        const granted = version.budgets[name];
        const { title } = budgetNamed(name);
        return (
          granted !== undefined && <Card name={title} value={budgetAmount(name, granted, format)} />
        );
      })}
    </dl>
  );
}

function History({ versions, format }: { versions: readonly PlanVersion[]; format: Format }) {
  const intervals = pricedIntervals(versions);
  return (
    <section>
      <DataTable
        caption="Versions"
        visibleCaption
        columns={[{ head: "Version", figure: true }, ...priceHeads(intervals), { head: "Created" }]}
        rows={versions.map((version) => ({
          cells: [
            version.version,
            ...intervals.map((one) => priceText(version, one, format)),
            version.createdMs === 0 ? "at the start" : format.day(version.createdMs),
          ],
        }))}
      />
    </section>
  );
}
