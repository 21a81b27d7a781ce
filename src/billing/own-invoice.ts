/** The invoices that billing makes are the operator's usage, as those that it writes by hand. */
import { OPERATOR_TENANT } from "../accounts/store/tenant-store.ts";
import type { EventOf } from "../core/event.ts";
import { readDocument } from "../documents/store/store.ts";
import { trackInvoiceGeneration } from "../metering/record/track.ts";
import type { Env } from "../platform/runtime/env.ts";

/** Counts an invoice once it is final; a draft by hand was counted when it was made. */
export async function countOwnInvoice(
  env: Env,
  event: EventOf<"invoice.finalized">,
  realMs: number,
): Promise<void> {
  if (event.tenant !== OPERATOR_TENANT) return;
  const { invoice_id } = event.body;
  const invoice = await readDocument(env.DB, { tenantId: OPERATOR_TENANT }, "invoice", invoice_id);
  if (!invoice || invoice.closeKey === null) return;
  const operator = { tenantId: OPERATOR_TENANT, nowMs: realMs, userId: null };
  await trackInvoiceGeneration(env, operator, invoice.id);
}
