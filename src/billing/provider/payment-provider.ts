/** What a payment provider is: one record a provider, all of them in `registry.ts`. Pure. */
/** An event as it came: its raw body, and the header that signs it. */
export type Signed = { body: string; signature: string };

/**
 * Money that an event moved; ids are the provider's own, so that an event that comes twice, or two
 * events about one payment, are one payment.
 */
export type Movement = {
  /**
   * A refund that failed takes back the one that was booked, and never counts from then on. A
   * chargeback is a refund by its dispute's id, and one that was won back is a refund that failed.
   * A refund is unclear where its status is missing or unknown: it may have moved money or not.
   */
  kind: "payment" | "refund" | "refund_failed" | "refund_unclear";
  id: string;
  amountMinor: bigint;
  currency: string;
  /** The invoice that it is for; a refund may only name the payment that it returns. */
  invoiceId: string | null;
  paymentId: string | null;
};

export type PaymentProvider = {
  /** What people call it. */
  label: string;
  /** The name of the operation that takes its events, in the API's document. */
  operationId: string;
  /** The request header that signs an event. */
  header: string;
  /** True where the signature is the secret's, and fresh at `nowMs`, real time. */
  verify(secret: string, signed: Signed, nowMs: number): boolean;
  /** The money that an event moved, or null for one that moves none. */
  movementOf(event: unknown): Movement | null;
};
