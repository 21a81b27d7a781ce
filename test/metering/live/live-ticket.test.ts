import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { UNCONFINED } from "../../../src/accounts/actor/confinement.ts";
import { makeTicket, openTicket } from "../../../src/metering/live/live-ticket.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

const worker = env as unknown as Env;

describe("a ticket", () => {
  it("is good for a minute", async () => {
    const asker = { tenantId: "ten_a", realMs: 1_000, confinement: null };
    const { ticket } = await makeTicket(worker, asker);
    expect(await openTicket(worker, ticket, 60_999)).toBe("ten_a");
    await expect(openTicket(worker, ticket, 61_000)).rejects.toMatchObject({
      code: "auth.invalid",
    });
  });

  it("ends with the key that asked for it", async () => {
    const confinement = { ...UNCONFINED, endsMs: 31_000 };
    const asker = { tenantId: "ten_a", realMs: 1_000, confinement };
    const { ticket, expiresMs } = await makeTicket(worker, asker);
    expect(expiresMs).toBe(31_000);
    await expect(openTicket(worker, ticket, 31_000)).rejects.toMatchObject({
      code: "auth.invalid",
    });
    const later = await makeTicket(worker, {
      ...asker,
      confinement: { ...UNCONFINED, endsMs: 90_000 },
    });
    expect(later.expiresMs).toBe(61_000);
  });

  const PATH = "/api/usage/live";
  const from = (address: string) => ({ "cf-connecting-ip": address });

  it("opens from elsewhere than its key is confined to, which asks from there alone", async () => {
    const { key: owner } = await makeTenant();
    const input = { name: "Backend", role: "viewer", ips: ["203.0.113.0/24"] };
    const { key } = (await call(owner, "POST", "/api/keys", input)).body;
    const ask = (address: string) => call(key, "POST", `${PATH}/ticket`, undefined, from(address));
    expect((await ask("198.51.100.1")).body.code).toBe("auth.address_refused");
    const { ticket } = (await ask("203.0.113.9")).body;
    // Past the ticket, what is missing is the upgrade.
    const opened = await call(
      null,
      "GET",
      `${PATH}?ticket=${ticket}`,
      undefined,
      from("192.0.2.1"),
    );
    expect([opened.status, opened.body.code]).toEqual([426, "request.upgrade_required"]);
  });

  it("says whose the socket is: a header beside it is refused", async () => {
    const { tenantId } = await makeTenant();
    const acting = { "boxcost-tenant": tenantId };
    const operator = await operatorKey();
    const { ticket } = (await call(operator, "POST", `${PATH}/ticket`, undefined, acting)).body;
    const path = `${PATH}?ticket=${ticket}`;
    const refused = await call(null, "GET", path, undefined, acting);
    expect([refused.status, refused.body.code]).toEqual([403, "auth.not_for_tenant"]);
    expect((await call(null, "GET", path)).status).toBe(426);
  });
});
