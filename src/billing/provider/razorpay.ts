/** Razorpay: a signature over the body as it came. Pure. */
import { fieldAt, minorAt, textAt } from "./event-field.ts";
import type { Movement, PaymentProvider } from "./payment-provider.ts";
import { hmacHex, isSameSignature } from "./signature.ts";

export const razorpay: PaymentProvider = {
  label: "Razorpay",
  operationId: "takeRazorpayEvent",
  header: "x-razorpay-signature",

  verify(secret, { body, signature }) {
    return isSameSignature(hmacHex(secret, body), signature);
  },

  movementOf(event) {
    const of = textAt(event, "event") === "payment.captured" ? "payment" : "refund";
    const entity = fieldAt(event, "payload", of, "entity");
    const kind = of === "payment" ? of : refundKind(textAt(event, "event"), entity);
    if (kind === null) return null;
    const [id, amountMinor] = [textAt(entity, "id"), minorAt(entity, "amount")];
    const currency = textAt(entity, "currency");
    if (id === null || amountMinor === null || currency === null) return null;
    return {
      kind,
      id,
      amountMinor,
      currency,
      invoiceId: textAt(entity, "notes", "invoice_id"),
      paymentId: kind === "payment" ? null : textAt(entity, "payment_id"),
    };
  },
};

/** By the refund's status where the event has it: the same refund comes created, then processed. */
function refundKind(type: string | null, entity: unknown): Movement["kind"] | null {
  if (type === null || !REFUND_EVENTS.has(type)) return null;
  const status = textAt(entity, "status") ?? type.slice("refund.".length);
  if (status === "processed") return "refund";
  return status === "failed" ? "refund_failed" : null;
}

const REFUND_EVENTS = new Set([
  "refund.created",
  "refund.processed",
  "refund.failed",
  "refund.speed_changed",
]);
