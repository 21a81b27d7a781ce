/** /dashboard/billing/subscriptions/:id: a subscription, and what the operator can change. */
import { Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { readTenant } from "../../accounts/store/tenant-store.ts";
import { correctionRoutes } from "../../billing/correction/correction-routes.ts";
import { couponRoutes } from "../../billing/credit/coupon-routes.ts";
import { subscriptionRoutes } from "../../billing/lifecycle/subscription-routes.ts";
import { billingRoutes } from "../../billing/routes.ts";
import { Problem } from "../../core/errors.ts";
import { listMetrics, type Metric } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf, wordsOfId } from "../../metering/catalogue/display-name.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { type Fact, FactList } from "../component/fact-list.tsx";
import { ActionButton, Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { MetricName } from "../component/metric-name.ts";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { type Choice, planChoices } from "../form/choice.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ZONE_FIELD } from "../form/party-fields.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  type Done,
  type PageContext,
  type PageEnv,
  readForm,
  seeOther,
} from "../page/request.ts";
import { amountText, cycleText, dayText, periodText, seatsText } from "./display.ts";
import { closedPeriods } from "./period.tsx";

export const subscriptionPages = new Hono<PageEnv>();

const PATH = "/billing/subscriptions";

const WHEN: Field = {
  pointer: "/when",
  label: "When",
  kind: "choice",
  options: [
    { value: "period_end", label: "at the end of the period" },
    { value: "now", label: "now" },
  ],
};

type Change = {
  title: string;
  routes: Hono<AppEnv>;
  fields: readonly Field[];
  done: Done;
  danger?: boolean;
  /** It changes the subscription itself, and shows what there is. */
  patches?: boolean;
};

const CHANGES = {
  "change-plan": {
    title: "Change plan, price or seats",
    routes: subscriptionRoutes,
    fields: [
      { pointer: "/plan", label: "Plan", kind: "choice", options: [] },
      {
        pointer: "/plan_version",
        label: "Plan version",
        kind: "integer",
        hint: "empty: the newest",
      },
      { pointer: "/base_price", label: "Base price", kind: "decimal", hint: "empty: unchanged" },
      { pointer: "/seats", label: "Seats", kind: "integer", hint: "empty: unchanged" },
      WHEN,
    ],
    done: "saved",
  },
  coupons: {
    title: "Redeem a coupon",
    routes: couponRoutes,
    fields: [{ pointer: "/code", label: "Code", kind: "line", required: true }],
    done: "redeemed",
  },
  "change-zone": {
    title: "Change the time zone",
    routes: subscriptionRoutes,
    fields: [
      {
        ...ZONE_FIELD,
        required: true,
        hint: "takes effect with the next billing cycle",
      },
    ],
    done: "saved",
  },
  references: {
    title: "Change references on its invoices",
    routes: subscriptionRoutes,
    fields: [
      { pointer: "/purchase_order", label: "Purchase order", kind: "line", clears: true },
      {
        pointer: "/buyer_reference",
        label: "Buyer reference",
        kind: "line",
        clears: true,
        hint: "empty: the customer's own",
      },
    ],
    done: "saved",
    patches: true,
  },
  cancel: {
    title: "Cancel the subscription",
    routes: subscriptionRoutes,
    fields: [WHEN],
    done: "ended",
    danger: true,
  },
  resume: { title: "Don't cancel", routes: subscriptionRoutes, fields: [], done: "resumed" },
} as const satisfies Record<string, Change>;
type Verb = keyof typeof CHANGES;

subscriptionPages.get(`${PATH}/:id`, (c) => {
  allowed(c, "billing.read");
  return subscriptionPage(c, c.req.param("id"), null);
});

subscriptionPages.post(
  `${PATH}/:id/:action{cancel|resume|coupons|change-plan|change-zone|references}`,
  async (c) => {
    allowed(c, "operator.subscriptions");
    const { id, action } = c.req.param();
    const { routes, fields, done, patches }: Change = CHANGES[action as Verb];
    const sent = await readForm(c);
    const body = bodyOf(fields, sent);
    try {
      const isAsked = action === "cancel" || (action === "change-plan" && body.when === "now");
      const asked = isAsked ? await ask(c, sent, () => changeQuestion(c, id, body)) : null;
      if (asked) return asked;
      const path = apiPath(patches ? ["subscriptions", id] : ["subscriptions", id, action]);
      await runOperation(c, routes, { method: patches ? "PATCH" : "POST", path, body });
      return seeOther(c, `${PATH}/${id}`, done);
    } catch (error) {
      return subscriptionPage(c, id, { ...refusalOf(error), action, body });
    }
  },
);

