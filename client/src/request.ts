/** One request to the API, sent again where its answer was lost or the API was busy. */
import { API_VERSION } from "./api.ts";
import { ApiError, errorOf } from "./error.ts";

export type Connection = {
  url: string;
  key: string;
  fetch: typeof fetch;
  /** How often a request is sent again. */
  retries: number;
  timeoutMs: number;
};

export type Wire = {
  method: string;
  /** With its query. */
  path: string;
  body?: BodyInit;
  contentType?: string;
  contentEncoding?: string;
  /** With an operator's key: the tenant for which it is made. */
  tenant?: string;
  /** For a page that goes away: the browser sends it to the end. */
  keepalive?: boolean;
};

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/**
 * The answer, which is 2xx. Every attempt of a write carries the same Idempotency-Key, so that one
 * whose answer was lost is not done twice.
 * Errors: `ApiError`, and what `fetch` throws where no answer came to any attempt.
 */
export async function send(to: Connection, wire: Wire): Promise<Response> {
  const headers = headersOf(to, wire);
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await to.fetch(to.url + wire.path, {
        method: wire.method,
        headers,
        signal: AbortSignal.timeout(to.timeoutMs),
        ...(wire.body === undefined ? {} : { body: wire.body }),
        ...(wire.keepalive ? { keepalive: true } : {}),
      });
      if (response.ok) return response;
      throw await errorOf(response);
    } catch (error) {
      const final = error instanceof ApiError && !error.isTemporary;
      if (final || attempt >= to.retries) throw error;
      await wait(waitMs(attempt, error));
    }
  }
}

function headersOf({ key }: Connection, wire: Wire): Record<string, string> {
  const { method, contentType, contentEncoding, tenant } = wire;
  const headers: Record<string, string> = {
    authorization: `Bearer ${key}`,
    "api-version": API_VERSION,
  };
  if (tenant !== undefined) headers["boxcost-tenant"] = encodeURIComponent(tenant);
  if (contentType !== undefined) headers["content-type"] = contentType;
  if (contentEncoding !== undefined) headers["content-encoding"] = contentEncoding;
  if (method !== "GET") headers["idempotency-key"] = crypto.randomUUID();
  return headers;
}

/** What the API asks for, else twice as long each time, less up to half by chance. */
function waitMs(attempt: number, error: unknown): number {
  const asked = error instanceof ApiError ? error.retryAfterSeconds : null;
  if (asked !== null) return asked * 1000;
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return most * (1 - Math.random() / 2);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
