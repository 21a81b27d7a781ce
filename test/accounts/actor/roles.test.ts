import { describe, expect, it } from "vitest";
import {
  may,
  mayGrant,
  PERMISSION_NAMES,
  ROLES,
  roleLeft,
  rolesWithin,
  USER_ROLES,
} from "../../../src/accounts/actor/roles.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";

describe("roles", () => {
  it("give owners and admins everything", () => {
    for (const permission of PERMISSION_NAMES) {
      expect(may("owner", permission), permission).toBe(true);
      expect(may("admin", permission), permission).toBe(true);
    }
  });

  it("let viewers change nothing, and ingest keys read nothing", () => {
    expect(PERMISSION_NAMES.filter((p) => may("viewer", p))).toEqual([
      "usage.read",
      "documents.read",
      "billing.read",
      "operator.read",
      "operator.metrics",
    ]);
    expect(PERMISSION_NAMES.filter((p) => may("ingest", p))).toEqual([
      "usage.write",
      "usage.for_others",
    ]);
  });

  it("make owners by owners alone", () => {
    expect(ROLES.filter((role) => mayGrant("owner", role))).toEqual([...ROLES]);
    expect(ROLES.filter((role) => mayGrant("admin", role))).toEqual(
      ROLES.filter((role) => role !== "owner"),
    );
    for (const role of ["member", "viewer", "ingest"] as const) {
      expect(ROLES.filter((given) => mayGrant(role, given))).toEqual([]);
    }
  });

  it("give a user's key nothing the user may not do", () => {
    expect(rolesWithin("owner")).toEqual([...ROLES]);
    expect(rolesWithin("admin")).toEqual(["admin", "member", "viewer", "ingest"]);
    expect(rolesWithin("member")).toEqual(["member", "viewer"]);
    expect(rolesWithin("viewer")).toEqual(["viewer"]);
  });

  it("leave a key of a user with another role no more than both allow", () => {
    for (const role of ROLES) {
      for (const userRole of USER_ROLES) {
        const left = roleLeft(role, userRole);
        const of = `${role} of ${userRole}`;
        if (rolesWithin(userRole).includes(role)) expect(left, of).toBe(role);
        if (left === null) continue;
        expect(rolesWithin(userRole), of).toContain(left);
        const more = PERMISSION_NAMES.filter((one) => may(left, one) && !may(role, one));
        expect(more, of).toEqual([]);
      }
    }
    expect(USER_ROLES.map((one) => roleLeft("ingest", one))).toEqual([
      "ingest",
      "ingest",
      null,
      null,
    ]);
    expect(USER_ROLES.map((one) => roleLeft("owner", one))).toEqual([...USER_ROLES]);
  });
});

/** Every route of accounts, and the statuses by role: owner, admin, member, viewer, ingest. */
const ROUTES: [string, string, unknown, number[]][] = [
  ["GET", "/api/tenant", undefined, [200, 200, 200, 200, 200]],
  ["GET", "/api/tenants", undefined, [403, 403, 403, 403, 403]],
  ["POST", "/api/tenants", { name: "X" }, [403, 403, 403, 403, 403]],
  ["GET", "/api/users", undefined, [200, 200, 403, 403, 403]],
  ["POST", "/api/users", { name: "X", role: "viewer" }, [201, 201, 403, 403, 403]],
  ["POST", "/api/users", { name: "X", role: "owner" }, [201, 403, 403, 403, 403]],
  ["GET", "/api/keys", undefined, [200, 200, 403, 403, 403]],
  ["POST", "/api/keys", { name: "X", role: "viewer" }, [201, 201, 403, 403, 403]],
  ["POST", "/api/keys", { name: "X", role: "owner" }, [201, 403, 403, 403, 403]],
  ["GET", "/api/audit", undefined, [200, 200, 403, 403, 403]],
  ["GET", "/api/request-logs", undefined, [200, 200, 403, 403, 403]],
  ["GET", "/api/test-clock", undefined, [200, 200, 200, 200, 200]],
  ["POST", "/api/test-clock", { now: "2026-01-02T00:00:00Z" }, [200, 200, 403, 403, 403]],
];

describe("each role at each route", () => {
  it.each(ROUTES)("%s %s %j answers %j", async (method, path, body, expected) => {
    const { tenantId } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const statuses: number[] = [];
    for (const role of ROLES) {
      const key = await keyFor(tenantId, role, { mode: "test" });
      const sent = path === "/api/users" && body ? { ...body, email: `${role}@a.test` } : body;
      statuses.push((await call(key, method, path, sent)).status);
    }
    expect(statuses).toEqual(expected);
  });
});
