/**
 * What payment providers tell us, and whether it is they. Pure: signatures are compared with ones
 * that the caller computed. Amounts are minor units; `externalId` is the provider's own id, so that
 * an event that comes twice, or two events about one payment, are one payment.
 */

export const PROVIDERS = ["stripe", "razorpay"] as const;
export type Provider = (typeof PROVIDERS)[number];

export type Movement = {
  kind: "payment" | "refund";
  externalId: string;
  amountMinor: bigint;
  currency: string;
  /** The invoice that it is for; a refund may only name the payment that it returns. */
  invoiceId: string | null;
  paymentId: string | null;
};

/** Stripe's recommendation: how old a signed event may be. */
export const TOLERANCE_SECONDS = 300;

export type StripeSignature = { timestamp: number; signatures: string[] };

/** The parts of a Stripe-Signature header, `t=…,v1=…`, or null for any other text. */
export function parseStripeSignature(header: string): StripeSignature | null {
  const parts = header.split(",").map((part) => part.trim().split("="));
  const timestamp = Number(parts.find(([name]) => name === "t")?.[1]);
  const signatures = parts.flatMap(([name, value]) => (name === "v1" && value ? [value] : []));
  return Number.isSafeInteger(timestamp) && timestamp > 0 && signatures.length > 0
    ? { timestamp, signatures }
    : null;
}

/** True where a signed event is fresh at `nowMs`, real time. */
export function isFresh({ timestamp }: StripeSignature, nowMs: number): boolean {
  return Math.abs(nowMs / 1000 - timestamp) <= TOLERANCE_SECONDS;
}

type Json = Record<string, unknown>;

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === "object" && inner !== null ? (inner as Json)[name] : null),
    value,
  );
}

function textAt(value: unknown, ...path: string[]): string | null {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" ? found : null;
}

function minorAt(value: unknown, ...path: string[]): bigint | null {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isSafeInteger(found) && found > 0
    ? BigInt(found)
    : null;
}

/** The money that an event moved, or null for one that moves none. */
export function movementOf(provider: Provider, event: unknown): Movement | null {
  return provider === "stripe" ? stripeMovement(event) : razorpayMovement(event);
}

function stripeMovement(event: unknown): Movement | null {
  const object = at(event, "data", "object");
  const invoiceId = textAt(object, "metadata", "invoice_id");
  switch (textAt(event, "type")) {
    case "payment_intent.succeeded":
      return stripe("payment", object, "amount_received", textAt(object, "id"), invoiceId);
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      if (textAt(object, "payment_status") !== "paid") return null;
      return stripe(
        ...(["payment", object, "amount_total", textAt(object, "payment_intent")] as const),
        invoiceId ?? textAt(object, "client_reference_id"),
      );
    case "refund.created":
      return stripe("refund", object, "amount", textAt(object, "id"), invoiceId);
    default:
      return null;
  }
}

/** Currencies that Stripe counts in hundredths although they have none. */
const STRIPE_HUNDREDTHS = new Set(["ISK", "UGX"]);

function stripe(
  kind: Movement["kind"],
  object: unknown,
  amountField: string,
  id: string | null,
  invoiceId: string | null,
): Movement | null {
  const amount = minorAt(object, amountField);
  const currency = textAt(object, "currency")?.toUpperCase();
  if (amount === null || !currency || id === null) return null;
  const amountMinor = STRIPE_HUNDREDTHS.has(currency) ? amount / 100n : amount;
  const payment = kind === "refund" ? textAt(object, "payment_intent") : null;
  const paymentId = payment && `stripe:${payment}`;
  return { kind, externalId: `stripe:${id}`, amountMinor, currency, invoiceId, paymentId };
}

function razorpayMovement(event: unknown): Movement | null {
  const type = textAt(event, "event");
  if (type !== "payment.captured" && type !== "refund.processed") return null;
  const kind = type === "payment.captured" ? "payment" : "refund";
  const entity = at(event, "payload", kind, "entity");
  const [id, amountMinor] = [textAt(entity, "id"), minorAt(entity, "amount")];
  const currency = textAt(entity, "currency");
  if (id === null || amountMinor === null || currency === null) return null;
  const payment = kind === "refund" ? textAt(entity, "payment_id") : null;
  return {
    kind,
    externalId: `razorpay:${id}`,
    amountMinor,
    currency,
    invoiceId: textAt(entity, "notes", "invoice_id"),
    paymentId: payment && `razorpay:${payment}`,
  };
}
