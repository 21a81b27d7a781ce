/**
 * Every route of the Stripe dialect, attacked: without a key, with each role, with keys that are
 * confined, have ended or are used from elsewhere, and with another tenant's ids. What is refused
 * is an error in Stripe's form, whatever the status, and shows nothing of the other tenant.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { may, type Permission, ROLES } from "../../../src/accounts/actor/roles.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { ELSEWHERE } from "../../../src/compat/stripe/elsewhere.ts";
import { type Answer, call, keyFor, makeTenant } from "../../support/api.ts";
import {
  ADJUSTMENTS,
  clientOf,
  EVENTS,
  METERS,
  meterFor,
  SESSION,
  STREAM,
  stripeCall,
} from "./client.ts";

type Ids = { customer: string; invoice: string; meter: string; eventName: string };

type Attacked = {
  method: "GET" | "POST";
  path: (ids: Ids) => string;
  permission: Permission;
  params?: (ids: Ids) => Record<string, unknown>;
  /** A key that is confined to tenants may call it: it names them. */
  names?: true;
  /** What the ids of somebody else are answered with; whoever's they are, it is no success. */
  foreign?: 404 | 400;
};

const event = ({ eventName, customer }: Ids) => ({
  event_name: eventName,
  payload: { stripe_customer_id: customer, value: "1" },
});
const cancel = ({ eventName }: Ids) => ({
  event_name: eventName,
  type: "cancel",
  cancel: { identifier: "victims" },
});
const hour = () => Math.floor(Date.now() / 3_600_000) * 3_600;
const range = ({ customer }: Ids) => ({ customer, start_time: hour() - 3_600, end_time: hour() });
const at = (path: string) => () => path;
const meter =
  (rest = "") =>
  (ids: Ids) =>
    `${METERS}/${ids.meter}${rest}`;

const ROUTES: readonly Attacked[] = [
  { method: "GET", path: at(METERS), permission: "usage.read", names: true },
  { method: "POST", path: at(METERS), permission: "metrics.write" },
  { method: "GET", path: meter(), permission: "usage.read", names: true, foreign: 404 },
  { method: "POST", path: meter(), permission: "metrics.write", foreign: 404 },
  { method: "POST", path: meter("/deactivate"), permission: "metrics.write", foreign: 404 },
  { method: "POST", path: meter("/reactivate"), permission: "metrics.write", foreign: 404 },
  {
    method: "GET",
    path: meter("/event_summaries"),
    params: range,
    permission: "usage.read",
    names: true,
    foreign: 404,
  },
  {
    method: "POST",
    path: at(EVENTS),
    params: event,
    permission: "usage.write",
    names: true,
    foreign: 400,
  },
  {
    method: "POST",
    path: at("/v2/billing/meter_events"),
    params: event,
    permission: "usage.write",
    names: true,
    foreign: 400,
  },
  { method: "POST", path: at(SESSION), permission: "usage.write", names: true },
  {
    method: "POST",
    path: at(STREAM),
    params: (ids) => ({ events: [event(ids)] }),
    permission: "usage.write",
    names: true,
    foreign: 400,
  },
  {
    method: "POST",
    path: at(ADJUSTMENTS),
    params: cancel,
    permission: "usage.void",
    names: true,
    foreign: 400,
  },
  {
    method: "POST",
    path: at("/v2/billing/meter_event_adjustments"),
    params: cancel,
    permission: "usage.void",
    names: true,
    foreign: 400,
  },
  { method: "GET", path: at("/v1/customers"), permission: "documents.read" },
  { method: "POST", path: at("/v1/customers"), permission: "documents.write" },
  {
    method: "GET",
    path: ({ customer }) => `/v1/customers/${customer}`,
    permission: "documents.read",
    foreign: 404,
  },
  {
    method: "POST",
    path: ({ customer }) => `/v1/customers/${customer}`,
    params: () => ({ name: "Taken over" }),
    permission: "documents.write",
    foreign: 404,
  },
  { method: "GET", path: at("/v1/invoices"), permission: "documents.read" },
  {
    method: "GET",
    path: at("/v1/invoices"),
    params: ({ customer }) => ({ customer }),
    permission: "documents.read",
    foreign: 400,
  },
  {
    method: "GET",
    path: ({ invoice }) => `/v1/invoices/${invoice}`,
    permission: "documents.read",
    foreign: 404,
  },
  {
    method: "GET",
    path: ({ invoice }) => `/v1/invoices/${invoice}/lines`,
    permission: "documents.read",
    foreign: 404,
  },
];

