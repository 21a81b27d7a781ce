/** Calls to Stripe's paths as its clients write them, from inside the Worker. */
import { expect } from "vitest";
import { type Answer, call } from "../../support/api.ts";

type Params = Record<string, unknown>;

/** As the published client writes a form: names in brackets, nothing for null. */
export function formOf(params: Params, at = ""): string {
  const pairs = Object.entries(params).map(([name, value]) => {
    const key = at === "" ? name : `${at}[${name}]`;
    if (typeof value === "object" && value !== null) return formOf(value as Params, key);
    return `${encodeURIComponent(key)}=${encodeURIComponent(value === null ? "" : String(value))}`;
  });
  return pairs.filter((pair) => pair !== "").join("&");
}

const FORM = "application/x-www-form-urlencoded";

/** One call; its parameters go into the query, the form or, in version 2, the JSON. */
export function stripeCall(
  key: string | null,
  method: "GET" | "POST",
  path: string,
  params: Params = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  if (method === "GET") return call(key, method, `${path}?${formOf(params)}`, undefined, headers);
  if (path.startsWith("/v2/")) return call(key, method, path, params, headers);
  return call(key, method, path, formOf(params), { "content-type": FORM, ...headers });
}

/** What a key may send, answered by the body; what is refused fails the test. */
export function clientOf(key: string, headers: Record<string, string> = {}) {
  const send = async (
    method: "GET" | "POST",
    path: string,
    params?: Params,
    more: Record<string, string> = {},
  ) => {
    const { status, body } = await stripeCall(key, method, path, params, { ...headers, ...more });
    expect([path, status, body?.error]).toEqual([path, 200, undefined]);
    return body;
  };
  const refused = async (method: "GET" | "POST", path: string, params?: Params) => {
    const { status, body } = await stripeCall(key, method, path, params, headers);
    expect([path, status >= 400, typeof body.error?.message]).toEqual([path, true, "string"]);
    return { status, ...body.error };
  };
  return {
    get: (path: string, params?: Params) => send("GET", path, params),
    post: (path: string, params?: Params, more?: Record<string, string>) =>
      send("POST", path, params, more),
    refusedGet: (path: string, params?: Params) => refused("GET", path, params),
    refusedPost: (path: string, params?: Params) => refused("POST", path, params),
  };
}

export type Client = ReturnType<typeof clientOf>;

export const METERS = "/v1/billing/meters";
export const EVENTS = "/v1/billing/meter_events";
export const ADJUSTMENTS = "/v1/billing/meter_event_adjustments";
export const SESSION = "/v2/billing/meter_event_session";
export const STREAM = "/v2/billing/meter_event_stream";

let meters = 0;

/** A new meter of a name that no other test uses. */
export async function meterFor(stripe: Client): Promise<{ id: string; event_name: string }> {
  const event_name = `stripe_${Date.now()}_${++meters}`;
  const aggregation = { default_aggregation: { formula: "sum" } };
  return stripe.post(METERS, { display_name: event_name, event_name, ...aggregation });
}
