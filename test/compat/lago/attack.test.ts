/**
 * Every route of the Lago dialect, attacked: without a key, with keys that do not hold, with each
 * role, with confined keys, and by another tenant that names the victim's ids.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { may, type Permission, ROLES } from "../../../src/accounts/actor/roles.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { LAGO_ROUTES } from "../../../src/compat/lago/dialect.ts";
import { uuidOf } from "../../../src/compat/lago/uuid.ts";
import { type Answer, call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { quotePlan } from "../../support/billing.ts";

const BASE = "/lago/api/v1";
const SECRET = "secret of the victim";

type Victim = {
  tenantId: string;
  key: string;
  externalId: string;
  plan: string;
  invoice: string;
  credit: string;
};

/** A request of a route, with the victim's ids. */
type Attack = { permission: Permission; path: string; body?: object };

const at = encodeURIComponent;
const event = (of: Victim) => ({
  transaction_id: "attack",
  external_subscription_id: of.externalId,
  code: "attacks",
});
const metric = { name: "Attacks", code: "attacks", aggregation_type: "count_agg" };

/** By method and pattern, what is asked; a route that is not here fails. */
const ATTACKS: Record<string, (of: Victim) => Attack> = {
  "POST ^\\/events$": (of) => ({
    permission: "usage.write",
    path: "/events",
    body: { event: event(of) },
  }),
  "POST ^\\/events\\/batch$": (of) => ({
    permission: "usage.write",
    path: "/events/batch",
    body: { events: [event(of)] },
  }),
  "POST ^\\/events\\/estimate_fees$": (of) => ({
    permission: "usage.read",
    path: "/events/estimate_fees",
    body: { event: event(of) },
  }),
  "GET ^\\/events$": (of) => ({
    permission: "usage.read",
    path: `/events?external_subscription_id=${at(of.externalId)}`,
  }),
  "GET ^\\/events\\/(.+)$": (of) => ({
    permission: "usage.read",
    path: `/events/${at(SECRET)}?external_subscription_id=${at(of.externalId)}`,
  }),
  "POST ^\\/billable_metrics$": () => ({
    permission: "metrics.write",
    path: "/billable_metrics",
    body: { billable_metric: metric },
  }),
  "GET ^\\/billable_metrics$": () => ({ permission: "usage.read", path: "/billable_metrics" }),
  "GET ^\\/billable_metrics\\/(.+)$": () => ({
    permission: "usage.read",
    path: `/billable_metrics/${at(SECRET)}`,
  }),
  "PUT ^\\/billable_metrics\\/(.+)$": () => ({
    permission: "metrics.write",
    path: `/billable_metrics/${at(SECRET)}`,
    body: { billable_metric: { name: "Taken" } },
  }),
  "DELETE ^\\/billable_metrics\\/(.+)$": () => ({
    permission: "metrics.write",
    path: `/billable_metrics/${at(SECRET)}`,
  }),
  "GET ^\\/customers\\/(.+)\\/current_usage$": (of) => ({
    permission: "usage.read",
    path: `/customers/${at(of.externalId)}/current_usage`,
  }),
  "GET ^\\/customers\\/(.+)\\/past_usage$": (of) => ({
    permission: "billing.read",
    path: `/customers/${at(of.externalId)}/past_usage`,
  }),
  "GET ^\\/wallets$": (of) => ({
    permission: "billing.read",
    path: `/wallets?external_customer_id=${at(of.externalId)}`,
  }),
  "GET ^\\/customers\\/(.+)\\/wallets$": (of) => ({
    permission: "billing.read",
    path: `/customers/${at(of.externalId)}/wallets`,
  }),
  "GET ^\\/wallets\\/([^/]+)$": (of) => ({
    permission: "billing.read",
    path: `/wallets/${uuidOf(of.credit)}`,
  }),
  "POST ^\\/subscriptions$": (of) => ({
    permission: "operator.subscriptions",
    path: "/subscriptions",
    body: {
      subscription: {
        external_customer_id: of.externalId,
        external_id: of.externalId,
        plan_code: of.plan,
      },
    },
  }),
  "GET ^\\/subscriptions$": (of) => ({
    permission: "billing.read",
    path: `/subscriptions?external_customer_id=${at(of.externalId)}`,
  }),
  "GET ^\\/customers\\/(.+)\\/subscriptions$": (of) => ({
    permission: "billing.read",
    path: `/customers/${at(of.externalId)}/subscriptions`,
  }),
  "GET subscriptions": (of) => ({
    permission: "billing.read",
    path: `/subscriptions/${at(of.externalId)}`,
  }),
  "DELETE subscriptions": (of) => ({
    permission: "operator.subscriptions",
    path: `/subscriptions/${at(of.externalId)}`,
  }),
  "GET ^\\/invoices$": () => ({ permission: "documents.read", path: "/invoices" }),
  "GET ^\\/customers\\/(.+)\\/invoices$": () => ({
    permission: "documents.read",
    path: `/customers/${at(SECRET)}/invoices`,
  }),
  "GET ^\\/invoices\\/([^/]+)$": (of) => ({
    permission: "documents.read",
    path: `/invoices/${uuidOf(of.invoice)}`,
  }),
  "POST ^\\/invoices\\/([^/]+)\\/download$": (of) => ({
    permission: "documents.read",
    path: `/invoices/${uuidOf(of.invoice)}/download`,
  }),
  "POST ^\\/customers$": () => ({
    permission: "documents.write",
    path: "/customers",
    body: { customer: { external_id: SECRET, email: "attacker@example.com" } },
  }),
  "GET ^\\/customers$": () => ({ permission: "documents.read", path: "/customers" }),
  "GET customers": () => ({ permission: "documents.read", path: `/customers/${at(SECRET)}` }),
};

