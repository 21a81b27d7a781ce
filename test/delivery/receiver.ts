/** A receiver in place of the internet, and a Worker whose queues only take note. */
import { env as bindings } from "cloudflare:workers";
import { vi } from "vitest";
import { sendEmail } from "../../src/delivery/email/send.ts";
import { attemptDelivery } from "../../src/delivery/webhook/deliver.ts";
import { announce, readAnnounced } from "../../src/platform/queue/outbox.ts";
import { makeId } from "../../src/platform/runtime/crypto.ts";
import type { Env, Job } from "../../src/platform/runtime/env.ts";
import { call, makeTenant, type TestTenant } from "../support/api.ts";

export type Taken = { url: string; body: string; headers: Record<string, string> };
export type Answering = (taken: Taken, init: RequestInit) => Response | Promise<Response>;

/** Answers every request from now on; `taken` are those that came. */
export function receive(answering: Answering): Taken[] {
  const taken: Taken[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const one = { url: String(input), body: String(init.body), headers };
    taken.push(one);
    return answering(one, init);
  });
  return taken;
}

/** The Worker's environment with queues that only take note of what they are sent. */
export function quietEnv(): { env: Env; sent: { lane: string; job: Job }[] } {
  const sent: { lane: string; job: Job }[] = [];
  const queue = (lane: string) =>
    ({
      send: async (job: Job) => void sent.push({ lane, job }),
      sendBatch: async (jobs: Iterable<{ body: Job }>) =>
        void sent.push(...[...jobs].map(({ body }) => ({ lane, job: body }))),
    }) as unknown as Env["JOBS"];
  const env = {
    ...(bindings as unknown as Env),
    NEWS: queue("news"),
    JOBS: queue("jobs"),
    UPKEEP: queue("upkeep"),
    DELIVERIES: queue("quick"),
    SLOW_DELIVERIES: queue("slow"),
    MAILS: queue("mails"),
    INTAKE: queue("intake"),
    BUSY_INTAKE: queue("busy"),
  };
  return { env, sent };
}

/** An attempt at a delivery at the time at which it is due, however long it would wait. */
export async function attemptNext(env: Env, id: string, clock: () => number): Promise<void> {
  await comeDue(env, `webhook.deliver:${id}`);
  await attemptDelivery(env, id, "quick", clock);
}

/** As `attemptNext`, of an e-mail. */
export async function sendNext(env: Env, id: string, realMs: number): Promise<void> {
  await comeDue(env, `email.send:${id}`);
  await sendEmail(env, id, realMs);
}

async function comeDue(env: Env, id: string): Promise<void> {
  await env.DB.prepare("UPDATE due SET at_ms = 0 WHERE id = ?").bind(id).run();
}

export const URL_OF_HOOK = "https://hooks.example.invalid/in";

export type Hooked = TestTenant & { endpoint: string; secret: string };

/** A tenant with an endpoint. */
export async function hooked(body: Record<string, unknown> = {}): Promise<Hooked> {
  const tenant = await makeTenant();
  const { body: made } = await call(tenant.key, "POST", "/api/webhooks/endpoints", {
    url: URL_OF_HOOK,
    ...body,
  });
  return { ...tenant, endpoint: made.id, secret: made.secret };
}

/** Announces that a quote was accepted, and nothing else. */
export async function announced(env: Env, tenant: string, id = makeId("news", Date.now())) {
  const body = { quote_id: "quo_1", number: "QUO-2026-001" };
  await announce(env.DB, { id, tenant, type: "quote.accepted", atMs: 1_000, body }).run();
  const event = await readAnnounced(env.DB, tenant, id);
  if (!event) throw new Error("it was not announced");
  return event;
}
