/** Webhooks of a running server, received by a real HTTP server. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { serve, temporaryDir } from "./command.ts";

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
}

type Received = { id: string; atMs: number; body: string; headers: Record<string, string> };

async function receiver(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const url = await listen(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const headers = request.headers as Record<string, string>;
    received.push({ id: headers["webhook-id"] ?? "", atMs: Date.now(), body, headers });
    response.end("ok");
  });
  return { url, received };
}

async function until(holds: () => boolean, timeoutMs: number): Promise<void> {
  const giveUpMs = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > giveUpMs) throw new Error(`not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const percentile95 = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;

type Made = { id: string; secret: string };
const addEndpoint = (api: Api, url: string, events: string[] = []) =>
  api.call<Made>("POST", "/api/webhooks/endpoints", { url, events });

describe("webhooks", () => {
  it("tell of an alert within a second of the call that crossed the threshold", async () => {
    const { url, received } = await receiver();
    const server = await serve(temporaryDir());
    const api = apiAt(server.url, server.demoKey);
    const { secret } = await addEndpoint(api, url, ["usage.threshold_reached"]);
    const waits: number[] = [];
    for (const [metric_name, included] of [
      ["api_calls", 1_000],
      ["quotes_generated", 10],
      ["invoices_generated", 5],
      ["storage_gb", 1],
    ] as const) {
      for (const [n, share] of [0.8, 0.1, 0.1, 0.1].entries()) {
        const quantity = (included * share).toFixed(6);
        const before = received.length;
        const beganMs = Date.now();
        await api.call("POST", "/api/usage/record", {
          metric_name,
          quantity,
          id: `${metric_name}-${n}`,
        });
        await until(() => received.length > before, 10_000);
        waits.push((received.at(-1)?.atMs ?? 0) - beganMs);
      }
    }
    for (const { body, headers } of received) new Webhook(secret).verify(body, headers);
    console.info(`p95 from record to receiver: ${percentile95(waits)} ms`);
    expect(percentile95(waits)).toBeLessThan(1_000);
  });

  it("reach a good endpoint at once while another one hangs", async () => {
    const { url, received } = await receiver();
    const server = await serve(temporaryDir());
    const api = apiAt(server.url, server.demoKey);
    const good = await addEndpoint(api, url, ["quote.accepted"]);
    const hanging = await addEndpoint(api, await listen(() => {}));
    const test = ({ id }: Made) =>
      api.call<{ event_id: string }>("POST", `/api/webhooks/endpoints/${id}/test`);
    const sent = new Map<string, number>();
    for (let n = 0; n < 40; n++) {
      await test(hanging);
      const beganMs = Date.now();
      sent.set((await test(good)).event_id, beganMs);
    }
    await until(() => received.length >= sent.size, 30_000);
    const waits = received.map(({ id, atMs }) => atMs - (sent.get(id) ?? 0));
    expect(new Set(received.map(({ id }) => id)).size).toBe(sent.size);
    console.info(`p95 beside a hanging endpoint: ${percentile95(waits)} ms`);
    expect(percentile95(waits)).toBeLessThan(3_000);
  });
});
