/** Deliveries that a receiver really got, verified by the published packages through a rotation. */
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { newState, serve } from "../process/command.ts";
import { startPeer, type Taken, until } from "../process/peer.ts";

/** Each says nothing, or throws. */
const VERIFIERS = {
  standardwebhooks: (secret: string, { body, headers }: Taken) =>
    void new StandardWebhook(secret).verify(body, headers),
  svix: (secret: string, { body, headers }: Taken) =>
    void new SvixWebhook(secret).verify(body, headers),
};

const NAMES = Object.keys(VERIFIERS) as (keyof typeof VERIFIERS)[];

/** Which packages take a delivery as signed by a secret. */
function takenBy(secret: string, taken: Taken): string[] {
  return NAMES.filter((name) => {
    try {
      VERIFIERS[name](secret, taken);
      return true;
    } catch {
      return false;
    }
  });
}

it("both packages verify a delivery before, during and after a secret's rotation", async () => {
  const [server, peer] = [await serve(await newState()), await startPeer()];
  const api = apiAt(server.url, server.demoKey);
  type Made = { id: string; secret: string };
  const body = { url: `${peer.url}/ok`, events: ["usage.threshold_reached"] };
  const endpoint = await api.call<Made>("POST", "/api/webhooks/endpoints", body);
  const path = `/api/webhooks/endpoints/${endpoint.id}`;
  const rotate = (overlap_hours: number) =>
    api.call<{ secret: string }>("POST", `${path}/rotate-secret`, { overlap_hours });
  const deliver = async () => {
    const { event_id } = await api.call<{ event_id: string }>("POST", `${path}/test`);
    return until(() => peer.taken.find(({ headers }) => headers["webhook-id"] === event_id));
  };
  const expectTaken = (taken: Taken, by: Record<string, boolean>) => {
    for (const [secret, isTaken] of Object.entries(by)) {
      expect(takenBy(secret, taken)).toEqual(isTaken ? NAMES : []);
      expect(takenBy(secret, { ...taken, body: `${taken.body} ` })).toEqual([]);
    }
  };
  const first = endpoint.secret;
  expectTaken(await deliver(), { [first]: true });
  const { secret: second } = await rotate(24);
  const during = await deliver();
  expect(during.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  expectTaken(during, { [first]: true, [second]: true });
  const { secret: third } = await rotate(0);
  expectTaken(await deliver(), { [first]: false, [second]: false, [third]: true });
});
