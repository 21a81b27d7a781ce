/** Sends e-mail by HTTP through whichever provider the installation has. */
import type { Env } from "../../platform/env.ts";
import { retryAfterMs } from "../retry.ts";
import { EMAIL_PROVIDERS, type Email, mayRetry, type ProviderName, WIRES } from "./wire.ts";

export type Sent =
  | { kind: "sent"; providerId: string }
  | { kind: "retry"; afterMs: number | null; reason: string }
  | { kind: "rejected"; reason: string };

export interface EmailProvider {
  name: string;
  send(mail: Email, idempotencyKey: string, signal: AbortSignal): Promise<Sent>;
}

/** The one that is set up, or null. Errors: one that names what is set wrongly. */
export function providerOf(env: Env): EmailProvider | null {
  const { EMAIL_PROVIDER: wanted, EMAIL_KEY: key } = env;
  if (!wanted) return null;
  const name = EMAIL_PROVIDERS.find((known) => known === wanted);
  if (!name) throw new Error(`EMAIL_PROVIDER is one of ${EMAIL_PROVIDERS.join(", ")}`);
  if (!key || !env.EMAIL_FROM) throw new Error("EMAIL_PROVIDER needs EMAIL_KEY and EMAIL_FROM");
  return httpProvider(name, key, env.EMAIL_BASE_URL || WIRES[name].baseUrl);
}

function httpProvider(name: ProviderName, key: string, baseUrl: string): EmailProvider {
  const { request, idOf } = WIRES[name];
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

function objectOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // an accepted message stays accepted, whatever was said about it
  }
}
