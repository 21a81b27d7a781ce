/** /dashboard/billing/next and /periods/:id: a period's statement, line by line. */
import { Hono } from "hono";
import { listPeriods } from "../../billing/period/store.ts";
import { readVersions } from "../../billing/plan/plan-store.ts";
import { billingRoutes } from "../../billing/routes.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { readKinds } from "../../documents/store/store.ts";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import type { Body } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv } from "../page/request.ts";
import { amountText, dayText, isZero, periodText } from "./display.ts";

export const periodPages = new Hono<PageEnv>();

const SHOWN_PERIODS = 24;

periodPages.get("/billing/next", async (c) => {
  allowed(c, "billing.read");
  const { tenant_id = "" } = c.req.query();
  const path = apiPath(["billing", "preview"], { tenant_id });
  const preview = await runOperation(c, billingRoutes, { path });
  const { format } = c.var;
  const { currency } = preview;
  const span = preview.period as Body;
  const figure = (name: string, value: unknown) => (
    <Card name={name} value={amountText(value, currency, format)} />
  );
  return page(
    c,
    { title: "Upcoming invoice", section: "billing" },
    <>
      <Back />
      <h1>Upcoming invoice</h1>
      <p class="lead">
        {periodText(span, format)}. A preview of what has been used so far: nothing is billed yet.
      </p>
      <dl class="cards">
        {figure("Net", preview.net)}
        {!isZero(preview.discount) && figure("Discount", preview.discount)}
        {figure("Tax", preview.tax)}
        {figure("Total", preview.total)}
        {!isZero(preview.prepaid) && figure("Prepaid", preview.prepaid)}
      </dl>
      <Lines lines={preview.lines as Body[]} currency={currency} format={format} />
    </>,
  );
});

periodPages.get("/billing/periods/:id", async (c) => {
  allowed(c, "billing.read");
  const path = apiPath(["billing", "periods", c.req.param("id")]);
  const period = await runOperation(c, billingRoutes, { path });
  const { format } = c.var;
  const documentIds = typeof period.document_id === "string" ? [period.document_id] : [];
  const [documentPath] = (await documentPaths(c, documentIds)).values();
  return page(
    c,
    { title: "Closed period", section: "billing" },
    <>
      <Back />
      <h1>{periodText(period, format)}</h1>
      <p class="lead">
        Closed {dayText(period.closed_at, format)}; {PROOFS[String(period.proof)]}
        {documentPath && (
          <>
            {" "}
            <a href={documentPath}>View the document</a>
          </>
        )}
      </p>
      <Lines lines={period.lines as Body[]} currency={period.currency} format={format} />
    </>,
  );
});

const PROOFS: Record<string, string> = {
  equal: "its counts match the usage ledger.",
  different: "its counts do not match the usage ledger: contact support.",
  incomparable: "newer usage arrived before its counts could be compared with the ledger.",
};

function Back() {
  return (
    <p class="muted">
      <a href="/dashboard/billing">Billing</a>
    </p>
  );
}

/** The paths of documents' pages by their ids. */
async function documentPaths(c: PageContext, ids: readonly string[]): Promise<Map<string, string>> {
  const kinds = await readKinds(c.env.DB, ids);
  return new Map([...kinds].map(([id, kind]) => [id, `/dashboard/${KINDS[kind].path}/${id}`]));
}

type LinesProps = { lines: readonly Body[]; currency: unknown; format: Format };

function Lines({ lines, currency, format }: LinesProps) {
  if (lines.length === 0) return <p class="muted">No lines.</p>;
  return (
    <section>
      <DataTable
        caption="Lines"
        columns={[
          { head: "Item", wide: true },
          { head: "Calculation", wide: true },
          { head: "Amount", figure: true },
        ]}
        rows={lines.map((line) => ({
          cells: [
            <>
              {String(line.name)}
              {line.detail && <div class="muted">{String(line.detail)}</div>}
            </>,
            <span class="muted">{String(line.arithmetic)}</span>,
            amountText(line.amount, currency, format),
          ],
        }))}
      />
    </section>
  );
}

/** A table of a tenant's newest closed periods, or of one subscription's; null without any. */
export async function closedPeriods(
  c: PageContext,
  filter: { tenant: string; subscriptionId: string | null },
) {
  const { periods } = await listPeriods(c.env.DB, { ...filter, before: null }, SHOWN_PERIODS);
  if (periods.length === 0) return null;
  const ids = periods.flatMap(({ lines }) => lines.map(({ versionId }) => versionId));
  const [versions, paths] = await Promise.all([
    readVersions(
      c.env.DB,
      ids.filter((id) => id !== null),
    ),
    documentPaths(
      c,
      periods.flatMap(({ documentId }) => documentId ?? []),
    ),
  ]);
  const { format } = c.var;
  return (
    <section>
      <DataTable
        caption="Closed periods"
        visibleCaption
        columns={[
          { head: "Period" },
          { head: "Plan" },
          { head: "Net", figure: true },
          { head: "Document" },
        ]}
        rows={periods.map((period) => ({
          cells: [
            <a href={`/dashboard/billing/periods/${period.id}`}>
              {format.span(period.startMs, period.endMs)}
            </a>,
            versions.get(period.lines[0]?.versionId ?? "")?.planName ?? "",
            format.money(period.netMinor, period.currency),
            period.documentId ? <a href={paths.get(period.documentId)}>Open</a> : "",
          ],
        }))}
      />
    </section>
  );
}
