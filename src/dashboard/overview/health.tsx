/** Pure. How the installation gets on, as signs that lead to what they count. */

import { type Backlog, MOST_COUNTED } from "../../platform/queue/backlog.ts";
import type { Sign, SignId } from "../../watch/health.ts";
import type { Seen } from "../../watch/stages.ts";
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

type Tile = { href: string; name: string; backlog: Backlog; note: string; bad: boolean };

function tileOf({ id, backlog, bad }: Sign): Tile {
  return { href: `/dashboard/health#${id}`, ...SIGN_WORDS[id], backlog, bad };
}

/** What no sign counts, so that nothing is called well that the API says needs somebody. */
function seenTiles({ stages, meters, deadLetters }: Seen): Tile[] {
  // A meter that cannot drain holds up its stage from the first moment.
  const behind = stages.filter(({ id, late }) => late || (id === "journal" && meters.length > 0));
  return [
    {
      href: "/dashboard/health#stages",
      name: "Stages behind",
      backlog: { count: behind.length, sinceMs: null },
      note: "longer than they should be",
      bad: behind.length > 0,
    },
    {
      href: "/dashboard/dead-letters",
      name: "Dead letters",
      backlog: deadLetters,
      note: "given up by their queue",
      bad: deadLetters.count > 0,
    },
  ];
}

/** Whether anything needs somebody. */
export function needsLook(signs: readonly Sign[], seen: Seen): boolean {
  return [...signs, ...seenTiles(seen)].some(({ bad }) => bad);
}

type Props = { signs: readonly Sign[]; seen: Seen; format: Format; title?: string };

/** All signs in a row of links; with a title of its own on the page that has their rows. */
export function HealthSigns({ signs, seen, format, title }: Props) {
  // What is wrong stands first, wherever the row is cut into lines.
  const tiles = [...signs.map(tileOf), ...seenTiles(seen)].sort((a, b) => +b.bad - +a.bad);
  const worse = tiles.filter(({ bad }) => bad).length;
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
        {tiles.map(({ href, name, backlog, note, bad }) => (
          <li>
            <a href={href} class={bad ? "bad" : ""}>
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
