/** /dashboard/settings/plan, /mail and /audit. */
import { Hono } from "hono";
import { listAudit } from "../../accounts/audit.ts";
import { may } from "../../accounts/roles.ts";
import { currentPeriod } from "../../billing/live.ts";
import { readVersions } from "../../billing/plan-store.ts";
import type { Price } from "../../billing/price.ts";
import { listPeriods, listSubscriptions, type Subscription } from "../../billing/store.ts";
import type { Version } from "../../billing/terms.ts";
import { endOf, stretchAt } from "../../billing/timeline.ts";
import { Problem } from "../../core/errors.ts";
import { putSettings } from "../../delivery/email/automatic.ts";
import { readSettings } from "../../delivery/email/store.ts";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FormField } from "../component/field.tsx";
import { Fields, Form } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { bodyOf, type Field } from "../form.ts";
import type { Format } from "../format.ts";
import { page } from "../page.tsx";
import { allowed, type PageEnv, readForm, seeOther } from "../request.ts";
import { Tabs } from "./tabs.tsx";

export const accountPageRoutes = new Hono<PageEnv>();

const SHOWN_PERIODS = 24;
const SHOWN_SUBSCRIPTIONS = 50;

accountPageRoutes.get("/settings", (c) => c.redirect("/dashboard/settings/plan", 303));

accountPageRoutes.get("/settings/plan", async (c) => {
  const actor = allowed(c, "billing.read");
  const { format } = c.var;
  const { tenantId: tenant, nowMs } = actor;
  const filter = { tenant, subscriptionId: null, before: null };
  const [current, periods, subscriptions] = await Promise.all([
    currentPeriod(c.env, actor).catch(noneIfUnsubscribed),
    listPeriods(c.env.DB, filter, SHOWN_PERIODS),
    listSubscriptions(c.env.DB, { tenant, before: null, limit: SHOWN_SUBSCRIPTIONS }),
  ]);
  const ids = subscriptions.flatMap(({ log }) => log.map(({ versionId }) => versionId));
  const versions = await readVersions(c.env.DB, ids);
  return page(
    c,
    { title: "Plan", section: "settings" },
    <>
      <Tabs current="plan" role={actor.role} />
      {current ? (
        <>
          <PlanCards subscription={current.subscription} {...{ nowMs, format }} />
          <section>
            <Offers version={current.version} format={format} />
          </section>
        </>
      ) : (
        <EmptyState title="No subscription">
          <p>
            The operator of this installation subscribes tenants to plans; usage is counted by the
            calendar month until then.
          </p>
        </EmptyState>
      )}
      {periods.length > 0 && (
        <section>
          <DataTable
            caption="Closed periods"
            visibleCaption
            columns={[
              { head: "From" },
              { head: "to" },
              { head: "Plan" },
              { head: "Net", figure: true },
              { head: "Document" },
            ]}
            rows={periods.map((one) => ({
              cells: [
                format.day(one.startMs),
                format.day(one.endMs - 1),
                versions.get(one.lines[0]?.versionId ?? "")?.planName ?? "",
                format.money(one.netMinor, one.currency),
                one.documentId ? (
                  <a href={`/dashboard/${pathOf(one.documentId)}/${one.documentId}`}>Open</a>
                ) : (
                  ""
                ),
              ],
            }))}
          />
        </section>
      )}
    </>,
  );
});

function pathOf(documentId: string): string {
  return documentId.startsWith("inv_") ? "invoices" : "credit-notes";
}

function noneIfUnsubscribed(error: unknown): null {
  if (error instanceof Problem && error.code === "subscription.none") return null;
  throw error;
}

type PlanProps = { subscription: Subscription; nowMs: number; format: Format };

function PlanCards({ subscription, nowMs, format }: PlanProps) {
  const { row, log } = subscription;
  const held = stretchAt(log, nowMs);
  const endMs = endOf(log);
  const every = row.cycle === "year" ? "a year" : "a month";
  return (
    <dl class="cards">
      <Card
        name="Base price"
        value={format.money(held?.basePriceMinor ?? 0n, row.currency)}
        note={`${every}, ${format.count(held?.seats ?? 1)} seat(s)`}
      />
      <Card name="Subscribed since" value={format.day(row.startMs)} note={row.timeZone} />
      <Card name="Ends" value={endMs === null ? "never" : format.day(endMs)} />
    </dl>
  );
}

