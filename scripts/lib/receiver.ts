/** A receiver of webhooks on this machine, which believes what its own library verifies. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { challengeAnswer, type WebhookEvent } from "../../client/src/index.ts";
import type { Api } from "./api.ts";

export type Received = { id: string; seq: number; type: string; data: Record<string, unknown> };

export type Receiver = {
  /** Verified messages, each once. */
  received: Received[];
  close: () => void;
};

/** Starts one, and adds it as an endpoint of the key's tenant. */
export async function addReceiver(api: Api, events: string[]): Promise<Receiver> {
  let webhook: Webhook | null = null;
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    try {
      webhook?.verify(body, request.headers as Record<string, string>);
      const message = JSON.parse(body) as Received;
      const proof = challengeAnswer(message as WebhookEvent);
      if (proof !== null) return void response.end(proof);
      if (!received.some(({ id }) => id === message.id)) received.push(message);
      response.end();
    } catch {
      response.writeHead(400).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const made = await api.call<{ secret: string }>("POST", "/api/webhooks/endpoints", {
    url,
    events,
  });
  webhook = new Webhook(made.secret);
  return { received, close: () => void server.close() };
}

/** Waits until `get` answers something. Errors: one that names what never came. */
export async function eventually<T>(what: string, get: () => Promise<T | null>): Promise<T> {
  const giveUpMs = Date.now() + 30_000;
  for (;;) {
    const got = await get();
    if (got !== null) return got;
    if (Date.now() > giveUpMs) throw new Error(`${what} never came`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
