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
    const type = textAt(event, "event");
    const of = entityOf(type);
    const entity = fieldAt(event, "payload", of, "entity");
    const kind = KIND_OF[of](type, entity);
    if (kind === null) return null;
    // Of a dispute that was lost, what was deducted: it may be less than was disputed.
    const amountField = of === "dispute" && kind === "refund" ? "amount_deducted" : "amount";
    const [id, amountMinor] = [textAt(entity, "id"), minorAt(entity, amountField)];
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

type Entity = "payment" | "refund" | "dispute";

function entityOf(type: string | null): Entity {
  if (type === "payment.captured") return "payment";
  return type?.startsWith("payment.dispute.") ? "dispute" : "refund";
}

const KIND_OF: Record<Entity, (type: string | null, entity: unknown) => Movement["kind"] | null> = {
  payment: () => "payment",
  refund: refundKind,
  dispute: disputeKind,
};

/** A dispute deducts money when it is lost; one that is won later gives it back. */
function disputeKind(type: string | null): Movement["kind"] | null {
  if (type === "payment.dispute.lost") return "refund";
  return type === "payment.dispute.won" ? "refund_failed" : null;
}

/** By the refund's status where the event has it: the same refund comes created, then processed. */
function refundKind(type: string | null, entity: unknown): Movement["kind"] | null {
  if (type === null || !REFUND_EVENTS.has(type)) return null;
  const status = textAt(entity, "status") ?? type.slice("refund.".length);
  const known = REFUND_KINDS.get(status);
  return known === undefined ? "refund_unclear" : known;
}

/** What a refund's status says; null where it has moved nothing yet. */
const REFUND_KINDS = new Map<string, Movement["kind"] | null>([
  ["created", null],
  ["pending", null],
  ["processed", "refund"],
  ["failed", "refund_failed"],
]);

const REFUND_EVENTS = new Set([
  "refund.created",
  "refund.processed",
  "refund.failed",
  "refund.speed_changed",
]);