/** What a unit beyond the included ones costs. */
function priceText(price: Price, currency: string, format: Format): string {
  switch (price.model) {
    case "per_unit":
      return `${format.rate(price.unitPrice, currency)} each`;
    case "package": {
      const size = format.quantity(price.packageSizeMicro);
      return `${format.rate(price.packagePrice, currency)} for ${size}`;
    }
    case "flat":
      return `${format.rate(price.flatFee, currency)} once`;
    case "graduated":
    case "volume": {
      const tiers = price.tiers.map(({ upToMicro, unitPrice }) => {
        const upTo = upToMicro === null ? "beyond" : `up to ${format.quantity(upToMicro)}`;
        return `${upTo} ${format.rate(unitPrice, currency)}`;
      });
      return `${price.model}: ${tiers.join(", ")}`;
    }
  }
}

function Offers({ version, format }: { version: Version; format: Format }) {
  return (
    <DataTable
      caption={`${version.planName}, version ${version.version}`}
      visibleCaption
      columns={[
        { head: "Metric", wide: true },
        { head: "Included", figure: true },
        { head: "Then", wide: true },
        { head: "Alerts at" },
      ]}
      rows={version.offers.map(({ price, hard, thresholds }) => ({
        cells: [
          price.metric,
          format.quantity(price.includedMicro),
          hard ? "nothing: the limit is hard" : priceText(price, version.currency, format),
          thresholds.map((one) => format.percent(BigInt(one) * 100n)).join(", "),
        ],
      }))}
    />
  );
}

const MAIL_FIELDS: readonly Field[] = [
  { pointer: "/sendInvoices", label: "Send invoices as soon as they are final", kind: "flag" },
  { pointer: "/sendReceipts", label: "Send a receipt once an invoice is paid", kind: "flag" },
  { pointer: "/sendCreditNotes", label: "Send credit notes as they are issued", kind: "flag" },
  { pointer: "/sendReminders", label: "Send the reminders of your profile", kind: "flag" },
];

accountPageRoutes.get("/settings/mail", async (c) => {
  const actor = allowed(c, "documents.read");
  const settings = await readSettings(c.env.DB, actor.tenantId);
  return page(
    c,
    { title: "Mail", section: "settings" },
    <>
      <Tabs current="mail" role={actor.role} />
      <Form action="/dashboard/settings/mail" token={c.var.session.formToken} class="card narrow">
        <h2>Without asking each time</h2>
        <Fields fields={MAIL_FIELDS} body={settings} />
        {may(actor.role, "settings.write") && (
          <button type="submit" class="primary">
            Save
          </button>
        )}
      </Form>
    </>,
  );
});

accountPageRoutes.post("/settings/mail", async (c) => {
  const actor = allowed(c, "settings.write");
  const given = bodyOf(MAIL_FIELDS, await readForm(c));
  await putSettings(c.env, actor, given as Parameters<typeof putSettings>[2]);
  return seeOther(c, "/settings/mail", "saved");
});

const AUDIT_FILTERS: readonly Field[] = [
  { pointer: "/action", label: "Action", kind: "line", placeholder: "key.created" },
  { pointer: "/target", label: "Target", kind: "line", placeholder: "an id" },
];

accountPageRoutes.get("/settings/audit", async (c) => {
  const actor = allowed(c, "audit.read");
  const { action = "", target = "", cursor } = c.req.query();
  const { data, next_cursor } = await listAudit(c.env.DB, actor.tenantId, {
    action: action.trim() || undefined,
    target: target.trim() || undefined,
    cursor,
  });
  return page(
    c,
    { title: "Audit log", section: "settings" },
    <>
      <Tabs current="audit" role={actor.role} />
      <form method="get" class="filters">
        {AUDIT_FILTERS.map((field) => (
          <FormField field={field} body={{ action, target }} named={field.pointer.slice(1)} />
        ))}
        <button type="submit">Filter</button>
      </form>
      <DataTable
        caption="Who changed what"
        columns={[
          { head: "When" },
          { head: "Action" },
          { head: "Target", wide: true },
          { head: "By", wide: true },
        ]}
        rows={data.map((entry) => ({
          cells: [
            c.var.format.time(entry.atMs),
            entry.action,
            <code>{entry.target}</code>,
            <code>{entry.userId ?? entry.keyId}</code>,
          ],
        }))}
      />
      <Pager
        path="/dashboard/settings/audit"
        query={new URLSearchParams({ action, target, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor}
      />
    </>,
  );
});
