/** The invoices that billing makes are the operator's usage, as those that it writes by hand. */
import { OPERATOR_TENANT } from "../accounts/store.ts";
import type { NewsBodies } from "../core/news.ts";
import { readDocument } from "../documents/store.ts";
import { trackInvoiceGeneration } from "../metering/track.ts";
import type { Env } from "../platform/env.ts";
import type { Announced } from "../platform/outbox.ts";

/** Counts an invoice once it is final; a draft by hand was counted when it was made. */
export async function countOwnInvoice(env: Env, news: Announced, realMs: number): Promise<void> {
  if (news.type !== "invoice.finalized" || news.tenant !== OPERATOR_TENANT) return;
  const { invoice_id } = JSON.parse(news.body) as NewsBodies["invoice.finalized"];
  const invoice = await readDocument(env.DB, OPERATOR_TENANT, "invoice", invoice_id);
  if (!invoice || invoice.closeKey === null) return;
  const operator = { tenantId: OPERATOR_TENANT, nowMs: realMs, userId: null };
  await trackInvoiceGeneration(env, operator, invoice.id);
}
