/** Pure. How the installation gets on, as signs that lead to what they count. */

import { type Backlog, MOST_COUNTED } from "../../platform/queue/backlog.ts";
import type { Sign, SignId } from "../../watch/health.ts";
import type { Format } from "../form/format.ts";

/** What each is called, and what it means where there is any. */
export const SIGN_WORDS: Readonly<Record<SignId, { name: string; note: string }>> = {
  announcements_waiting: {
    name: "Announcements waiting",
    note: "not handed to the queue yet",
  },
  work_late: { name: "Work that is late", note: "due for more than 2 minutes" },
  work_failing: { name: "Work that fails", note: "tried again by itself" },
  imports_stuck: { name: "Imports that stopped", note: "half-way for 15 minutes or more" },
  endpoints_failing: { name: "Webhook endpoints failing", note: "answer nothing but errors" },
  deliveries_failed: { name: "Deliveries given up", note: "in the last 24 hours" },
  emails_waiting: { name: "E-mails waiting", note: "written, not sent yet" },
  emails_failed: { name: "E-mails failed", note: "in the last 24 hours" },
};

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
        {signs.map(({ id, backlog, bad }) => (
          <li>
            <a href={`/dashboard/health#${id}`} class={bad ? "bad" : ""}>
              <span>{SIGN_WORDS[id].name}</span>
              <strong>{countText(backlog, format)}</strong>
              <small class="muted">
                {backlog.count === 0 || backlog.sinceMs === null
                  ? SIGN_WORDS[id].note
                  : `${SIGN_WORDS[id].note}; first ${format.time(backlog.sinceMs)}`}
              </small>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