/** What ending a subscription, or changing it at once, asks first. Errors: 404. */
async function changeQuestion(c: PageContext, id: string, body: Body): Promise<Question> {
  const { format } = c.var;
  const path = apiPath(["subscriptions", id]);
  const subscription = await runOperation(c, subscriptionRoutes, { path });
  const [tenant, preview] = await Promise.all([
    readTenant(c.env.DB, String(subscription.tenant_id)),
    previewOf(c, String(subscription.tenant_id)),
  ]);
  const named = `${tenant?.name ?? "the tenant"}'s subscription to ${subscription.plan_name}`;
  const isNow = body.when === "now";
  const period = subscription.current_period as Body | null;
  const day = isNow ? "now" : `on ${dayText(period?.end, format)}`;
  const bills = preview === null ? [] : [`Usage so far comes to ${preview} before it is closed.`];
  if (body.plan !== undefined || body.base_price !== undefined || body.seats !== undefined) {
    return {
      title: "Change this subscription now?",
      consequences: [`Splits the current period of ${named}: the new terms hold from now on.`],
      act: "Change now",
      undo: "You can change it again, but the part of the period until then stays as it is.",
    };
  }
  return {
    title: "Cancel this subscription?",
    consequences: [`Ends ${named} ${day}. Its last period is then closed and billed.`, ...bills],
    act: "Cancel subscription",
    ...(isNow ? {} : { undo: "Until then you can still choose not to cancel." }),
  };
}

/** The next invoice's total as it is now; null where there is none. */
async function previewOf(c: PageContext, tenant_id: string): Promise<string | null> {
  try {
    const path = apiPath(["billing", "preview"], { tenant_id });
    const { total, currency } = await runOperation(c, billingRoutes, { path });
    return amountText(total, currency, c.var.format);
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return null;
    throw error;
  }
}

/** Why a change was refused, which one, and what was typed for it. */
type RefusedChange = Refused & { action: string; body: Body };

async function subscriptionPage(c: PageContext, id: string, refusedChange: RefusedChange | null) {
  const { actor, format } = c.var;
  const path = apiPath(["subscriptions", id]);
  const mayChange = actor.operator && may(actor.role, "operator.subscriptions");
  const counted = actor.operator ? countedMetrics(c, id) : null;
  // Whoever awaits it is told what is wrong with it.
  counted?.catch(() => {});
  const [subscription, plans] = await Promise.all([
    runOperation(c, subscriptionRoutes, { path }),
    mayChange ? plansFor(c) : [],
  ]);
  const tenant_id = String(subscription.tenant_id);
  const [tenant, listed, periods] = await Promise.all([
    readTenant(c.env.DB, tenant_id),
    actor.operator ? listMetrics(c.env.DB, tenant_id) : [],
    closedPeriods(c, { tenant: tenant_id, subscriptionId: id }),
  ]);
  const metrics = counted && countedTable(await counted, listed);
  const title = `${subscription.plan_name}${actor.operator ? ` of ${tenant?.name}` : ""}`;
  const isOver = subscription.status === "ended";
  const ending = subscription.cancel_at !== null && !isOver;
  return page(
    c,
    {
      title,
      section: "billing",
      status: refusedChange ? 422 : 200,
      undo: mayChange && ending ? { ended: { action: `/dashboard${PATH}/${id}/resume` } } : {},
    },
    <>
      <p class="muted">
        <a href={`/dashboard${actor.operator ? PATH : "/billing"}`}>
          {actor.operator ? "Subscriptions" : "Billing"}
        </a>
      </p>
      <div class="head">
        <h1>
          {title} <Badge state={ending ? "ending" : String(subscription.status)} />
        </h1>
        {mayChange && ending && (
          <ActionButton
            action={`/dashboard${PATH}/${id}/resume`}
            token={c.var.session.formToken}
            label={CHANGES.resume.title}
            primary
          />
        )}
      </div>
      {(refusedChange?.action === "resume" || isOver) && (
        <Refusal refused={refusedChange} fields={[]} />
      )}
      <Facts subscription={subscription} format={format} />
      {actor.operator && !isOver && (
        <Permitted
          role={actor.role}
          needs="operator.subscriptions"
          label="Change or cancel"
          act="change subscriptions"
        >
          <Changes c={c} subscription={subscription} refusedChange={refusedChange} plans={plans} />
        </Permitted>
      )}
      {!isOver && (
        <p class="actions">
          <a class="button" href={`/dashboard/billing/next?${new URLSearchParams({ tenant_id })}`}>
            Upcoming invoice
          </a>
        </p>
      )}
      {metrics}
      {periods}
    </>,
  );
}

