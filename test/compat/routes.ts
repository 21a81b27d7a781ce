/**
 * Every route of every dialect: what it needs, and what it is called with. A route that is missing
 * here fails `attack.test.ts`.
 */
import type { Permission } from "../../src/accounts/actor/roles.ts";

export type DialectRoute = {
  dialect: string;
  method: string;
  /** As it is routed; `:name` is put in by `ids`. */
  path: string;
  permission: Permission;
  /** True where a key that is confined to tenants is let in, since foreign ids may name them. */
  tenants?: boolean;
  body?: string;
  type?: string;
};

const BATCH = "application/cloudevents-batch+json";
const OM1 = "/openmeter/api/v1";
const OM2 = "/openmeter/api/v2";

function om(
  method: string,
  path: string,
  permission: Permission,
  more: Partial<DialectRoute> = {},
) {
  return { dialect: "openmeter", method, path, permission, ...more };
}

const tenants = { tenants: true };
const LAGO = "/lago/api/v1";
/** Of Lago's routes those that are registered by themselves; `lago/attack.test.ts` has them all. */
const lagoEvent = { transaction_id: "1", external_subscription_id: "a", code: "c" };
const events = { ...tenants, body: "[]", type: BATCH };
const VALUE = "entitlements/:feature/value";

export const DIALECT_ROUTES: readonly DialectRoute[] = [
  {
    dialect: "lago",
    method: "POST",
    path: `${LAGO}/events`,
    permission: "usage.write",
    tenants: true,
    body: JSON.stringify({ event: lagoEvent }),
  },
  {
    dialect: "lago",
    method: "POST",
    path: `${LAGO}/events/batch`,
    permission: "usage.write",
    tenants: true,
    body: JSON.stringify({ events: [lagoEvent] }),
  },
  om("POST", `${OM1}/events`, "usage.write", events),
  om("POST", "/openmeter/api/v3/openmeter/events", "usage.write", events),
  om("GET", `${OM1}/events`, "usage.read", tenants),
  om("GET", `${OM2}/events`, "usage.read", tenants),
  om("GET", `${OM1}/meters`, "usage.read"),
  om("POST", `${OM1}/meters`, "metrics.write", { body: "{}" }),
  om("GET", `${OM1}/meters/:meter`, "usage.read"),
  om("PUT", `${OM1}/meters/:meter`, "metrics.write", { body: "{}" }),
  om("DELETE", `${OM1}/meters/:meter`, "metrics.write"),
  om("GET", `${OM1}/meters/:meter/query`, "usage.read", tenants),
  om("POST", `${OM1}/meters/:meter/query`, "usage.read", { ...tenants, body: "{}" }),
  om("GET", `${OM1}/meters/:meter/group-by/:key/values`, "usage.read", tenants),
  om("GET", `${OM1}/meters/:meter/subjects`, "usage.read", tenants),
  om("GET", `${OM1}/subjects`, "documents.read"),
  om("POST", `${OM1}/subjects`, "documents.write", { body: "{}" }),
  om("GET", `${OM1}/subjects/:subject`, "documents.read"),
  om("DELETE", `${OM1}/subjects/:subject`, "documents.write"),
  om("GET", `${OM1}/subjects/:subject/${VALUE}`, "usage.read", tenants),
  om("GET", `${OM1}/customers`, "documents.read"),
  om("POST", `${OM1}/customers`, "documents.write", { body: "{}" }),
  om("GET", `${OM1}/customers/:customer`, "documents.read"),
  om("PUT", `${OM1}/customers/:customer`, "documents.write", { body: "{}" }),
  om("DELETE", `${OM1}/customers/:customer`, "documents.write"),
  om("GET", `${OM1}/customers/:customer/access`, "usage.read", tenants),
  om("GET", `${OM1}/customers/:customer/${VALUE}`, "usage.read", tenants),
  om("GET", `${OM2}/customers/:customer/${VALUE}`, "usage.read", tenants),
  om("GET", `${OM1}/features`, "usage.read"),
  om("POST", `${OM1}/features`, "metrics.write", { body: "{}" }),
  om("GET", `${OM1}/features/:feature`, "usage.read"),
  om("DELETE", `${OM1}/features/:feature`, "metrics.write"),
];

/** Paths at which a route is found, too. */
export const ALIASES: readonly (readonly [from: string, to: string])[] = [["/api/v1/", `${OM1}/`]];
