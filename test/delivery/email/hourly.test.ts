import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { usedUp } from "../../../src/accounts/store/hourly-store.ts";
import { HOUR_MS } from "../../../src/core/time.ts";
import {
  emailRow,
  handOutEmails,
  queueStatements,
  sendEmail,
} from "../../../src/delivery/email/send.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { quietEnv, receive, sendNext } from "../receiver.ts";

/** The beginning of the hour that it is, in which all of a test happens. */
const NOW = Date.now();
const NEXT_HOUR = NOW - (NOW % HOUR_MS) + HOUR_MS;

let env: Env;
let sent: ReturnType<typeof quietEnv>["sent"];
beforeEach(() => {
  // The API counts by the clock: no hour ends in between.
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  ({ env, sent } = quietEnv());
  env = { ...env, EMAIL_PROVIDER: "resend", EMAIL_KEY: "key", EMAIL_FROM: "bills@example.com" };
  receive(() => Response.json({ id: "re_1" }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function withBudget(most: number): Promise<TestTenant> {
  const tenant = await makeTenant();
  const path = `/api/tenants/${tenant.tenantId}/budgets`;
  const set = await call(await operatorKey(), "PUT", path, { emails_per_hour: most });
  expect(set.status).toBe(200);
  return tenant;
}

/** A notice that is queued; an e-mail to each of `addresses`. */
async function queue({ tenantId: tenant }: TestTenant, given: object = {}): Promise<string> {
  const id = makeId("eml", NOW);
  const row = emailRow({
    id,
    tenant,
    scope: "",
    letter: "notice",
    fromName: "A",
    replyTo: null,
    createdMs: NOW,
    recipients: ["a@example.com"],
    cc: [],
    subject: "Hi",
    html: "<p>Hi</p>",
    plain: "Hi",
    attachments: [],
    ...given,
  });
  await env.DB.batch(await queueStatements(env, row));
  return id;
}

/** Does what the queue is handed, until nothing more comes. */
async function work(nowMs: number): Promise<string[]> {
  const done: string[] = [];
  for (let next = sent.shift(); next; next = sent.shift()) {
    if (next.job.kind !== "mail") continue;
    done.push(next.job.id);
    await sendEmail(env, next.job.id, nowMs);
  }
  return done;
}

const read = async ({ key }: TestTenant, id: string) =>
  (await call(key, "GET", `/api/emails/${id}`)).body;

describe("e-mails beyond the hour's budget", () => {
  it("wait for the next hour, say so, and are then sent, oldest first", async () => {
    const tenant = await withBudget(3);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await queue(tenant));
    await handOutEmails(env, tenant.tenantId, NOW);
    await work(NOW);
    const states = async () =>
      (await Promise.all(ids.map((id) => read(tenant, id)))).map((one) => one.status);
    expect((await states()).filter((status) => status === "sent")).toHaveLength(3);
    const [waiting] = (await call(tenant.key, "GET", "/api/emails?status=queued")).body.data;
    expect(waiting).toMatchObject({
      status: "queued",
      attempts: 0,
      reason: "waits for the next hour: all 3 e-mails of this one are sent",
    });
    const usedAt = (ms: number) => usedUp(env.DB, tenant, "emails_per_hour", ms);
    expect(await usedAt(NOW)).toBe(3);
    // The list counts by the database's own clock, which no test sets.
    const listed = (await call(tenant.key, "GET", "/api/tenant/budgets")).body.data;
    const clock = await env.DB.prepare("SELECT unixepoch() * 1000 AS ms").first<number>("ms");
    expect(listed.find(({ name }: { name: string }) => name === "emails_per_hour")).toMatchObject({
      used: await usedAt(clock ?? 0),
      limit: 3,
    });
    await handOutEmails(env, tenant.tenantId, NEXT_HOUR - 1);
    expect(await work(NEXT_HOUR - 1)).toEqual([]);
    await handOutEmails(env, tenant.tenantId, NEXT_HOUR);
    expect(await work(NEXT_HOUR)).toHaveLength(2);
    expect(await states()).toEqual(["sent", "sent", "sent", "sent", "sent"]);
  });

  it("wait as many again at most: more are refused before anything is made of them", async () => {
    const tenant = await withBudget(2);
    const send = () => call(tenant.key, "POST", "/api/invoices/inv_none/send", {});
    for (let n = 0; n < 2; n++) await sendEmail(env, await queue(tenant), NOW);
    await queue(tenant);
    expect((await send()).status).toBe(404);
    await queue(tenant);
    expect(await send()).toMatchObject({
      status: 429,
      body: { code: "budget.reached", budget: "emails_per_hour", limit: 2 },
    });
  });

  it("are counted by address, and no message is cut in two", async () => {
    const tenant = await withBudget(5);
    const many = { recipients: ["a@x.test", "b@x.test"], cc: ["c@x.test"] };
    const ids = [await queue(tenant, many), await queue(tenant, many), await queue(tenant)];
    for (const id of ids) await sendEmail(env, id, NOW);
    const states = (await Promise.all(ids.map((id) => read(tenant, id)))).map((one) => one.status);
    expect(states).toEqual(["sent", "sent", "queued"]);
    expect(await usedUp(env.DB, tenant, "emails_per_hour", NOW)).toBe(5);
  });

  it("are as many by 20 attempts at once", async () => {
    const tenant = await withBudget(7);
    const ids = await Promise.all(Array.from({ length: 20 }, () => queue(tenant)));
    await Promise.all(ids.map((id) => sendEmail(env, id, NOW)));
    const list = (await call(tenant.key, "GET", "/api/emails?status=sent")).body.data;
    expect(list).toHaveLength(7);
  });

  it("keep no letter waiting that signs somebody in, nor one of a test tenant", async () => {
    const tenant = await withBudget(0);
    const signIn = await queue(tenant, { private: true });
    const tested = await queue(tenant, { scope: tenant.tenantId });
    const other = await queue(tenant);
    await handOutEmails(env, tenant.tenantId, NOW);
    expect(await work(NOW)).toEqual([signIn]);
    await sendEmail(env, tested, NOW);
    await sendEmail(env, other, NOW);
    expect([(await read(tenant, tested)).status, (await read(tenant, other)).status]).toEqual([
      "sent",
      "queued",
    ]);
  });

  it("count an attempt that has to be made again once", async () => {
    const tenant = await withBudget(1);
    const id = await queue(tenant);
    vi.restoreAllMocks();
    receive(() => new Response("down", { status: 500 }));
    await sendEmail(env, id, NOW);
    expect((await read(tenant, id)).attempts).toBe(1);
    vi.restoreAllMocks();
    receive(() => Response.json({ id: "re_1" }));
    await sendNext(env, id, NOW);
    expect((await read(tenant, id)).status).toBe("sent");
  });
});
