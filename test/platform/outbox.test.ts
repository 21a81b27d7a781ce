import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { News } from "../../src/core/news.ts";
import { MINUTE_MS } from "../../src/core/time.ts";
import { makeId } from "../../src/platform/crypto.ts";
import type { Job } from "../../src/platform/env.ts";
import {
  announce,
  markHandled,
  readAnnounced,
  reclaimNews,
  relay,
} from "../../src/platform/outbox.ts";

function news(tenant: string, id = makeId("news", 1)): News {
  const body = { subscription_id: "sub_1", plan: "FREE" };
  return { id, tenant, type: "subscription.created", atMs: 1, body };
}

function queueOf(sendBatch: (messages: Iterable<{ body: Job }>) => Promise<unknown>) {
  return { sendBatch } as unknown as Queue<Job>;
}

describe("the outbox", () => {
  it("numbers each tenant's announcements without gaps, and each once", async () => {
    const [one, two] = [makeId("ten", 1), makeId("ten", 1)];
    const first = news(one);
    await env.DB.batch([announce(env.DB, first), announce(env.DB, news(two))]);
    await env.DB.batch([announce(env.DB, first), announce(env.DB, news(one))]);
    const { results } = await env.DB.prepare(
      "SELECT news_seq AS seq FROM outbox WHERE tenant = ? ORDER BY news_seq",
    )
      .bind(one)
      .all();
    expect(results).toEqual([{ seq: 1 }, { seq: 2 }]);
  });

  it("takes a batch's number back with the batch", async () => {
    const tenant = makeId("ten", 1);
    const broken = env.DB.batch([
      announce(env.DB, news(tenant)),
      env.DB.prepare("SELECT json('{')"),
    ]);
    await expect(broken).rejects.toThrow();
    const kept = news(tenant);
    await announce(env.DB, kept).run();
    expect((await readAnnounced(env.DB, tenant, kept.id))?.newsSeq).toBe(1);
  });

  it("reads an announcement only for its tenant", async () => {
    const tenant = makeId("ten", 1);
    const told = news(tenant);
    await announce(env.DB, told).run();
    expect(await readAnnounced(env.DB, tenant, told.id)).toMatchObject({
      type: "subscription.created",
      body: JSON.stringify(told.body),
    });
    expect(await readAnnounced(env.DB, makeId("ten", 1), told.id)).toBeNull();
  });

  it("is relayed again where the queue lost it, until it is handled", async () => {
    const told = news(makeId("ten", 1));
    const handled = news(makeId("ten", 1));
    const sent: string[] = [];
    const queue = queueOf(async (messages) => {
      for (const { body } of messages) if (body.kind === "news") sent.push(body.id);
    });
    const lateMs = Date.now();
    await env.DB.batch([announce(env.DB, told), announce(env.DB, handled)]);
    await relay(env.DB, queue, lateMs);
    await markHandled(env.DB, handled.id, lateMs).run();
    await reclaimNews(env.DB, lateMs + 14 * MINUTE_MS).run();
    await relay(env.DB, queue, lateMs);
    await reclaimNews(env.DB, lateMs + 16 * MINUTE_MS).run();
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
    const told = Array.from({ length: 120 }, () => news(tenant));
    await env.DB.batch(told.map((each) => announce(env.DB, each)));

    const down = queueOf(() => Promise.reject(new Error("down")));
    await expect(relay(env.DB, down, 2)).rejects.toThrow("down");
    const send = vi.fn(async (_messages: Iterable<{ body: Job }>) => {});
    expect(await relay(env.DB, queueOf(send), 2)).toBe(120);
    expect(await relay(env.DB, queueOf(send), 2)).toBe(0);
    const jobs = send.mock.calls.flatMap(([messages]) => [...messages].map(({ body }) => body));
    expect(jobs).toHaveLength(120);
    expect(jobs[0]).toMatchObject({ kind: "news", tenant });
    expect(new Set(jobs.map((job) => "id" in job && job.id))).toEqual(
      new Set(told.map(({ id }) => id)),
    );
  });
});
