/** The payment providers: adding one is its file and its line here. Pure. */
import type { PaymentProvider } from "./payment-provider.ts";
import { razorpay } from "./razorpay.ts";
import { stripe } from "./stripe.ts";

/** By the names that they have in paths and in stored rows. */
export const PAYMENT_PROVIDERS = {
  stripe,
  razorpay,
} satisfies Record<string, PaymentProvider>;

export type Provider = keyof typeof PAYMENT_PROVIDERS;
export const PROVIDERS = Object.keys(PAYMENT_PROVIDERS) as [Provider, ...Provider[]];

/** What a provider does, by its name. */
export function providerNamed(name: Provider): PaymentProvider {
  return PAYMENT_PROVIDERS[name];
}
