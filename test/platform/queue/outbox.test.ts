import { applyD1Migrations } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { DomainEvent } from "../../../src/core/event.ts";
import { MINUTE_MS } from "../../../src/core/time.ts";
import {
  announce,
  announceAll,
  listAnnounced,
  markHandled,
  RELAY_WINDOW,
  readAnnounced,
  reclaimEvents,
  relay,
} from "../../../src/platform/queue/outbox.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Job } from "../../../src/platform/runtime/env.ts";

// A database that nobody else relays from.
const env = { DB: bindings.EMPTY_DB };
beforeAll(() => applyD1Migrations(env.DB, bindings.TEST_MIGRATIONS));

function event(tenant: string, id = makeId("news", 1)): DomainEvent {
  const body = { subscription_id: "sub_1", plan: "FREE" };
  return { id, tenant, type: "subscription.created", atMs: 1, body };
}

function queueOf(sendBatch: (messages: Iterable<{ body: Job }>) => Promise<unknown>) {
  return { sendBatch } as unknown as Queue<Job>;
}

describe("the outbox", () => {
  it("numbers each tenant's announcements without gaps, and each once", async () => {
    const [one, two] = [makeId("ten", 1), makeId("ten", 1)];
    const first = event(one);
    await env.DB.batch([announce(env.DB, first), announce(env.DB, event(two))]);
    await env.DB.batch([announce(env.DB, first), announce(env.DB, event(one))]);
    const { results } = await env.DB.prepare(
      "SELECT news_seq AS seq FROM outbox WHERE tenant = ? ORDER BY news_seq",
    )
      .bind(one)
      .all();
    expect(results).toEqual([{ seq: 1 }, { seq: 2 }]);
  });

  it("numbers many announcements in one statement, after those before, and each once", async () => {
    const [tenant, other] = [makeId("ten", 1), makeId("ten", 1)];
    const events = Array.from({ length: 2_000 }, (_, i) => event(tenant, `${tenant}_${i}`));
    const all = (some: DomainEvent[]) => announceAll(env.DB, tenant, some);
    expect([all([]).length, all(events).length]).toEqual([0, 1]);
    await env.DB.batch([
      announce(env.DB, event(other)),
      ...all([...events.slice(0, 3), ...events.slice(0, 2)]),
      announce(env.DB, event(tenant, `${tenant}_alone`)),
      ...all(events),
    ]);
    const kept = await listAnnounced(env.DB, tenant, 0, 3_000);
    const ids = events.map(({ id }) => id);
    expect(kept.map(({ id, outboxSeq }) => [outboxSeq, id])).toEqual(
      [...ids.slice(0, 3), `${tenant}_alone`, ...ids.slice(3)].map((id, i) => [i + 1, id]),
    );
    expect(kept[1_000]).toMatchObject({ tenant, type: "subscription.created", atMs: 1 });
  });

  it("takes a batch's number back with the batch", async () => {
    const tenant = makeId("ten", 1);
    const broken = env.DB.batch([
      announce(env.DB, event(tenant)),
      env.DB.prepare("SELECT json('{')"),
    ]);
    await expect(broken).rejects.toThrow();
    const kept = event(tenant);
    await announce(env.DB, kept).run();
    expect((await readAnnounced(env.DB, tenant, kept.id))?.outboxSeq).toBe(1);
  });

  it("reads an announcement only for its tenant", async () => {
    const tenant = makeId("ten", 1);
    const told = event(tenant);
    await announce(env.DB, told).run();
    expect(await readAnnounced(env.DB, tenant, told.id)).toMatchObject({
      type: "subscription.created",
      known: true,
      body: told.body,
      bodyJson: JSON.stringify(told.body),
    });
    expect(await readAnnounced(env.DB, makeId("ten", 1), told.id)).toBeNull();
  });

  it("is relayed again where the queue lost it, until it is handled", async () => {
    const told = event(makeId("ten", 1));
    const handled = event(makeId("ten", 1));
    const sent: string[] = [];
    const queue = queueOf(async (messages) => {
      for (const { body } of messages) if (body.kind === "news") sent.push(body.id);
    });
    const lateMs = Date.now();
    await env.DB.batch([announce(env.DB, told), announce(env.DB, handled)]);
    await relay(env.DB, queue, lateMs);
    await markHandled(env.DB, handled.id, lateMs).run();
    await reclaimEvents(env.DB, lateMs + 14 * MINUTE_MS).run();
    await relay(env.DB, queue, lateMs);
    await reclaimEvents(env.DB, lateMs + 16 * MINUTE_MS).run();
    await relay(env.DB, queue, lateMs + 16 * MINUTE_MS);
    expect(sent.filter((id) => id === told.id).length).toBe(2);
    expect(sent.filter((id) => id === handled.id).length).toBe(1);
  });

  it("is relayed once, and again where the queue failed", async () => {
    await relay(
      env.DB,
      queueOf(async () => {}),
      1,
    );
    const tenant = makeId("ten", 1);
    const told = Array.from({ length: 120 }, () => event(tenant));
    await env.DB.batch(told.map((each) => announce(env.DB, each)));

    const down = queueOf(() => Promise.reject(new Error("down")));
    await expect(relay(env.DB, down, 2)).rejects.toThrow("down");
    const send = vi.fn(async (_messages: Iterable<{ body: Job }>) => {});
    // As many as its window holds; each that was handled makes room for another.
    expect(await relay(env.DB, queueOf(send), 2)).toBe(RELAY_WINDOW);
    expect(await relay(env.DB, queueOf(send), 2)).toBe(0);
    const isTold = (job: Job) => ("id" in job ? job.id : "");
    for (let n = 0; n < 120; n++) {
      const sent = send.mock.calls.flatMap(([messages]) => [...messages].map(({ body }) => body));
      await markHandled(env.DB, isTold(sent[n] as Job), 2).run();
      await relay(env.DB, queueOf(send), 2);
    }
    const jobs = send.mock.calls.flatMap(([messages]) => [...messages].map(({ body }) => body));
    expect(jobs).toHaveLength(120);
    expect(jobs[0]).toMatchObject({ kind: "news", tenant });
    expect(new Set(jobs.map((job) => "id" in job && job.id))).toEqual(
      new Set(told.map(({ id }) => id)),
    );
  });
});
