/** /dashboard/{quotes,invoices,credit-notes}/:id: a document, and what can be done with it. */

import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { isConfinedIn } from "../../accounts/actor/confinement.ts";
import { moneyText } from "../../core/money.ts";
import { timelineOf } from "../../delivery/timeline/timeline.ts";
import { readBalance } from "../../documents/balance/balance-store.ts";
import { fromInvoice } from "../../documents/balance/settle-invoice.ts";
import { placeInChain } from "../../documents/chain/seal.ts";
import { withArticle } from "../../documents/kind/kind.ts";
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  KINDS,
  kindOfId,
} from "../../documents/kind/registry.ts";
import { attachmentsOf } from "../../documents/lifecycle/attached.ts";
import { readFor } from "../../documents/lifecycle/list.ts";
import { listLinks } from "../../documents/link/link-store.ts";
import { leftOf } from "../../documents/model/left.ts";
import { listPayments } from "../../documents/payment/payment-store.ts";
import { drawnDocument, printDocument, surroundingsOf } from "../../documents/render/print.ts";
import { findingsOf } from "../../documents/render/readable.ts";
import { readLeft } from "../../documents/store/left-store.ts";
import { type Document, openMinor, settlementOf } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import type { LinkRow, PaymentRow } from "../../documents/store/table.ts";
import { seesAllOf } from "../../documents/store/viewer.ts";
import { pdfName, sendPdf } from "../../documents/wire/route-parts.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { type Fact, FactList } from "../component/fact-list.tsx";
import { ActionButton, type Refused } from "../component/form.tsx";
import type { Body } from "../form/form.ts";
import { page } from "../page/page.tsx";
import { allowed, allowFraming, type PageContext, type PageEnv } from "../page/request.ts";
import { ActMenu } from "./act-menu.tsx";
import { ActCard } from "./action-forms.tsx";
import { permittedActs, possibleActs } from "./actions.ts";
import { Attachments } from "./attachment-list.tsx";
import { ChainFacts } from "./chain-facts.tsx";
import { linesToCredit } from "./credit-lines.tsx";
import { GapList } from "./gap-list.tsx";
import { Paper } from "./paper.tsx";
import { Timeline } from "./timeline.tsx";
import { UnreadableList } from "./unreadable-list.tsx";

export const documentPages = new Hono<PageEnv>();

for (const kind of DOCUMENT_KINDS) {
  const base = `/${KINDS[kind].path}/:id`;

  documentPages.get(base, (c) => {
    const id = c.req.param("id") ?? "";
    return documentPage(c, allowed(c, "documents.read"), kind, { id, act: c.req.query("act") });
  });

  documentPages.get(`${base}/pdf`, async (c) => {
    const actor = allowed(c, "documents.read");
    const { row, nowMs } = await readFor(c.env, actor, kind, c.req.param("id") ?? "");
    const issuer = { tenantId: row.issuer, nowMs, userId: null };
    const onRendered = (key: string) =>
      c.executionCtx.waitUntil(trackPdfGeneration(c.env, issuer, key));
    const printed = await printDocument(c.env, row, { rendition: "today", nowMs, onRendered });
    const disposition = c.req.query("as") === "file" ? "attachment" : "inline";
    const name = pdfName(kind, row.number ?? row.id);
    allowFraming(c, null);
    return sendPdf(c as never, { ...printed, disposition, name });
  });
}

type PageState = {
  id: string;
  /** The act whose form is open. */
  act?: string | undefined;
  refused?: Refused;
  /** What was typed before it was refused. */
  typed?: Body | undefined;
  /** The description of a file that was refused. */
  described?: unknown;
  status?: number;
  linkUrl?: string;
};

/**
 * A document's page, with why an action was refused, or the address of a link that was just made.
 * Errors: 404.
 */
