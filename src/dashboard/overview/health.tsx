/** How the installation gets on: what waits, is late or fails, counted to a bound. */

import { DAY_MS, MINUTE_MS } from "../../core/time.ts";
import { deliveryBacklog } from "../../delivery/backlog.ts";
import { type Backlog, MOST_COUNTED, queueBacklog } from "../../platform/queue/backlog.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Format } from "../form/format.ts";

/** Work that was due for less than this is on its way: the sweep comes each minute. */
export const LATE_AFTER_MS = 2 * MINUTE_MS;
/** How long failures are looked back at. */
export const FAILED_WITHIN_MS = DAY_MS;

export type Sign = {
  id: string;
  name: string;
  backlog: Backlog;
  /** What it means where there is any, and where to look. */
  note: string;
  path: string;
  /** True where any of it needs somebody; what only waits does when it waits for long. */
  bad: boolean;
};

/** The signs, each with a link. */
export async function signsOf(env: Env, realMs: number): Promise<Sign[]> {
  const [{ announcements, late, failing }, delivery] = await Promise.all([
    queueBacklog(env.DB, realMs - LATE_AFTER_MS),
    deliveryBacklog(env.DB, realMs - FAILED_WITHIN_MS),
  ]);
  const waitsLong = ({ sinceMs }: Backlog) => sinceMs !== null && sinceMs < realMs - LATE_AFTER_MS;
  const some = ({ count }: Backlog) => count > 0;
  return [
    {
      id: "outbox",
      name: "Announcements waiting",
      backlog: announcements,
      note: "not handed to the queue yet",
      path: "/health#outbox",
      bad: waitsLong(announcements),
    },
    {
      id: "late",
      name: "Work that is late",
      backlog: late,
      note: "due for more than 2 minutes",
      path: "/health#late",
      bad: some(late),
    },
    {
      id: "failing",
      name: "Work that fails",
      backlog: failing,
      note: "tried again by itself",
      path: "/work",
      bad: some(failing),
    },
    {
      id: "endpoints",
      name: "Webhook endpoints failing",
      backlog: delivery.endpoints,
      note: "answer nothing but errors",
      path: "/health#endpoints",
      bad: some(delivery.endpoints),
    },
    {
      id: "deliveries",
      name: "Deliveries given up",
      backlog: delivery.deliveries,
      note: "in the last 24 hours",
      path: "/health#deliveries",
      bad: some(delivery.deliveries),
    },
    {
      id: "emails-waiting",
      name: "E-mails waiting",
      backlog: delivery.emailsWaiting,
      note: "written, not sent yet",
      path: "/health#emails-waiting",
      bad: waitsLong(delivery.emailsWaiting),
    },
    {
      id: "emails-failed",
      name: "E-mails failed",
      backlog: delivery.emailsFailed,
      note: "in the last 24 hours",
      path: "/health#emails-failed",
      bad: some(delivery.emailsFailed),
    },
  ];
}

/** A count, with a plus where there are more than are counted. */
export function countText({ count }: Backlog, format: Format): string {
  return count > MOST_COUNTED ? `${format.count(MOST_COUNTED)}+` : format.count(count);
}

type Props = { signs: readonly Sign[]; format: Format; title?: string };

/** All signs in a row of links; with a title of its own on the page that has their rows. */
export function HealthSigns({ signs, format, title }: Props) {
  const worse = signs.filter(({ bad }) => bad).length;
  return (
    <section aria-labelledby="health-head">
      <div class="head">
        <h2 id="health-head">
          {title ?? "Health"}{" "}
          <span class={`badge ${worse === 0 ? "good" : "bad"}`}>
            {worse === 0 ? "all well" : worse === 1 ? "1 needs a look" : `${worse} need a look`}
          </span>
        </h2>
        {title === undefined && <a href="/dashboard/health">What waits and fails</a>}
      </div>
      <ul class="signs">
        {signs.map(({ name, backlog, note, path, bad }) => (
          <li>
            <a href={`/dashboard${path}`} class={bad ? "bad" : ""}>
              <span>{name}</span>
              <strong>{countText(backlog, format)}</strong>
              <small class="muted">
                {backlog.count === 0 || backlog.sinceMs === null
                  ? note
                  : `${note}; first ${format.time(backlog.sinceMs)}`}
              </small>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