let victim: Ids & { tenantId: string; key: string };
let attacker: { tenantId: string; key: string };

beforeAll(async () => {
  const owner = await makeTenant({ name: "Victim Ltd" });
  const stripe = clientOf(owner.key);
  const { id: meterId, event_name } = await meterFor(stripe);
  const made = await call(owner.key, "POST", "/api/customers", {
    name: "Victim's buyer",
    reference: `cus_victims_${owner.tenantId}`,
  });
  const lines = [{ name: "Victim's work", quantity: 1, unit_price: 5 }];
  const draft = await call(owner.key, "POST", "/api/invoices", {
    customer_id: made.body.id,
    lines,
  });
  const ids = {
    customer: made.body.reference,
    invoice: draft.body.id,
    meter: meterId,
    eventName: event_name,
  };
  await stripe.post(EVENTS, { ...event(ids), identifier: "victims" });
  victim = { ...owner, ...ids };
  attacker = await makeTenant();
});

const named = ({ method, path }: Attacked) => `${method} ${path(victim)}`;

function send(
  route: Attacked,
  key: string | null,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return stripeCall(key, route.method, route.path(victim), route.params?.(victim), headers);
}

/** What an answer is refused with: an error of Stripe's, or this fails. */
function refusedWith({ status, body, headers, bytes }: Answer): number {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(headers.get("content-type")).toBe("application/json");
  expect(Object.keys(body)).toEqual(["error"]);
  expect(body.error).toMatchObject({
    type: expect.stringMatching(/^(?:invalid_request_error|idempotency_error)$/),
    message: expect.stringMatching(/./),
    request_id: headers.get("request-id"),
  });
  expect(new TextDecoder().decode(bytes)).not.toContain("Victim");
  return status;
}

describe("each route of the Stripe dialect", () => {
  it("is closed without a key, and with one that is none", async () => {
    for (const route of ROUTES) {
      for (const key of [null, "bcp_live_wrong", `bcp_live_${"x".repeat(43)}`]) {
        expect([named(route), refusedWith(await send(route, key))]).toEqual([named(route), 401]);
      }
    }
  });

  it("is closed to roles without its permission", async () => {
    for (const role of ROLES) {
      const key = await keyFor(victim.tenantId, role);
      for (const route of ROUTES.filter(({ permission }) => !may(role, permission))) {
        const status = refusedWith(await send(route, key));
        expect([named(route), role, status]).toEqual([named(route), role, 403]);
      }
    }
  });

  it("is closed to keys that are confined to something else, or have ended", async () => {
    for (const route of ROUTES) {
      const other = route.permission === "audit.read" ? "members.read" : "audit.read";
      const confinements = [
        [{ permissions: [other as Permission] }, 403],
        [{ ips: ["192.0.2.1"] }, 403],
        [{ endsMs: Date.now() - 1_000 }, 401],
      ] as const;
      for (const [confinement, status] of confinements) {
        const key = await keyFor(victim.tenantId, "owner", { confinement });
        expect([named(route), refusedWith(await send(route, key))]).toEqual([named(route), status]);
      }
    }
  });

  it("does nothing of the operator's own for its key that is confined to tenants", async () => {
    const confinement = { tenants: [attacker.tenantId] };
    const key = await keyFor(OPERATOR_TENANT, "owner", { confinement });
    for (const route of ROUTES.filter(({ names }) => !names)) {
      expect([named(route), refusedWith(await send(route, key))]).toEqual([named(route), 403]);
    }
  });

  it("finds nothing of another tenant's, and shows no difference from what never was", async () => {
    for (const route of ROUTES.filter(({ foreign }) => foreign !== undefined)) {
      const answer = await send(route, attacker.key);
      expect([named(route), refusedWith(answer)]).toEqual([named(route), route.foreign]);
      const nobody = {
        ...victim,
        customer: "cus_x",
        invoice: "inv_x",
        meter: "mtr_x",
        eventName: "x",
      };
      const never = await stripeCall(
        attacker.key,
        route.method,
        route.path(nobody),
        route.params?.(nobody),
      );
      const comparable = ({ status, body: { error } }: Answer) => {
        const { request_id: _, message, ...rest } = error;
        const said = Object.entries(victim).reduce(
          (text, [kind, id]) => text.replaceAll(id, (nobody as Record<string, string>)[kind] ?? id),
          message as string,
        );
        return { status, said, rest };
      };
      expect(comparable(answer)).toEqual(comparable(never));
    }
    const { body } = await call(victim.key, "GET", `/api/customers?q=Victim`);
    expect(body.data).toMatchObject([{ name: "Victim's buyer" }]);
  });

  it("acts for no tenant with a tenant's key, and knows no connected accounts", async () => {
    for (const route of ROUTES) {
      const acting = { "boxcost-tenant": victim.tenantId };
      expect([named(route), refusedWith(await send(route, attacker.key, acting))]).toEqual([
        named(route),
        403,
      ]);
      for (const header of ["stripe-account", "stripe-context"]) {
        const answer = await send(route, victim.key, { [header]: "acct_1" });
        expect([named(route), refusedWith(answer)]).toEqual([named(route), 400]);
      }
    }
  });
});