export async function documentPage(
  c: PageContext,
  actor: Actor,
  kind: DocumentKind,
  { id, act, refused, typed, described, status: httpStatus = 200, linkUrl }: PageState,
) {
  const { row, nowMs } = await readFor(c.env, actor, kind, id);
  const isIssuer = row.issuer === actor.tenantId;
  const status = statusAt(row, nowMs);
  const around = surroundingsOf(c.env, row, nowMs);
  const [payments, links, entries, heldMinor, findings, drawn, place] = await Promise.all([
    KINDS[kind].owed ? listPayments(c.env.DB, row.id, FIRST_PAGE) : [],
    isIssuer ? listLinks(c.env.DB, row.id, FIRST_PAGE) : [],
    isIssuer ? timelineOf(c.env, row, actor) : [],
    isIssuer && seesAllOf(actor, row.customerId) && openMinor(row) > 0n
      ? readBalance(c.env.DB, fromInvoice(row))
      : 0,
    isIssuer ? around.then((known) => findingsOf(c.env, row, nowMs, known)) : null,
    around.then((known) => drawnDocument(c.env, row, nowMs, known)),
    row.number === null ? null : placeInChain(c.env.DB, row.id, actor.realMs),
  ]);
  const standing = { ...row, status, own: isIssuer, heldMinor };
  // What repeats is for whoever sees all documents.
  const isPart = isConfinedIn("documents", actor.confinement);
  const acts = [...possibleActs(standing)];
  const possible = new Set(isPart ? acts.filter((one) => one !== "repeat") : acts);
  const actions = permittedActs(kind, possible, actor.role);
  const isSent = entries.some(({ what }) => what === "sent" || what === "opened");
  const chosen = [...actions].find((one) => one === act) ?? null;
  const path = `/dashboard/${KINDS[kind].path}/${row.id}`;
  const title = row.number ?? `Draft ${KINDS[kind].noun}`;
  return page(
    c,
    { title, section: kind, status: httpStatus },
    <>
      <div class="head">
        <h1>
          {title} <Badge state={status} />
        </h1>
        <ActMenu
          kind={kind}
          situation={{ status, actions, isSent }}
          possible={possible}
          path={path}
          token={c.var.session.formToken}
        />
      </div>
      <div class="split">
        <div class="stack">
          {linkUrl && (
            <div class="card">
              <h2>New link</h2>
              <p>Copy it now: it is not shown again.</p>
              <Copyable text={linkUrl} />
            </div>
          )}
          {findings?.eInvoice && (
            <GapList state={findings.eInvoice} isFinal={row.number !== null} />
          )}
          <UnreadableList texts={findings?.unreadable ?? null} />
          {(chosen ?? refused) && (
            <ActCard
              act={chosen ?? "edit"}
              path={path}
              refused={refused}
              typed={typed}
              lines={chosen === "credit" ? await creditable(c, row) : []}
              {...formValues(c, row, heldMinor)}
            />
          )}
          <Facts c={c} document={row} />
          <Timeline entries={entries} currency={row.currency} format={c.var.format} />
          <Attachments
            attachments={attachmentsOf(row)}
            path={path}
            token={c.var.session.formToken}
            format={c.var.format}
            isOpen={actions.has("edit")}
            described={described}
          />
          <Payments c={c} payments={payments} />
          <Links c={c} links={links} path={path} />
          {place && <ChainFacts number={row.number ?? ""} place={place} />}
        </div>
        <aside class="beside" aria-label="The document">
          <Paper drawn={drawn} name={`The pages of ${title}`}>
            <a href={`${path}/pdf`}>Open the PDF</a>
            <a href={`${path}/pdf?as=file`}>Download</a>
          </Paper>
        </aside>
      </div>
    </>,
  );
}

/** What the forms of actions begin with: what is to be paid, what of it from where, to whom. */
function formValues(c: PageContext, row: Document, heldMinor: number) {
  const open = openMinor(row);
  const fromBalance = BigInt(heldMinor) < open ? BigInt(heldMinor) : open;
  return {
    token: c.var.session.formToken,
    currency: row.currency,
    amount: open > 0n ? moneyText(open, row.currency) : "",
    paid: row.paidMinor > 0 ? moneyText(BigInt(row.paidMinor), row.currency) : "",
    fromBalance: fromBalance > 0n ? moneyText(fromBalance, row.currency) : null,
    hasDiscount: settlementOf(row).cashDiscounts.length > 0,
    to: row.buyer?.email ?? row.buyer?.party.email ?? "",
  };
}

