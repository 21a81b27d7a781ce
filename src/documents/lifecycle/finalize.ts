/**
 * A document becomes final: its number, its snapshots and its announcement in one batch. Billing
 * closes periods through `finalizeStatements`; the routes finalise drafts through the same stamp.
 */
import { type SQL, sql } from "drizzle-orm";
import { moneyText } from "../../core/money.ts";
import { dateText } from "../../core/period.ts";
import { announceFrom } from "../../platform/queue/outbox.ts";
import { moveBalance } from "../balance/balance-store.ts";
import { transactionOf } from "../balance/settle-invoice.ts";
import type { FinalEvent } from "../kind/kind.ts";
import { KINDS } from "../kind/registry.ts";
import type { DocumentContent } from "../model/content.ts";
import type { Parties } from "../model/party.ts";
import { dueAtIssue } from "../model/settlement.ts";
import { type Totals, totalsOf } from "../model/totals.ts";
import { remindFromIssue } from "../reminder/remind.ts";
import { stampFinal } from "../store/allot-number.ts";
import { documents } from "../store/table.ts";
import { insertDraft } from "../store/write-draft.ts";

/** What billing hands over; `contentFor` and `lineFor` fill what it does not care about. */
export type InvoiceDraft = {
  id: string;
  parties: Parties;
  content: DocumentContent;
  /** The recipient's time, which is the issue date's. */
  nowMs: number;
  createdBy?: string | null;
};

/**
 * The statements that write a final invoice or credit note: document, lines, number, the
 * announcement to its issuer and to the tenant it is addressed to, and its first reminder.
 * `closeKey` is unique: a batch that carries the same one again fails as a whole
 * (`isUniqueViolation(error, "documents")`), so no number is lost. `totals` are given for a credit
 * note that takes parts of its invoice; one that has no invoice gives its total to the customer's
 * balance. Errors: 422 where the content has no possible totals.
 */
export function finalizeStatements(
  db: D1Database,
  draft: InvoiceDraft,
  closeKey: string,
  totals: Totals = totalsOf(draft.content),
): D1PreparedStatement[] {
  return [
    ...insertDraft(db, { ...draft, totals }, closeKey),
    ...finalStatements(db, {
      id: draft.id,
      revision: 1,
      parties: draft.parties,
      totals,
      nowMs: draft.nowMs,
      content: draft.content,
    }),
    ...givenWithoutInvoice(db, draft, totals),
  ];
}

/** A credit note that takes nothing off an invoice gives all of it to its customer's balance. */
function givenWithoutInvoice(
  db: D1Database,
  { id, parties, content, nowMs }: InvoiceDraft,
  { totalMinor }: Totals,
): D1PreparedStatement[] {
  if (!KINDS[content.kind].credits || content.originId !== null || totalMinor <= 0n) return [];
  return moveBalance(db, {
    ...transactionOf({ kind: "credit_note", sourceId: id, nowMs, realMs: nowMs }),
    tenant: parties.issuer.tenant,
    customerId: parties.customer.id,
    currency: content.currency,
    amountMinor: Number(totalMinor),
    invoiceId: null,
    day: dateText(nowMs, parties.issuer.timeZone),
  });
}

type Final = {
  id: string;
  revision: number;
  parties: Parties;
  totals: Pick<Totals, "totalMinor">;
  nowMs: number;
  content: Pick<
    DocumentContent,
    | "kind"
    | "currency"
    | "dueDate"
    | "paymentTermsDays"
    | "prepaidMinor"
    | "originId"
    | "settlement"
  >;
};

/** The same for a draft that is there already, as it was read at `revision`. */
export function finalStatements(db: D1Database, final: Final): D1PreparedStatement[] {
  const { kind, paymentTermsDays, prepaidMinor, settlement } = final.content;
  const due = dueAtIssue(final.totals.totalMinor, prepaidMinor, settlement);
  const status = KINDS[kind].finalStatus(due);
  const { parties, nowMs } = final;
  const invoice = { ...final.content, id: final.id, scope: parties.scope };
  return [
    ...stampFinal(db, { ...final, kind, paymentTermsDays, status }),
    ...announceFinal(db, final),
    ...(status === "open" ? remindFromIssue(db, invoice, parties.issuer, nowMs) : []),
  ];
}

/** The event's body as a query: the number is known only to the batch. */
function finalBody({ idField, originField }: FinalEvent, id: string, total: string): SQL {
  const { number, originId, currency } = documents;
  const origin = originField === null ? sql`` : sql`${originField}, ${originId},`;
  return sql`
    SELECT json_object(${idField}, ${documents.id}, 'number', ${number}, ${origin}
      'total', json(${total}), 'currency', ${currency})
    FROM ${documents} WHERE ${documents.id} = ${id}`;
}

function announceFinal(db: D1Database, final: Final): D1PreparedStatement[] {
  const { id, parties, content, nowMs } = final;
  const { finalEvent } = KINDS[content.kind];
  if (finalEvent === null) return [];
  const total = moneyText(final.totals.totalMinor, content.currency);
  const to = [parties.issuer.tenant];
  const { linkedTenant } = parties.customer;
  if (linkedTenant !== null && linkedTenant !== parties.issuer.tenant) to.push(linkedTenant);
  return to.map((tenant) =>
    announceFrom(
      db,
      { id: `${id}:finalized:${tenant}`, tenant, type: finalEvent.type, atMs: nowMs },
      finalBody(finalEvent, id, total),
    ),
  );
}
