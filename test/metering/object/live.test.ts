/** The live socket: what it sends, when, and what a broken one is sent again. */
import { evictDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";

const worker = env as unknown as Env;
const CLOCK = "2026-01-10T00:00:00Z";
// FREE includes 1,000.
const INCLUDED = 1000;

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
type Frame = any;

class Listener {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  #arrived = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.frames.push(data === "pong" ? data : JSON.parse(`${data}`));
      this.#arrived();
    });
    socket.accept();
  }

  /** The first frame from `from` on that is as asked; waits for it. */
  async until(holds: (frame: Frame) => boolean, from = 0): Promise<Frame> {
    for (;;) {
      const found = this.frames.slice(from).find(holds);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}

function upgrade(path: string, headers: Record<string, string>): Promise<Response> {
  return exports.default.fetch(`https://api.test/api/usage/live${path}`, {
    headers: { upgrade: "websocket", ...headers },
  });
}

async function listen(tenant: TestTenant, after?: number): Promise<Listener> {
  const query = after === undefined ? "" : `?after=${after}`;
  const { status, webSocket } = await upgrade(query, { authorization: `Bearer ${tenant.key}` });
  expect(status).toBe(101);
  return new Listener(webSocket as WebSocket);
}

const used = (quantity: number) => (frame: Frame) =>
  frame.metrics?.some((metric: Frame) => metric.used_quantity === quantity);
const isAlert = (frame: Frame) => frame.type === "alert";

describe("a live socket", () => {
  it("begins with every metric of the period, then has what changed", async () => {
    const tenant = await subscriber(CLOCK);
    await record(tenant, 250);
    const listener = await listen(tenant);
    const first = await listener.until(() => true);
    expect(first).toMatchObject({
      type: "snapshot",
      live_seq: 1,
      subscription_id: tenant.id,
      period: { start: CLOCK, end: "2026-02-10T00:00:00Z" },
    });
    expect(first.metrics).toHaveLength(4);
    expect(first.metrics).toContainEqual({
      metric_name: "api_calls",
      used_quantity: 250,
      included_quantity: INCLUDED,
      usage_percent: 25,
      hard_limit: false,
      event_count: 1,
    });
    await record(tenant, 5, { metric_name: "custom" });
    const next = await listener.until(({ type }) => type === "usage");
    expect(next).toMatchObject({ live_seq: 2 });
    expect(next.metrics).toMatchObject([
      { metric_name: "custom", used_quantity: 5, included_quantity: null, usage_percent: null },
    ]);
  });

  it("sends a few frames for many events, and the last value always", async () => {
    const tenant = await makeTenant();
    const listener = await listen(tenant);
    const beganMs = Date.now();
    await Promise.all(Array.from({ length: 40 }, () => record(tenant, 1)));
    await listener.until(used(40));
    const frames = listener.frames.filter(({ type }) => type === "usage");
    // Four a second, and one at once.
    expect(frames.length).toBeLessThanOrEqual((Date.now() - beganMs) / 250 + 2);
    expect(frames.length).toBeLessThan(40);
    const seqs = listener.frames.map(({ live_seq }) => live_seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  it("sends each alert at once, as the recording's answer has it", async () => {
    const tenant = await subscriber(CLOCK);
    const listener = await listen(tenant);
    const { alerts } = await record(tenant, 950);
    await listener.until(({ alert }) => alert?.threshold_percent === 90);
    const told = listener.frames.filter(isAlert).map(({ alert }) => alert);
    expect(told).toEqual(alerts);
    expect(told).toHaveLength(2);
  });

  it("is sent the alerts since, when it comes back", async () => {
    const tenant = await subscriber(CLOCK);
    await record(tenant, 850);
    const before = await listen(tenant);
    const { live_seq } = await before.until(() => true);
    before.socket.close();
    await record(tenant, 150);
    const listener = await listen(tenant, live_seq);
    const snapshot = await listener.until(() => true);
    expect([snapshot.type, used(1000)(snapshot)]).toEqual(["snapshot", true]);
    // Until the last of them has arrived the mark stays where it was.
    expect(snapshot.live_seq).toBe(live_seq);
    await listener.until(({ alert }) => alert?.threshold_percent === 100);
    const told = listener.frames.filter(isAlert);
    expect(told.map(({ alert }) => alert.threshold_percent)).toEqual([90, 100]);
    expect(told.map((frame) => frame.live_seq)).toEqual([live_seq, live_seq + 1]);
  });

  it("shows another period once it has begun", async () => {
    const tenant = await subscriber(CLOCK);
    await record(tenant, 100);
    const listener = await listen(tenant);
    await listener.until(used(100));
    await moveTo(tenant, "2026-02-10T00:00:01Z");
    await record(tenant, 7);
    const frame = await listener.until(used(7));
    expect(frame).toMatchObject({ type: "snapshot", period: { start: "2026-02-10T00:00:00Z" } });
  });

  it("goes on after the object was put away and woken", async () => {
    const tenant = await makeTenant();
    const listener = await listen(tenant);
    await record(tenant, 3);
    await listener.until(used(3));
    const stub = worker.METER.get(worker.METER.idFromName(tenant.tenantId));
    await evictDurableObject(stub as never);
    await record(tenant, 4);
    expect(await listener.until(used(7))).toMatchObject({ live_seq: 2 });
  });

  it("answers ping, and hears nothing else", async () => {
    const listener = await listen(await makeTenant());
    listener.socket.send("anything");
    listener.socket.send("ping");
    expect(await listener.until((frame) => frame === "pong")).toBe("pong");
  });

  it("hears nothing of other tenants", async () => {
    const [one, other] = [await makeTenant(), await makeTenant()];
    const listener = await listen(one);
    await record(other, 9);
    await record(one, 1);
    await listener.until(used(1));
    expect(listener.frames.some(used(9))).toBe(false);
  });

  it("is refused to a request that is no upgrade, and to a mark that is no live_seq", async () => {
    const { key } = await makeTenant();
    const plain = await call(key, "GET", "/api/usage/live");
    expect([plain.status, plain.body.code]).toEqual([426, "request.upgrade_required"]);
    expect(plain.headers.get("upgrade")).toBe("websocket");
    const authorization = `Bearer ${key}`;
    expect((await upgrade("?after=x", { authorization })).status).toBe(422);
    expect((await upgrade("", {})).status).toBe(401);
  });
});

describe("the live sockets of a tenant", () => {
  it("are never more than its budget, opened at once or after others have closed", async () => {
    const tenant = await makeTenant();
    const path = `/api/tenants/${tenant.tenantId}/budgets`;
    await call(await operatorKey(), "PUT", path, { live_sockets: 5 });
    const authorization = `Bearer ${tenant.key}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => upgrade("", { authorization })),
    );
    const open = answers.flatMap(({ webSocket }) => (webSocket ? [webSocket] : []));
    expect(open.length).toBe(5);
    const [refused] = answers.filter(({ status }) => status !== 101);
    expect([refused?.status, await refused?.json()]).toMatchObject([
      429,
      { code: "budget.reached", budget: "live_sockets", limit: 5 },
    ]);
    const shown = await call(tenant.key, "GET", "/api/tenant/budgets");
    expect(shown.body.data).toContainEqual(
      expect.objectContaining({ name: "live_sockets", used: 5, limit: 5 }),
    );
    const [first] = open;
    first?.accept();
    first?.close();
    const used = async () => {
      const { body } = await call(tenant.key, "GET", "/api/tenant/budgets");
      return body.data.find(({ name }: Frame) => name === "live_sockets").used;
    };
    await vi.waitUntil(async () => (await used()) === 4);
    expect((await upgrade("", { authorization })).status).toBe(101);
  });

  it("are closed with 4001 where they are not read, and go on where they answer", async () => {
    const tenant = await makeTenant();
    // Each frame has them all: some 300,000 characters.
    const events = Array.from({ length: 2_000 }, (_, i) => ({ metric_name: `m${i}`, quantity: 1 }));
    const send = () => call(tenant.key, "POST", "/api/usage/events", events);
    const [reader, sleeper] = [await listen(tenant), await listen(tenant)];
    reader.socket.addEventListener("message", ({ data }) => {
      const { type, answer } = JSON.parse(`${data}`);
      if (type === "check") reader.socket.send(answer);
    });
    sleeper.socket.addEventListener("message", () => sleeper.socket.send("another answer"));
    const closed = new Promise<CloseEvent>((resolve) => {
      sleeper.socket.addEventListener("close", resolve);
    });
    const counted = (n: number) => (frame: Frame) =>
      frame.metrics?.some((metric: Frame) => metric.event_count === n);
    for (let n = 1; n <= 8; n++) {
      await send();
      await reader.until(counted(n));
    }
    expect(await closed).toMatchObject({ code: 4001, reason: "it was read too slowly" });
    expect(reader.frames.filter(({ type }) => type === "check").length).toBeGreaterThan(2);
    expect(sleeper.frames.some(counted(8))).toBe(false);
    expect(sleeper.frames.filter(({ type }) => type === "check").length).toBe(1);
  });
});

describe("a ticket", () => {
  it("opens its tenant's socket without a key", async () => {
    const tenant = await makeTenant();
    await record(tenant, 12);
    const answer = await call(tenant.key, "POST", "/api/usage/live/ticket");
    expect(answer.status).toBe(201);
    const lifeMs = Date.parse(answer.body.expires_at) - Date.now();
    expect(lifeMs > 50_000 && lifeMs <= 60_000).toBe(true);
    const { webSocket } = await upgrade(`?ticket=${answer.body.ticket}`, {});
    const listener = new Listener(webSocket as WebSocket);
    expect(used(12)(await listener.until(() => true))).toBe(true);
  });

  it("opens nothing when it was changed or made up", async () => {
    const { key } = await makeTenant();
    const { ticket } = (await call(key, "POST", "/api/usage/live/ticket")).body;
    const changed = `${ticket.slice(0, -2)}${ticket.endsWith("AA") ? "BB" : "AA"}`;
    for (const forged of [changed, "x", ""]) {
      expect((await upgrade(`?ticket=${forged}`, {})).status).toBe(401);
    }
  });
});
