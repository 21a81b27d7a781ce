/** What waits for money: overdue and open invoices, the first due first, and drafts. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { dateText } from "../../core/period.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import {
  type InvoiceFigures,
  invoiceFigures,
  waitingInvoices,
} from "../../documents/store/figures.ts";
import { type Listed, openMinor } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Format } from "../form/format.ts";

const SHOWN = 6;

export type Waiting = {
  figures: InvoiceFigures[];
  invoices: Listed[];
  drafts: number;
  nowMs: number;
};

/** What an issuer waits for; null for who may read no documents. */
export async function waitingOf(env: Env, actor: Actor): Promise<Waiting | null> {
  if (!may(actor.role, "documents.read")) return null;
  const { timeZone, currency } = await issuerOf(env, actor);
  const today = dateText(actor.nowMs, timeZone);
  const paidFrom = `${today.slice(0, 7)}-01`;
  const by = { issuer: actor.tenantId, scope: actor.mode === "test" ? actor.tenantId : "" };
  const [{ figures, drafts }, invoices] = await Promise.all([
    invoiceFigures(env.DB, { ...by, today, paidFrom }),
    waitingInvoices(env.DB, by, SHOWN),
  ]);
  const none = { currency, openMinor: 0n, overdueMinor: 0n, paidMinor: 0n };
  return { figures: figures.length > 0 ? figures : [none], invoices, drafts, nowMs: actor.nowMs };
}

/** Amounts of each currency, never added together. */
export function amountsOf(
  figures: readonly InvoiceFigures[],
  amountOf: (row: InvoiceFigures) => bigint,
  format: Format,
): string[] {
  return figures.map((row) => format.money(amountOf(row), row.currency));
}

type Props = { waiting: Waiting; format: Format };

/** The invoices that wait, with links, and how many drafts there are. */
export function WaitingForMoney({ waiting, format }: Props) {
  const { invoices, drafts, nowMs } = waiting;
  const { path } = KINDS.invoice;
  return (
    <section aria-labelledby="waiting-head">
      <div class="head">
        <h2 id="waiting-head">What waits for money</h2>
        <a href={`/dashboard/${path}`}>All invoices</a>
      </div>
      {invoices.length === 0 ? (
        <EmptyState title="No invoice is open">
          <p>Invoices that you have issued stand here until they are paid.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Invoices that are not paid yet, the first due first"
          columns={[
            { head: "Invoice" },
            { head: "Customer", wide: true },
            { head: "Status" },
            { head: "Due" },
            { head: "To pay", figure: true },
          ]}
          rows={invoices.map((row) => ({
            cells: [
              <a href={`/dashboard/${path}/${row.id}`}>{row.number}</a>,
              <a href={`/dashboard/customers/${row.customerId}`}>
                {row.buyer?.party.name ?? row.customerName}
              </a>,
              <Badge state={statusAt(row, nowMs)} />,
              row.dueDate === null ? "" : format.date(row.dueDate),
              format.money(openMinor(row), row.currency),
            ],
          }))}
        />
      )}
      {drafts > 0 && (
        <p class="beneath">
          <a href={`/dashboard/${path}?status=draft`}>{draftsText(drafts, format)}</a>
          <span class="muted"> A draft asks for no money until it has its number.</span>
        </p>
      )}
    </section>
  );
}

function draftsText(drafts: number, format: Format): string {
  if (drafts === 1) return "1 draft is not finalized.";
  return `${format.count(drafts)} drafts are not finalized.`;
}
