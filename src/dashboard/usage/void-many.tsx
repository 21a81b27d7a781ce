/** /dashboard/usage/events/bulk: taking many events back. */
import { Hono } from "hono";
import { correctionRoutes } from "../../billing/correction/correction-routes.ts";
import { notFound } from "../../core/errors.ts";
import { eventOf } from "../../metering/event/line.ts";
import { listEvents } from "../../metering/read/event.ts";
import { eventFilterOf } from "../../metering/read/event-filter.ts";
import { eventFilter } from "../../metering/read/event-schema.ts";
import type { Refused } from "../component/form.tsx";
import { textOf } from "../form/form.ts";
import { type ListState, listed } from "../form/list-state.ts";
import { askBulk, chosen, chosenIn, stepBulk } from "../page/bulk.tsx";
import { leastText } from "../page/counted.ts";
import { allowed, type PageContext, type PageEnv, parseWith, readForm } from "../page/request.ts";
import { asked } from "./usage-range.ts";

export const voidManyPages = new Hono<PageEnv>();

const PATH = "/usage/events";
const ACT = "void";

const bulkOf = (filter: ListState) => ({
  base: `/dashboard${PATH}`,
  section: "usage" as const,
  act: ACT,
  filter,
  words: { doing: "Voiding", done: "events voided" },
  pageless: true,
});

voidManyPages.get(`${PATH}/bulk`, (c) => {
  allowed(c, "usage.void");
  const { act, filter } = chosen(c);
  if (act !== ACT) throw notFound("act");
  // Days become the times that they are for the API.
  return review(c, listed(asked(filter)), null);
});

voidManyPages.post(`${PATH}/bulk`, async (c) => {
  allowed(c, "usage.void");
  const sent = await readForm(c);
  if (textOf(sent, "act") !== ACT) throw notFound("act");
  const filter = chosenIn(sent);
  return stepBulk(c, {
    ...bulkOf(filter),
    routes: correctionRoutes,
    path: "usage-events",
    sent,
    again: (refused) => review(c, filter, refused),
  });
});

/** What is looked at to say in numbers for how many it is. */
const MOST_LOOKED_AT = 1_000;

async function review(c: PageContext, filter: ListState, refused: Refused | null) {
  const { actor, format } = c.var;
  const found = await listEvents(
    c.env,
    actor.tenantId,
    eventFilterOf(actor, parseWith(eventFilter, filter)),
    { beforeSeq: Number.MAX_SAFE_INTEGER, limit: MOST_LOOKED_AT },
  );
  const counted = found.lines.filter(({ seq }) => !found.voided.has(seq));
  const more = found.next !== null;
  const total = { count: counted.length, more };
  const noun = total.count === 1 && !more ? "event" : "events";
  const metrics = new Set(counted.map(({ tuple }) => eventOf(tuple).metric));
  const several = leastText({ count: metrics.size, more }, format);
  const of = metrics.size === 1 && !more ? [...metrics][0] : `${several} metrics`;
  const said = total.count === 0 ? noun : `${leastText(total, format)} ${noun}`;
  const taken = total.count === 0 ? "what was not voided yet" : `${said} of ${of}`;
  const others = { count: found.voided.size, more };
  return askBulk(c, {
    ...bulkOf(filter),
    title: `Void ${said}`,
    total,
    consequence:
      `Takes ${taken} off the totals. Their IDs stay used: an event with one of ` +
      "them is not counted again. This cannot be undone.",
    note:
      others.count > 0
        ? `Not concerned: ${leastText(others, format)} that are voided already.`
        : null,
    danger: true,
    refused,
  });
}
