/** Recording foreign events of several tenants. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Actor } from "../../../src/accounts/actor/actor.ts";
import { readAccounts } from "../../../src/accounts/store/account-store.ts";
import { recordEvents, type Told } from "../../../src/compat/common/record.ts";
import { NEWEST_VERSION } from "../../../src/core/api-version.ts";
import { notFound } from "../../../src/core/errors.ts";
import { call, makeTenant } from "../../support/api.ts";

async function actorFor(tenantId: string, more: Partial<Actor> = {}): Promise<Actor> {
  const account = (await readAccounts(env.DB, [tenantId])).get(tenantId);
  if (!account) throw new Error("no tenant");
  const [nowMs, requestId] = [Date.now(), "req_1"];
  const key = {
    keyId: "key_1",
    userId: null,
    role: "owner",
    confinement: null,
    apiVersion: NEWEST_VERSION,
  } as const;
  return { ...account, ...key, nowMs, realMs: nowMs, requestId, ...more };
}

function eventOf(actor: Actor, id: string, userId: string | null, more: object = {}): Told {
  const named = { at: `/${id}`, dataAt: "/data", id, source: "s", type: "calls", timestamp: null };
  return { event: { ...named, data: {}, ...more }, whose: { actor, userId } };
}

it("results stand in order, and one tenant's refusals are its events' alone", async () => {
  const [one, two] = [await makeTenant(), await makeTenant()];
  const first = await actorFor(one.tenantId);
  const second = await actorFor(two.tenantId);
  const old = { timestamp: "2001-01-01T00:00:00Z" };
  const asked: Told[] = [
    eventOf(first, "a", "u1"),
    eventOf(second, "a", null),
    eventOf(first, "b", null, old),
    { event: { at: "/c", code: "request.invalid", detail: "no" }, whose: null },
    { ...eventOf(first, "d", null), whose: notFound("tenant") } as Told,
    eventOf(second, "e", "u2"),
  ];
  const codes = async () => {
    const { results, postponed } = await recordEvents(env, asked);
    expect(postponed).toBeNull();
    return results.map((of) =>
      of.map(({ at, outcome }) => [
        at,
        outcome.outcome === "refused" ? outcome.code : outcome.outcome,
      ]),
    );
  };
  const others = [
    [["/b", "usage.event_too_old"]],
    [["/c", "request.invalid"]],
    [["/d", "resource.not_found"]],
  ];
  const shown = (word: string) => [[["/a", word]], [["/a", word]], ...others, [["/e", word]]];
  expect(await codes()).toEqual(shown("accepted"));
  expect(await codes()).toEqual(shown("duplicate"));
  const { body } = await call(two.key, "GET", "/api/usage/events");
  const users = body.data.map((event: { user_id: string | null }) => event.user_id);
  expect(users).toEqual(["u2", null]);
});

it("a tenant that can record nothing now is worth asking again, and the others count", async () => {
  const [busy, other] = [await makeTenant(), await makeTenant()];
  const limited = await actorFor(busy.tenantId, { eventsPerMinute: 1 });
  const free = await actorFor(other.tenantId);
  await recordEvents(env, [eventOf(limited, "a", null), eventOf(limited, "b", null)]);
  const { results, postponed } = await recordEvents(env, [
    eventOf(limited, "1", null),
    eventOf(free, "2", null),
  ]);
  expect(postponed?.code).toBe("request.rate_limited");
  expect(results.flat().map(({ outcome }) => outcome.outcome)).toEqual(["refused", "accepted"]);
});

it("refuses more tenants than a request may name", async () => {
  const actor = await actorFor((await makeTenant()).tenantId);
  const asked = Array.from({ length: 1_001 }, (_, i) =>
    eventOf({ ...actor, tenantId: `ten_${i}` }, "a", null),
  );
  await expect(recordEvents(env, asked)).rejects.toMatchObject({ code: "request.too_large" });
});