function Facts({ c, document: row }: { c: PageContext; document: Document }) {
  const { format } = c.var;
  const money = (minor: number | bigint) => format.money(BigInt(minor), row.currency);
  const day = (text: string | null) => (text === null ? null : format.date(text));
  const facts: Fact[] = [
    ["Customer", <CustomerName c={c} document={row} />],
    ["Issued", day(row.issueDate)],
    ["Due", day(row.dueDate)],
    ["Valid until", day(row.validUntil)],
    ["Net", money(row.netMinor)],
    ["Tax", money(row.taxMinor)],
    ["Total", money(row.totalMinor)],
    ["Credited", row.creditedMinor === 0 ? null : money(row.creditedMinor)],
    ["Paid", row.paidMinor === 0 ? null : money(row.paidMinor)],
    ["Amount due", KINDS[row.kind].owed && row.number !== null ? money(openMinor(row)) : null],
    ["Reason", row.reason],
    ["ID", <CopyText text={row.id} />],
  ];
  return (
    <FactList label="Details" facts={facts}>
      {row.originId && (
        <>
          <dt>Created from</dt>
          <dd>
            <Origin document={row} />
          </dd>
        </>
      )}
    </FactList>
  );
}

/** The customer's name; its page's where the reader issued the document. */
function CustomerName({ c, document: row }: { c: PageContext; document: Document }) {
  const name = row.buyer?.party.name ?? row.customerName;
  if (row.issuer !== c.var.actor.tenantId) return <>{name}</>;
  return <a href={`/dashboard/customers/${row.customerId}`}>{name}</a>;
}

/** What of each line of an invoice is left to credit. */
async function creditable(c: PageContext, row: Document) {
  const left = await readLeft(c.env.DB, row);
  const lines = row.lines.map(({ position, name }, i) => {
    const line = left.lines[i];
    return { position, name, leftMinor: line ? leftOf(line) : 0n };
  });
  return linesToCredit(c.var.format, row.currency, lines);
}

/** A link to an invoice's quote or proforma invoice, or to a credit note's invoice. */
function Origin({ document: { originId } }: { document: Document }) {
  const kind = kindOfId(originId ?? "");
  const origin = kind && KINDS[kind];
  return origin && <a href={`/dashboard/${origin.path}/${originId}`}>{withArticle(origin)}</a>;
}

function Payments({ c, payments }: { c: PageContext; payments: readonly PaymentRow[] }) {
  if (payments.length === 0) return null;
  const { format } = c.var;
  return (
    <section>
      <DataTable
        caption="Payments"
        visibleCaption
        columns={[{ head: "Paid on" }, { head: "Method" }, { head: "Amount", figure: true }]}
        rows={payments.map((payment) => ({
          cells: [
            format.date(payment.paidOn),
            [payment.method, payment.reference].filter(Boolean).join(" "),
            format.money(BigInt(payment.amountMinor), payment.currency),
          ],
        }))}
      />
    </section>
  );
}

type LinksProps = { c: PageContext; links: readonly LinkRow[]; path: string };

function Links({ c, links, path }: LinksProps) {
  const { format, session, actor } = c.var;
  const live = links.filter((link) => link.revokedMs === null && link.expiresMs > actor.nowMs);
  if (live.length === 0) return null;
  return (
    <section>
      <DataTable
        caption="Links"
        visibleCaption
        columns={[{ head: "Expires" }, { head: "Views", figure: true }, { head: "" }]}
        rows={live.map((link) => ({
          cells: [
            format.day(link.expiresMs),
            format.count(link.views),
            <ActionButton
              action={`${path}/links/${link.id}/revoke`}
              token={session.formToken}
              label="Revoke"
              danger
              asks
            />,
          ],
        }))}
      />
    </section>
  );
}