function Facts({ subscription, format }: { subscription: Body; format: Format }) {
  const termsText = (terms: Body) => {
    const price = amountText(terms.base_price, subscription.currency, format);
    const seats = seatsText(Number(terms.seats), format);
    return `${terms.plan_name}, version ${terms.plan_version}, ${price}, ${seats}`;
  };
  const period = subscription.current_period as Body | null;
  const next = subscription.scheduled_change as Body | null;
  const zone = subscription.scheduled_zone as Body | null;
  const day = (value: unknown) => dayText(value, format) || null;
  const textOr = (value: unknown) => (typeof value === "string" ? value : null);
  const cycle = cycleText(subscription.billing_cycle);
  const facts: Fact[] = [
    ["Plan", termsText(subscription)],
    ["Billed", `${cycle}, the base price in ${subscription.base_timing}`],
    ["Usage", `per ${cycleText(subscription.usage_interval)}`],
    ["Current period", periodText(period, format) || null],
    ["Started", day(subscription.start_date)],
    ["Trial ends", day(subscription.trial_end)],
    ["Scheduled change", next ? `${day(next.effective_at)}: ${termsText(next)}` : null],
    ["Ends", day(subscription.cancel_at)],
    ["Purchase order", textOr(subscription.purchase_order)],
    ["Buyer reference", textOr(subscription.buyer_reference)],
    ["Time zone", String(subscription.time_zone)],
    ["Next time zone", zone ? `${day(zone.effective_at)}: ${zone.time_zone}` : null],
    ["ID", <CopyText text={String(subscription.id)} />],
  ];
  return <FactList label="Details" facts={facts} />;
}

/** How what is priced counts: a tenant may have declared it before it was priced. */
type CountedMetric = { name: string; aggregation: string; property: string | null };

async function countedMetrics(c: PageContext, id: string): Promise<CountedMetric[]> {
  const path = apiPath(["subscriptions", id, "metrics"]);
  const answer = await runOperation(c, correctionRoutes, { path });
  return answer.metrics as CountedMetric[];
}

function countedTable(metrics: readonly CountedMetric[], listed: readonly Metric[]) {
  if (metrics.length === 0) return null;
  const names = new Map(listed.map((metric) => [metric.name, displayNameOf(metric)]));
  return (
    <section>
      <DataTable
        caption="How metrics are counted"
        visibleCaption
        columns={[{ head: "Metric", wide: true }, { head: "Aggregation" }, { head: "Property" }]}
        rows={metrics.map(({ name, aggregation, property }) => ({
          cells: [
            <MetricName id={name} name={names.get(name) ?? wordsOfId(name)} />,
            aggregation,
            property === null ? "" : <code>{property}</code>,
          ],
        }))}
      />
    </section>
  );
}

async function plansFor(c: PageContext): Promise<Choice[]> {
  return [{ value: "", label: "unchanged" }, ...(await planChoices(c.env.DB))];
}

type ChangesProps = {
  c: PageContext;
  subscription: Body;
  refusedChange: RefusedChange | null;
  plans: Choice[];
};

function Changes({ c, subscription, refusedChange, plans }: ChangesProps) {
  const entries = Object.entries(CHANGES).filter(([action]) => action !== "resume");
  return (
    <section aria-label="Changes" class="folds">
      <Suggestions fields={[ZONE_FIELD]} />
      {entries.map(([action, { title, fields, danger, patches }]: [string, Change]) => {
        const refused = refusedChange?.action === action ? refusedChange : null;
        const offered = fields.map((field) =>
          field.pointer === "/plan" ? { ...field, options: plans } : field,
        );
        return (
          <details class="card" name="change" open={refused !== null}>
            <summary>{title}</summary>
            <Refusal refused={refused} fields={offered.map(({ pointer }) => pointer)} />
            <Form
              action={`/dashboard${PATH}/${subscription.id}/${action}`}
              token={c.var.session.formToken}
              class="stacked"
              asks={action === "cancel" || action === "change-plan"}
            >
              <Fields
                fields={offered}
                body={refused ? refusedChange?.body : patches ? subscription : {}}
                refused={refused}
              />
              <button type="submit" class={danger ? "danger" : "primary"}>
                {title}
              </button>
            </Form>
          </details>
        );
      })}
    </section>
  );
}