describe("whatever is sent", () => {
  const FORM = "application/x-www-form-urlencoded";
  const name = fc.constantFrom(
    ...["event_name", "payload", "payload[value]", "payload[stripe_customer_id]", "identifier"],
    ...["timestamp", "type", "cancel[identifier]", "display_name", "metadata[a]", "name", "email"],
    ...[
      "address[line1]",
      "default_aggregation[formula]",
      "limit",
      "created[gte]",
      "a[][b]",
      "expand[]",
    ],
  );
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("1", "-1", "1e400", "0.0000005", "sum", "cancel", "2026-01-01T00:00:00Z"),
    fc.integer().map(String),
  );
  const form = fc
    .array(fc.tuple(name, text), { maxLength: 6 })
    .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&"));

  it("is answered, and never by an error of ours", { timeout: 60_000 }, async () => {
    const { key } = await makeTenant();
    const posts = ROUTES.filter(({ method }) => method === "POST");
    const json = fc.oneof(
      fc.json(),
      form.map((pairs) => JSON.stringify(Object.fromEntries(new URLSearchParams(pairs)))),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), form, json, async (route, asForm, asJson) => {
        const path = route.path(victim);
        const isV2 = path.startsWith("/v2/");
        const type = { "content-type": isV2 ? "application/json" : FORM };
        const answer = await call(key, "POST", path, isV2 ? asJson : asForm, type);
        expect([path, answer.status < 500]).toEqual([path, true]);
        if (answer.status === 200) expect(answer.body).not.toHaveProperty("error");
        else refusedWith(answer);
      }),
      { numRuns: 150 },
    );
    const gets = ROUTES.filter(({ method }) => method === "GET");
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...gets), form, async (route, query) => {
        const answer = await call(key, "GET", `${route.path(victim)}?${query}`);
        expect(answer.status).toBeLessThan(500);
        if (answer.status !== 200) refusedWith(answer);
      }),
      { numRuns: 100 },
    );
  });
});

describe("what Stripe has and this product has not", () => {
  it("is 404 in Stripe's form, and names the native call", async () => {
    const paths = [
      "/v1/prices",
      "/v1/products/prod_1",
      "/v1/subscriptions",
      "/v1/checkout/sessions",
      "/v1/payment_intents",
      "/v1/billing/credit_grants",
      "/v1/billing_portal/sessions",
      "/v1/invoices/inv_1/finalize",
      "/v1/customers/search",
      "/v1/webhook_endpoints",
      "/v2/core/events",
      "/oauth/token",
    ];
    for (const path of paths) {
      const answer = await stripeCall(victim.key, "POST", path);
      expect([path, refusedWith(answer)]).toEqual([path, 404]);
      expect(answer.body.error.message).toMatch(
        /^Unrecognized request URL \(POST: \S+\); .*(?:GET|POST|PUT) \//,
      );
    }
    for (const [pattern, instead] of ELSEWHERE) {
      expect([pattern.source.startsWith("^\\/"), instead.length > 20]).toEqual([true, true]);
    }
  });

  it("is 404 for any other path and method, too", async () => {
    for (const [method, path] of [
      ["GET", "/v1"],
      ["GET", "/v1/"],
      ["GET", "/v2/nothing"],
      ["DELETE", `/v1/customers/${victim.customer}`],
      ["PUT", METERS],
      ["PATCH", "/v1/invoices"],
    ] as const) {
      const answer = await call(victim.key, method, path);
      expect([path, refusedWith(answer)]).toEqual([path, 404]);
    }
  });
});
