/** Every provider of e-mail over HTTP, by its name in EMAIL_PROVIDER. */
import type { HttpProvider } from "./contract.ts";
import { postmark } from "./postmark.ts";
import { resend } from "./resend.ts";
import { sendgrid } from "./sendgrid.ts";

export const EMAIL_PROVIDERS = {
  resend,
  postmark,
  sendgrid,
} satisfies Record<string, HttpProvider>;

export type ProviderName = keyof typeof EMAIL_PROVIDERS;
export const PROVIDER_NAMES = Object.keys(EMAIL_PROVIDERS) as ProviderName[];