/** A route by its method and pattern; one thing of a collection by the collection's name. */
function nameOf({ method, path: { source } }: (typeof LAGO_ROUTES)[number]): string {
  return `${method} ${/^\^\\\/(\w+)\\\/\(\(\?:/.exec(source)?.[1] ?? source}`;
}

const send = (key: string | null, name: string, { path, body }: Attack) =>
  call(key, name.slice(0, name.indexOf(" ")), BASE + path, body);

function refusedWith(answer: Answer, statuses: number[], name: string) {
  expect(statuses, `${name}: ${answer.status} ${JSON.stringify(answer.body)}`).toContain(
    answer.status,
  );
  expect(answer.body, name).toMatchObject({ status: answer.status, error: expect.any(String) });
  expect(JSON.stringify(answer.body), name).not.toContain(SECRET);
}

let victim: Victim;
let before: object;

/** What the victim has, as it sees it itself. */
async function stateOf({ key }: Victim): Promise<object> {
  const state: Record<string, unknown> = {};
  for (const path of [
    "/api/usage/events?source=lago%3Aown",
    "/api/usage/rules",
    "/api/customers",
    "/api/invoices",
    "/api/subscriptions",
  ]) {
    const { body } = await call(key, "GET", path);
    state[path] = body.data;
  }
  return state;
}

async function makeVictim(): Promise<Victim> {
  const operator = await operatorKey();
  const externalId = `victim-${Date.now()}`;
  const made = await call(operator, "PUT", `/api/tenants/${externalId}`, { name: SECRET });
  const { id: tenantId, key } = made.body;
  const plan = await quotePlan({ base_price_monthly: 10 });
  const subscribe = { tenant_id: tenantId, plan };
  expect((await call(operator, "POST", "/api/subscriptions", subscribe)).status).toBe(201);
  const own = (method: string, path: string, body: object) => call(key, method, BASE + path, body);
  const billable_metric = { ...metric, name: SECRET, code: SECRET };
  expect((await own("POST", "/billable_metrics", { billable_metric })).status).toBe(200);
  const customer = { external_id: SECRET, name: SECRET };
  expect((await own("POST", "/customers", { customer })).status).toBe(200);
  const recorded = { transaction_id: SECRET, external_subscription_id: "own", code: SECRET };
  expect((await own("POST", "/events", { event: recorded })).status).toBe(200);
  const [{ id: customer_id }] = (await call(key, "GET", "/api/customers")).body.data;
  const lines = [{ name: SECRET, quantity: 1, unit_price: 1 }];
  const draft = await call(key, "POST", "/api/invoices", { customer_id, lines });
  const { id: invoice } = draft.body;
  expect((await call(key, "POST", `/api/invoices/${invoice}/finalize`)).status).toBe(200);
  const given = { tenant_id: tenantId, kind: "granted", amount: 5, currency: "USD", note: SECRET };
  const { body: credit } = await call(operator, "POST", "/api/credits", given);
  return { tenantId, key, externalId, plan, invoice, credit: credit.id };
}

beforeAll(async () => {
  victim = await makeVictim();
  before = await stateOf(victim);
});

it("every route of the dialect is attacked", () => {
  expect([...new Set(LAGO_ROUTES.map(nameOf))].sort()).toEqual(Object.keys(ATTACKS).sort());
});

describe.each(Object.entries(ATTACKS))("%s", (name, attackOf) => {
  it("needs a key that holds", async () => {
    const { tenantId } = await makeTenant();
    const ended = await keyFor(tenantId, "owner", { confinement: { endsMs: Date.now() - 1 } });
    const elsewhere = await keyFor(tenantId, "owner", { confinement: { ips: ["192.0.2.1"] } });
    for (const key of [null, "no key", "bcp_live_unknown", ended]) {
      refusedWith(await send(key, name, attackOf(victim)), [401], name);
    }
    refusedWith(await send(elsewhere, name, attackOf(victim)), [403], name);
  });

  it("asks for its permission, of every role and of confined keys", async () => {
    const { tenantId } = await makeTenant();
    const attack = attackOf(victim);
    const { permission } = attack;
    for (const role of ROLES) {
      const answer = await send(await keyFor(tenantId, role), name, attack);
      const isAllowed = !permission.startsWith("operator.") && may(role, permission);
      if (isAllowed) expect([401, 403], `${name} as ${role}`).not.toContain(answer.status);
      else refusedWith(answer, [403], `${name} as ${role}`);
    }
    const others = { permissions: ["keys.write" as const] };
    for (const tenant of [tenantId, OPERATOR_TENANT]) {
      const confined = await keyFor(tenant, "owner", { confinement: others });
      refusedWith(await send(confined, name, attack), [403], name);
    }
  });

  it("finds nothing of another tenant's", async () => {
    const { tenantId, key } = await makeTenant();
    const answer = await send(key, name, attackOf(victim));
    const text = JSON.stringify(answer.body).replaceAll(`"external_id":"${SECRET}"`, "");
    if (answer.status >= 400) refusedWith(answer, [403, 404], name);
    else if (name !== "POST ^\\/customers$") expect(text, name).not.toContain(SECRET);
    const other = await keyFor(OPERATOR_TENANT, "owner", { confinement: { tenants: [tenantId] } });
    const confined = await send(other, name, attackOf(victim));
    const asked = attackOf(victim).path;
    if (confined.status < 400) {
      expect(["/events/estimate_fees", "/subscriptions"]).toContain(asked.split("?")[0]);
    } else refusedWith(confined, [403, 404, 422], name);
  });
});

it("nothing of the victim's has changed", async () => {
  expect(await stateOf(victim)).toEqual(before);
});
