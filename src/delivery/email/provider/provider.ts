/** Sends e-mail through whichever provider the installation has: by HTTP, or the platform's own. */
import type { Env } from "../../../platform/runtime/env.ts";
import { retryAfterMs } from "../../transport/retry.ts";
import { builderOf, isPermanent } from "./binding.ts";
import type { Email } from "./contract.ts";
import { EMAIL_PROVIDERS, PROVIDER_NAMES, type ProviderName } from "./registry.ts";

export type Sent =
  | { kind: "sent"; providerId: string }
  | { kind: "retry"; afterMs: number | null; reason: string }
  | { kind: "rejected"; reason: string };

export interface EmailProvider {
  name: string;
  send(mail: Email, idempotencyKey: string, signal: AbortSignal): Promise<Sent>;
}

/** The platform's own, through the binding EMAIL. */
const CLOUDFLARE = "cloudflare";

/** The provider that is set up, or null. Errors: an Error that names what is set wrongly. */
export function providerOf(env: Env): EmailProvider | null {
  const { EMAIL_PROVIDER: wanted, EMAIL_KEY: key, EMAIL_FROM: from, EMAIL: binding } = env;
  if (!wanted) return null;
  if (!from) throw new Error("EMAIL_PROVIDER needs EMAIL_FROM");
  if (wanted === CLOUDFLARE) {
    if (!binding) throw new Error("EMAIL_PROVIDER=cloudflare needs the send_email binding EMAIL");
    return boundProvider(binding);
  }
  const name = PROVIDER_NAMES.find((known) => known === wanted);
  const names = [...PROVIDER_NAMES, CLOUDFLARE].join(", ");
  if (!name) throw new Error(`EMAIL_PROVIDER is one of ${names}`);
  if (!key) throw new Error("EMAIL_PROVIDER needs EMAIL_KEY");
  return httpProvider(name, key, env.EMAIL_BASE_URL || EMAIL_PROVIDERS[name].baseUrl);
}

/** It takes no idempotency key: a crash between sending and writing it down sends again. */
function boundProvider(binding: SendEmail): EmailProvider {
  return {
    name: CLOUDFLARE,
    async send(mail) {
      try {
        return { kind: "sent", providerId: (await binding.send(builderOf(mail))).messageId };
      } catch (error) {
        const { code } = error as { code?: string };
        const reason = [code, (error as Error).message].filter(Boolean).join(" ").slice(0, 300);
        if (code !== undefined && isPermanent(code)) return { kind: "rejected", reason };
        return { kind: "retry", afterMs: null, reason };
      }
    },
  };
}

function httpProvider(name: ProviderName, key: string, baseUrl: string): EmailProvider {
  const { request, idOf } = EMAIL_PROVIDERS[name];
  return {
    name,
    async send(mail, idempotencyKey, signal) {
      const { path, headers, body } = request(mail, key, idempotencyKey);
      try {
        const response = await fetch(baseUrl + path, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...headers },
          body: JSON.stringify(body),
          redirect: "manual",
          signal,
        });
        const text = await response.text();
        if (response.ok) {
          return { kind: "sent", providerId: String(idOf(objectOf(text), response.headers) ?? "") };
        }
        const reason = `${response.status} ${text.slice(0, 300)}`;
        if (!mayRetry(response.status)) return { kind: "rejected", reason };
        const afterMs = retryAfterMs(response.headers.get("retry-after"), Date.now());
        return { kind: "retry", afterMs, reason };
      } catch (error) {
        return { kind: "retry", afterMs: null, reason: String(error).slice(0, 300) };
      }
    },
  };
}

/** True where the same request may succeed later: also where only the operator's key is wrong. */
export function mayRetry(status: number): boolean {
  return status >= 500 || [401, 403, 408, 409, 429].includes(status);
}

function objectOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // an accepted message stays accepted, whatever was said about it
  }
}
