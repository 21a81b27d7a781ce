/** Razorpay: a signature over the body as it came. Pure. */
import { fieldAt, minorAt, textAt } from "./event-field.ts";
import type { PaymentProvider } from "./payment-provider.ts";
import { hmacHex, isSameSignature } from "./signature.ts";

export const razorpay: PaymentProvider = {
  label: "Razorpay",
  operationId: "takeRazorpayEvent",
  header: "x-razorpay-signature",

  verify(secret, { body, signature }) {
    return isSameSignature(hmacHex(secret, body), signature);
  },

  movementOf(event) {
    const type = textAt(event, "event");
    if (type !== "payment.captured" && type !== "refund.processed") return null;
    const kind = type === "payment.captured" ? "payment" : "refund";
    const entity = fieldAt(event, "payload", kind, "entity");
    const [id, amountMinor] = [textAt(entity, "id"), minorAt(entity, "amount")];
    const currency = textAt(entity, "currency");
    if (id === null || amountMinor === null || currency === null) return null;
    return {
      kind,
      id,
      amountMinor,
      currency,
      invoiceId: textAt(entity, "notes", "invoice_id"),
      paymentId: kind === "refund" ? textAt(entity, "payment_id") : null,
    };
  },
};
