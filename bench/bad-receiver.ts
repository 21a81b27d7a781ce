/** A receiver of webhooks on this machine that takes none: it refuses, or never answers. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type BadReceiver = {
  /** As an endpoint's host is named: the address with the port. */
  host: string;
  /** Where each message is answered 500 at once. */
  failing: string;
  /** Where no message is ever answered. */
  hanging: string;
  /** Breaks off what is not answered; it goes on taking connections. */
  breakOff: () => void;
  /** It ends, and its connections with it. */
  close: () => void;
};

/** Starts one on a free port of the loopback address. */
export async function startBadReceiver(): Promise<BadReceiver> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith("/failing")) response.writeHead(500).end("no");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    failing: `http://${host}/failing`,
    hanging: `http://${host}/hanging`,
    breakOff: () => server.closeAllConnections(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
