/** Stripe: a signature with its time, over `<time>.<body>`. Pure. */
import { fieldAt, minorAt, textAt } from "./event-field.ts";
import type { Movement, PaymentProvider } from "./payment-provider.ts";
import { hmacHex, isSameSignature } from "./signature.ts";

/** Stripe's recommendation: how old a signed event may be. */
const TOLERANCE_SECONDS = 300;

/** Currencies that Stripe counts in hundredths although they have none. */
const HUNDREDTHS = new Set(["ISK", "UGX"]);

/** What a refund's status says, which may be null; null here where it has moved nothing yet. */
const REFUND_KINDS = new Map<string | null, Movement["kind"] | null>([
  ["pending", null],
  ["requires_action", null],
  ["succeeded", "refund"],
  ["failed", "refund_failed"],
  ["canceled", "refund_failed"],
]);

export const stripe: PaymentProvider = {
  label: "Stripe",
  operationId: "takeStripeEvent",
  header: "stripe-signature",

  verify(secret, { body, signature }, nowMs) {
    const parsed = parseStripeSignature(signature);
    if (!parsed || Math.abs(nowMs / 1000 - parsed.timestamp) > TOLERANCE_SECONDS) return false;
    const expected = hmacHex(secret, `${parsed.timestamp}.${body}`);
    return parsed.signatures.some((given) => isSameSignature(expected, given));
  },

  movementOf(event) {
    const object = fieldAt(event, "data", "object");
    const invoiceId = textAt(object, "metadata", "invoice_id");
    switch (textAt(event, "type")) {
      case "payment_intent.succeeded":
        return movement("payment", object, "amount_received", textAt(object, "id"), invoiceId);
      case "checkout.session.completed":
      case "checkout.session.async_payment_succeeded": {
        if (textAt(object, "payment_status") !== "paid") return null;
        const reference = invoiceId ?? textAt(object, "client_reference_id");
        const intent = textAt(object, "payment_intent");
        return movement("payment", object, "amount_total", intent, reference);
      }
      case "refund.created":
      case "refund.updated":
      case "refund.failed":
      case "charge.refund.updated": {
        const known = REFUND_KINDS.get(textAt(object, "status"));
        const kind = known === undefined ? "refund_unclear" : known;
        return kind ? movement(kind, object, "amount", textAt(object, "id"), invoiceId) : null;
      }
      // A dispute moves money only by these; an inquiry or a new dispute has moved none yet.
      case "charge.dispute.funds_withdrawn":
        return movement("refund", object, "amount", textAt(object, "id"), invoiceId);
      case "charge.dispute.funds_reinstated":
        return movement("refund_failed", object, "amount", textAt(object, "id"), invoiceId);
      default:
        return null;
    }
  },
};

function movement(
  kind: Movement["kind"],
  object: unknown,
  amountField: string,
  id: string | null,
  invoiceId: string | null,
): Movement | null {
  const amount = minorAt(object, amountField);
  const currency = textAt(object, "currency")?.toUpperCase();
  if (amount === null || !currency || id === null) return null;
  return {
    kind,
    id,
    amountMinor: HUNDREDTHS.has(currency) ? amount / 100n : amount,
    currency,
    invoiceId,
    paymentId: kind !== "payment" ? textAt(object, "payment_intent") : null,
  };
}

type StripeSignature = { timestamp: number; signatures: string[] };

/** The parts of a Stripe-Signature header, `t=…,v1=…`, or null for any other text. */
export function parseStripeSignature(header: string): StripeSignature | null {
  const parts = header.split(",").map((part) => part.trim().split("="));
  const timestamp = Number(parts.find(([name]) => name === "t")?.[1]);
  const signatures = parts.flatMap(([name, value]) => (name === "v1" && value ? [value] : []));
  return Number.isSafeInteger(timestamp) && timestamp > 0 && signatures.length > 0
    ? { timestamp, signatures }
    : null;
}
