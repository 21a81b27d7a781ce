/**
 * Every route of every dialect without a key, with keys that may not, with keys that are confined,
 * and with the ids of another tenant.
 */
import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import type { AppEnv } from "../../src/accounts/actor/actor.ts";
import { may, PERMISSION_NAMES, ROLES } from "../../src/accounts/actor/roles.ts";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { DIALECTS } from "../../src/compat/registry.ts";
import { call, keyFor, makeTenant, type TestTenant } from "../support/api.ts";
import { ALIASES, DIALECT_ROUTES, type DialectRoute } from "./routes.ts";

const SLOW = { timeout: 120_000 };

let own: TestTenant;
let victim: TestTenant;
/** Ids of the victim's, by the name that a path gives them. */
const ids: Record<string, string> = {};

const named = ({ method, path }: DialectRoute) => `${method} ${path}`;

function pathOf({ path }: DialectRoute, of: Readonly<Record<string, string>> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(of[name] ?? "none"));
}

function send(
  key: string | null,
  route: DialectRoute,
  headers: Record<string, string> = {},
  path = pathOf(route),
) {
  const type = route.body === undefined ? {} : { "content-type": route.type ?? "application/json" };
  return call(key, route.method, path, route.body, { ...type, ...headers });
}

beforeAll(async () => {
  own = await makeTenant();
  victim = await makeTenant({ name: "Hidden" });
  const base = "/openmeter/api/v1";
  const make = async (path: string, body: object) => {
    const { status, body: made } = await call(victim.key, "POST", base + path, body);
    expect([path, status < 300, made.detail]).toEqual([path, true, undefined]);
    return Array.isArray(made) ? made[0].id : made.id;
  };
  ids.meter = await make("/meters", { slug: "hidden", eventType: "e", aggregation: "COUNT" });
  ids.subject = await make("/subjects", [{ key: "hidden", displayName: "Hidden" }]);
  ids.customer = await make("/customers", { key: "hidden", name: "Hidden" });
  const feature = { key: "hidden_feature", name: "Hidden", meterSlug: "hidden" };
  ids.feature = await make("/features", feature);
});

describe("the table of dialects' routes", () => {
  it("has every one of them", () => {
    const listed = new Set(DIALECT_ROUTES.map(named));
    for (const { route } of DIALECTS) {
      const app = new Hono<AppEnv>();
      route(app);
      for (const { method, path } of app.routes.filter((one) => one.method !== "ALL")) {
        const alias = ALIASES.find(([from]) => path.startsWith(from));
        const at = alias ? path.replace(alias[0], alias[1]) : path;
        expect([...listed], `${method} ${at}`).toContain(`${method} ${at}`);
      }
    }
  });
});

describe("a route of a dialect", () => {
  it("lets nobody in without a key", SLOW, async () => {
    for (const route of DIALECT_ROUTES) {
      for (const key of [null, "bcp_live_unknown"]) {
        const { status, body } = await send(key, route);
        expect([named(route), status]).toEqual([named(route), 401]);
        expect(body).not.toHaveProperty("request_id");
      }
    }
  });

  it("lets in whose role may, and nobody else", SLOW, async () => {
    for (const role of ROLES) {
      const key = await keyFor(own.tenantId, role);
      for (const route of DIALECT_ROUTES) {
        const { status } = await send(key, route);
        const isLetIn = status !== 401 && status !== 403;
        expect([named(route), role, isLetIn]).toEqual([
          named(route),
          role,
          may(role, route.permission),
        ]);
        expect(status).toBeLessThan(500);
      }
    }
  });

  it("asks keys for the permission that they are confined to", SLOW, async () => {
    for (const route of DIALECT_ROUTES) {
      const permissions = PERMISSION_NAMES.filter((name) => name !== route.permission);
      const key = await keyFor(own.tenantId, "owner", { confinement: { permissions } });
      expect([named(route), (await send(key, route)).status]).toEqual([named(route), 403]);
    }
    const endsMs = Date.now() - 1;
    const ended = await keyFor(own.tenantId, "owner", { confinement: { endsMs } });
    const elsewhere = await keyFor(own.tenantId, "owner", { confinement: { ips: ["192.0.2.1"] } });
    for (const route of DIALECT_ROUTES) {
      expect((await send(ended, route)).status).toBe(401);
      expect((await send(elsewhere, route)).status).toBe(403);
    }
  });

  it(
    "lets a tenant's key act for nobody, and the operator's for tenants that it may",
    SLOW,
    async () => {
      const tenants = [own.tenantId];
      const confined = await keyFor(OPERATOR_TENANT, "owner", { confinement: { tenants } });
      for (const route of DIALECT_ROUTES) {
        const header = { "boxcost-tenant": victim.tenantId };
        expect([named(route), (await send(own.key, route, header)).status]).toEqual([
          named(route),
          403,
        ]);
        expect((await send(confined, route, header)).status).toBe(404);
        expect((await send(confined, route, { "boxcost-tenant": own.tenantId })).status).not.toBe(
          403,
        );
        const alone = await send(confined, route);
        if (!route.tenants) expect([named(route), alone.status]).toEqual([named(route), 403]);
      }
    },
  );

  it("finds nothing of another tenant", SLOW, async () => {
    const names = [ids, Object.fromEntries(Object.keys(ids).map((name) => [name, "hidden"]))];
    for (const route of DIALECT_ROUTES.filter(({ path }) => path.includes(":"))) {
      for (const of of names) {
        const answer = await send(own.key, route, {}, pathOf(route, of));
        const text = new TextDecoder().decode(answer.bytes);
        expect(
          text.replaceAll(/(?:meter|subject|customer|feature) [\w-]+ not found/g, ""),
        ).not.toMatch(/Hidden/);
        // Whatever a subject's name is, it is a user of the own tenant, without access.
        if (route.path.includes("/subjects/:subject/"))
          expect(answer.body).toEqual({ hasAccess: false });
        else
          expect([named(route), answer.status]).toEqual([
            named(route),
            expect.toBeOneOf([400, 404]),
          ]);
      }
    }
    for (const route of DIALECT_ROUTES.filter(({ method }) => method === "GET")) {
      const { bytes } = await send(own.key, route);
      expect(new TextDecoder().decode(bytes)).not.toMatch(/[Hh]idden/);
    }
    for (const [name, id] of Object.entries(ids)) {
      const { status } = await call(victim.key, "GET", `/openmeter/api/v1/${name}s/${id}`);
      expect([name, status], "the other tenant has all that it had").toEqual([name, 200]);
    }
  });
});
