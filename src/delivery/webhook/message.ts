/** What a receiver is sent, and which endpoint gets it. Pure. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type ApiVersion, keptVersion, NEWEST_VERSION } from "../../core/api-version.ts";
import type { AnnouncedEvent } from "../../core/event.ts";
import { idFrom } from "../../core/id.ts";
import { timeText } from "../../core/time.ts";
import { eventData } from "../../versions/event.ts";
import type { Delivery, Endpoint } from "./table.ts";

export const TEST_TYPE = "webhook.test";

/** An event as receivers and pollers see it in a version. `seq` counts without gaps. */
export function eventOf(
  { id, outboxSeq, type, atMs, bodyJson }: AnnouncedEvent,
  version: ApiVersion = NEWEST_VERSION,
) {
  const data = eventData(type, JSON.parse(bodyJson), version);
  return { id, seq: outboxSeq, type, timestamp: timeText(atMs), data };
}

/** The body of a webhook's request, which is also what is signed, in its endpoint's version. */
export function payloadOf(event: AnnouncedEvent, { apiVersion }: Pick<Endpoint, "apiVersion">) {
  return JSON.stringify(eventOf(event, keptVersion(apiVersion)));
}

/** The same for an event that the owner of an endpoint asked for, to try it. */
export function testPayload({ message, createdMs, endpoint }: Delivery): string {
  const data = { endpoint_id: endpoint };
  const timestamp = timeText(createdMs);
  return JSON.stringify({ id: message, seq: null, type: TEST_TYPE, timestamp, data });
}

/** True where an endpoint's filter lets a type through; an empty one lets all. */
export function wants(events: readonly string[], type: string): boolean {
  return events.length === 0 || events.includes(type);
}

/** The one delivery of an event to an endpoint: its id follows from both. */
export function deliveryFor(endpoint: string, event: AnnouncedEvent, realMs: number): Delivery {
  const digest = createHash("sha256").update(`${endpoint} ${event.id}`).digest();
  return {
    id: idFrom("dlv", event.atMs, Buffer.from(digest.subarray(0, 10))),
    tenant: event.tenant,
    endpoint,
    message: event.id,
    outboxSeq: event.outboxSeq,
    type: event.type,
    status: "pending",
    attempts: 0,
    step: 0,
    createdMs: realMs,
  };
}
