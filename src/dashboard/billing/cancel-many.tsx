/** /dashboard/billing/subscriptions/bulk: ending many subscriptions, each with its period. */
import { Hono } from "hono";
import { findTenants } from "../../accounts/store/tenant-store.ts";
import { cycleEnd } from "../../billing/lifecycle/append.ts";
import { subscriptionRoutes } from "../../billing/lifecycle/subscription-routes.ts";
import { sumsOf } from "../../billing/revenue/counts.ts";
import { recurringOf } from "../../billing/revenue/revenue.ts";
import {
  listSubscriptions,
  SUBSCRIPTION_STATES,
  type SubscriptionFilter,
} from "../../billing/subscription/store.ts";
import { notFound } from "../../core/errors.ts";
import type { Refused } from "../component/form.tsx";
import { textOf } from "../form/form.ts";
import type { ListState } from "../form/list-state.ts";
import { askBulk, chosen, chosenIn, stepBulk } from "../page/bulk.tsx";
import { leastText } from "../page/counted.ts";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";
import { recurringText } from "./display.ts";

export const cancelManyPages = new Hono<PageEnv>();

const PATH = "/billing/subscriptions";
const ACT = "cancel";

const bulkOf = (filter: ListState) => ({
  base: `/dashboard${PATH}`,
  section: "billing" as const,
  act: ACT,
  filter,
  words: { doing: "Canceling", done: "subscriptions canceled" },
});

cancelManyPages.get(`${PATH}/bulk`, (c) => {
  allowed(c, "operator.subscriptions");
  const { act, filter } = chosen(c);
  if (act !== ACT) throw notFound("act");
  return review(c, filter, null);
});

cancelManyPages.post(`${PATH}/bulk`, async (c) => {
  allowed(c, "operator.subscriptions");
  const sent = await readForm(c);
  if (textOf(sent, "act") !== ACT) throw notFound("act");
  const filter = chosenIn(sent);
  return stepBulk(c, {
    ...bulkOf(filter),
    routes: subscriptionRoutes,
    path: "subscriptions",
    sent,
    again: (refused) => review(c, filter, refused),
  });
});

/** What is looked at to say in numbers for how many it is, and when they end. */
const MOST_LOOKED_AT = 200;

async function review(c: PageContext, filter: ListState, refused: Refused | null) {
  const { actor, format } = c.var;
  const asked: SubscriptionFilter = {
    tenant: filter.tenant_id ?? null,
    among: actor.confinement?.tenants ?? null,
    state: SUBSCRIPTION_STATES.find((known) => known === filter.state),
    ids: filter.ids?.split(","),
  };
  const rows = await listSubscriptions(c.env.DB, { ...asked, limit: MOST_LOOKED_AT });
  const open = rows.filter(({ row }) => row.status === "active" && row.endMs === null);
  const more = rows.length >= MOST_LOOKED_AT;
  const ids = open.map(({ row }) => row.id);
  const lost = sumsOf(await recurringOf(c.env.DB, { ...asked, ids }, actor.realMs));
  const tenants = await findTenants(c.env.DB, [...new Set(open.map(({ row }) => row.tenant))]);
  const ends = open
    .map((one) => cycleEnd(one, tenants.get(one.row.tenant)?.testClockMs ?? actor.realMs))
    .sort((a, b) => a - b);
  const [first = 0, last = 0] = [ends[0], ends.at(-1)];
  const [from, to] = [format.day(first), format.day(last)];
  const total = { count: open.length, more };
  const noun = open.length === 1 && !more ? "subscription" : "subscriptions";
  const span = from === to ? `on ${from}` : `${from} to ${to}`;
  // Of those that were not looked at, it may end outside of it.
  const when = more ? "" : `, ${span},`;
  const others = { count: rows.length - open.length, more };
  return askBulk(c, {
    ...bulkOf(filter),
    title:
      open.length === 0 ? "Cancel subscriptions" : `Cancel ${leastText(total, format)} ${noun}`,
    total,
    consequence:
      `Each ends with its current period${when} and is then closed and billed for the last time.` +
      (lost.length > 0
        ? ` Together they bring ${recurringText(lost, format)}${more ? " or more" : ""}.`
        : "") +
      " Until then each can be resumed.",
    note:
      others.count > 0
        ? `Not concerned: ${leastText(others, format)} that have ended, or whose end is set ` +
          "already."
        : null,
    danger: true,
    refused,
  });
}
