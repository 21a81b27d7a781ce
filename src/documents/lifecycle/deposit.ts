/** Deposits: which invoices a final one takes off, each by one at a time. */
import { eq, notExists } from "drizzle-orm";
import { invalidField } from "../../core/errors.ts";
import { moneyText } from "../../core/money.ts";
import { insist, orm, statement } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { DocumentContent } from "../model/content.ts";
import { leftOfGroup, leftTotal } from "../model/left.ts";
import { type Deposit, depositedBy } from "../model/settlement.ts";
import { sum } from "../model/split.ts";
import type { Totals } from "../model/totals.ts";
import { readLeft } from "../store/left-store.ts";
import { chargedOf, type Document, settlementOf } from "../store/row.ts";
import { insistUnchanged, readDocument } from "../store/store.ts";
import { depositDeductions } from "../store/table.ts";
import { ofTenant, type Viewer } from "../store/viewer.ts";

/** A content with the deposits of these ids; what they come to is read now. Errors: 422. */
export async function withDeposits(
  env: Env,
  actor: Viewer,
  content: DocumentContent,
  customerId: string,
  ids: readonly string[] | undefined,
): Promise<DocumentContent> {
  const { settlement } = content;
  const wanted = ids ?? settlement.deposits.map(({ id }) => id);
  if (wanted.length === 0) return { ...content, settlement: { ...settlement, deposits: [] } };
  const found = await readDeposits(env, ids ? actor : ofTenant(actor), content, customerId, wanted);
  return { ...content, settlement: { ...settlement, deposits: found.map(({ shown }) => shown) } };
}

type Found = { document: Document; shown: Deposit };

async function readDeposits(
  env: Env,
  viewer: Viewer,
  content: Pick<DocumentContent, "currency" | "settlement">,
  customerId: string,
  ids: readonly string[],
): Promise<Found[]> {
  if (content.settlement.purpose !== null) {
    throw invalidField("/deposits", "a deposit takes no other deposit off");
  }
  return Promise.all(
    ids.map(async (id, i) => {
      const pointer = `/deposits/${i}`;
      if (ids.indexOf(id) !== i) throw invalidField(pointer, "is named twice");
      const document = await readDocument(env.DB, viewer, "invoice", id);
      if (document?.issuer !== viewer.tenantId || settlementOf(document).purpose !== "deposit") {
        throw invalidField(pointer, "names no deposit invoice of yours");
      }
      if (document.customerId !== customerId) {
        throw invalidField(pointer, "is a deposit of another customer");
      }
      if (document.currency !== content.currency) {
        throw invalidField(pointer, `is in ${document.currency}, not ${content.currency}`);
      }
      if (document.status !== "paid") {
        throw invalidField(pointer, `is ${document.status}: only what was paid is taken off`);
      }
      const charged = chargedOf(document);
      const left = await readLeft(env.DB, document);
      const { taxInclusive } = charged.content;
      const taxes = charged.groups.map((group, g) => {
        const { category, percent, name } = group.tax;
        const tax = sum(left.taxes[g] ?? []);
        const base = leftOfGroup(group, left) - (taxInclusive ? tax : 0n);
        const amounts = { baseMinor: base.toString(), taxMinor: tax.toString() };
        return { category, percent, name, ...amounts };
      });
      const { number, issueDate } = document;
      const totalMinor = leftTotal(charged, left).toString();
      const shown = { id, number: number ?? "", date: issueDate ?? "", totalMinor, taxes };
      return { document, shown };
    }),
  );
}

/** Errors: 422 where the deposits or a cash discount are of more than the document charges. */
export function checkSettlement({ settlement, currency }: DocumentContent, totals: Totals): void {
  const { deposits, cashDiscounts } = settlement;
  const { totalMinor } = totals;
  const most = moneyText(totalMinor, currency);
  if (deposits.length > 0 && depositedBy(deposits) > totalMinor) {
    throw invalidField("/deposits", `come to more than the total, ${most}`);
  }
  for (const [i, { baseMinor }] of cashDiscounts.entries()) {
    if (baseMinor !== null && BigInt(baseMinor) > totalMinor) {
      throw invalidField(`/cash_discounts/${i}/base_amount`, `is at most the total, ${most}`);
    }
  }
}

/**
 * The statements that take a final invoice's deposits off. They refuse their batch where one was
 * changed since it was read, or another invoice takes it off. Errors: 422 where one is no more what
 * the draft takes off.
 */
export async function takeDeposits(
  env: Env,
  actor: Viewer,
  invoice: { id: string; customerId: string; content: DocumentContent },
): Promise<D1PreparedStatement[]> {
  const { id, customerId, content } = invoice;
  const { deposits } = content.settlement;
  if (deposits.length === 0) return [];
  const ids = deposits.map((deposit) => deposit.id);
  const found = await readDeposits(env, ofTenant(actor), content, customerId, ids);
  return found.flatMap(({ document, shown }, i) => {
    if (shown.totalMinor !== deposits[i]?.totalMinor) {
      const why = "was credited in part since the draft was saved: save the draft again";
      throw invalidField(`/deposits/${i}`, why);
    }
    const values = { depositId: document.id, invoiceId: id };
    return [
      insistUnchanged(env.DB, document),
      insistFree(env.DB, document, "another invoice"),
      statement(env.DB, orm(env.DB).insert(depositDeductions).values(values)),
    ];
  });
}

/** The statement that refuses its batch where an invoice takes the deposit off. */
export function insistFree(
  db: D1Database,
  { id, number }: Pick<Document, "id" | "number">,
  by: string,
): D1PreparedStatement {
  const taken = orm(db)
    .select({ id: depositDeductions.depositId })
    .from(depositDeductions)
    .where(eq(depositDeductions.depositId, id));
  return insist(db, notExists(taken), {
    code: "resource.conflict",
    detail: `the deposit ${number} is taken off ${by}: credit all of that invoice first`,
  });
}

/**
 * The statements that a credit note of an invoice adds: a deposit that another invoice takes off is
 * not credited, and an invoice that is void frees its own.
 */
export function creditedDeposits(
  db: D1Database,
  invoice: Document,
  isVoid: boolean,
): D1PreparedStatement[] {
  const { purpose, deposits } = settlementOf(invoice);
  const freed = orm(db)
    .delete(depositDeductions)
    .where(eq(depositDeductions.invoiceId, invoice.id));
  return [
    ...(purpose === "deposit" ? [insistFree(db, invoice, "an invoice")] : []),
    ...(isVoid && deposits.length > 0 ? [statement(db, freed)] : []),
  ];
}

/** Errors: 422 where a part is credited of what deposits paid: only all of it is. */
export function insistBesideDeposits(invoice: Document, creditedMinor: number): void {
  const { totalMinor, depositedMinor, currency } = invoice;
  if (depositedMinor === 0 || creditedMinor === totalMinor) return;
  const most = totalMinor - depositedMinor - invoice.creditedMinor;
  if (creditedMinor - invoice.creditedMinor <= most) return;
  const text = moneyText(BigInt(Math.max(0, most)), currency);
  const why = `credits more than is left beside the deposits (${text})`;
  throw invalidField("/lines", `${why}: credit all that is left, and then the deposits`);
}
