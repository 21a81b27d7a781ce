/** Recording foreign events of several tenants. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Actor } from "../../../src/accounts/actor/actor.ts";
import { readAccounts } from "../../../src/accounts/store/account-store.ts";
import { type Addressed, recordAddressed } from "../../../src/compat/common/record.ts";
import { notFound } from "../../../src/core/errors.ts";
import { call, makeTenant } from "../../support/api.ts";

async function actorFor(tenantId: string, more: Partial<Actor> = {}): Promise<Actor> {
  const account = (await readAccounts(env.DB, [tenantId])).get(tenantId);
  if (!account) throw new Error("no tenant");
  const [nowMs, requestId] = [Date.now(), "req_1"];
  const key = { keyId: "key_1", userId: null, role: "owner", confinement: null } as const;
  return { ...account, ...key, nowMs, realMs: nowMs, requestId, ...more };
}

function eventOf(actor: Actor, id: string, userId: string | null, more: object = {}): Addressed {
  const item = { metric_name: "calls", quantity: "1", id, source: "s", ...more };
  return { event: { at: `/${id}`, item }, whose: { actor, userId } };
}

it("results stand in order, and one tenant's refusals are its events' alone", async () => {
  const [one, two] = [await makeTenant(), await makeTenant()];
  const first = await actorFor(one.tenantId);
  const second = await actorFor(two.tenantId);
  const old = { timestamp: "2001-01-01T00:00:00Z" };
  const asked: Addressed[] = [
    eventOf(first, "a", "u1"),
    eventOf(second, "a", null),
    eventOf(first, "b", null, old),
    {
      event: { at: "/c", code: "request.invalid", detail: "no" },
      whose: { actor: first, userId: null },
    },
    { ...eventOf(first, "d", null), whose: notFound("tenant") },
    eventOf(second, "e", "u2"),
  ];
  const codes = async () => {
    const { results, postponed } = await recordAddressed(env, asked);
    expect(postponed).toBeNull();
    return results.map(({ at, outcome }) => [
      at,
      outcome.outcome === "refused" ? outcome.code : outcome.outcome,
    ]);
  };
  const others = [
    ["/b", "usage.event_too_old"],
    ["/c", "request.invalid"],
    ["/d", "resource.not_found"],
  ];
  const shown = (word: string) => [["/a", word], ["/a", word], ...others, ["/e", word]];
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
  await recordAddressed(env, [eventOf(limited, "a", null), eventOf(limited, "b", null)]);
  const { results, postponed } = await recordAddressed(env, [
    eventOf(limited, "1", null),
    eventOf(free, "2", null),
  ]);
  expect(postponed?.code).toBe("request.rate_limited");
  expect(results.map(({ outcome }) => outcome.outcome)).toEqual(["refused", "accepted"]);
});
