/**
 * What was acknowledged asynchronously and could not be counted: listed once, announced as
 * `usage.refused`, and never more of it than a list is good for.
 */
import { isErased } from "../../accounts/store/clock.ts";
import type { EventBodies } from "../../core/event.ts";
import { quantityJson, quantityText } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { announceAll } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { count } from "../../platform/watch/counts.ts";
import { eventOf, type LineTuple } from "../event/line.ts";
import { hourOf, LISTED_AN_HOUR } from "./later-plan.ts";
import type { Refused } from "./record.ts";
import { countRefused, insertRefused, keepNewest, type NewRefused } from "./refused-store.ts";

/**
 * An event of an asynchronous recording, by its place there, and why it was refused. `tuple` is
 * null where it never was an event; `eventId` then is the id that it brought.
 */
export type Refusal = {
  message: string;
  index: number;
  tuple: LineTuple | null;
  eventId?: string | null;
  why: Pick<Refused, "code" | "detail">;
};

/** The id of a refused event: its message and place, so that twice is once. */
export function refusedId(message: string, index: number): string {
  return `ref_${message.replace(/^rec_/, "")}_${index}`;
}

/** The event as a caller may send it again, as JSON. */
function eventText(tuple: LineTuple): string {
  const { id, source, metric, micro, atMs, userId, metadata } = eventOf(tuple);
  const fields = [
    `"id":${JSON.stringify(id)}`,
    `"source":${JSON.stringify(source)}`,
    `"metric_name":${JSON.stringify(metric)}`,
    `"quantity":${quantityText(micro)}`,
    `"timestamp":"${timeText(atMs)}"`,
    `"user_id":${JSON.stringify(userId)}`,
    `"metadata":${JSON.stringify(metadata ?? {})}`,
  ];
  return `{${fields.join(",")}}`;
}

function rowOf({ message, index, tuple, why }: Refusal): NewRefused {
  return {
    id: refusedId(message, index),
    message,
    userId: tuple?.[4] || null,
    event: tuple && eventText(tuple),
    events: 1,
    ...why,
  };
}

/** Of an hour's refused events, those that are counted and not listed. */
function beyondOf(tenant: string, hourMs: number, count: number): NewRefused | null {
  if (count === 0) return null;
  const detail =
    `more than ${LISTED_AN_HOUR} events were refused in this hour: the others are counted here ` +
    "and not listed";
  return {
    id: `ref_${tenant}_${hourMs}`,
    message: "",
    userId: null,
    event: null,
    events: count,
    code: "request.rate_limited",
    detail,
  };
}

function bodyOf(row: NewRefused, refusal: Refusal | undefined): EventBodies["usage.refused"] {
  const event = refusal?.tuple ? eventOf(refusal.tuple) : null;
  return {
    refused_id: row.id,
    event_id: event?.id ?? refusal?.eventId ?? null,
    source: event?.source ?? null,
    metric_name: event?.metric ?? null,
    quantity: event ? quantityJson(event.micro) : null,
    user_id: row.userId,
    code: row.code,
    detail: row.detail,
  };
}

/**
 * Lists and announces refused events of a tenant; what is listed already stays as it is. The caller
 * relays what was announced.
 */
export async function noteRefused(
  env: Env,
  tenant: string,
  refusals: readonly Refusal[],
  realMs: number,
): Promise<void> {
  // What of an erased tenant comes late from a queue is listed nowhere.
  if (refusals.length === 0 || (await isErased(env.DB, tenant))) return;
  count("boxcostpro_usage_async_refused_total", refusals.length);
  const hourMs = hourOf(realMs);
  const room = Math.max(0, LISTED_AN_HOUR - (await countRefused(env.DB, tenant, hourMs)));
  const shown = refusals.slice(0, room);
  const listed = shown.map(rowOf);
  const beyond = beyondOf(tenant, hourMs, refusals.length - shown.length);
  const told = listed.map((row, i) => bodyOf(row, shown[i]));
  const bodies = beyond ? [...told, bodyOf(beyond, undefined)] : told;
  await env.DB.batch([
    ...insertRefused(env.DB, { tenant, atMs: realMs }, { listed, beyond }),
    ...announceAll(
      env.DB,
      tenant,
      bodies.map((body) => ({
        id: `news_${body.refused_id}`,
        type: "usage.refused" as const,
        atMs: realMs,
        body,
      })),
    ),
    ...(listed.length > 0 ? [keepNewest(env.DB, tenant)] : []),
  ]);
}

type Advised = Pick<NewRefused, "code" | "event" | "events">;

const SEND_AGAIN = "Send it again as it stands here";

/** What to do about a refused event, by the code of its refusal. */
const ADVICE: Readonly<Record<string, string>> = {
  "usage.conflict":
    "Its id was used before, for an event with another payload. If both happened, send this one " +
    "under an id of its own",
  "usage.limit_reached": `Have the plan's hard limit raised. ${SEND_AGAIN}`,
  "usage.event_too_old": "It waited too long to be recorded. Add it by an import of older usage",
  "usage.quantity_overflow": "Send smaller quantities, in a larger unit",
  "usage.too_many_values": "Declare a metric of a property with fewer values",
  "usage.too_many_metrics": "Send what differs as metadata of one metric",
  "request.invalid": "Send it again with the property that its metric counts",
  "usage.metric_undeclared":
    "Send it again under the right name, or declare its metric and send it as it stands here",
  "budget.reached": "Use metrics that there are, or ask the operator for a larger budget",
  "request.rate_limited":
    "Put right what is wrong with those that are listed, then send all of that hour again: " +
    "nothing counts twice",
  "usage.unavailable": `${SEND_AGAIN}: nothing counts twice`,
};

const PUT_RIGHT = "Put right what is wrong with what you sent, and send it again";

/** What to do about a refused event, as a sentence without its point. */
export function adviceOf({ code, event, events }: Advised): string {
  if (event === null && events === 1) {
    return code === "usage.unavailable" ? "Send it again: nothing counts twice" : PUT_RIGHT;
  }
  return ADVICE[code] ?? SEND_AGAIN;
}
