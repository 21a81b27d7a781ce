/** How many subscriptions a plan has, as questions say it. */
import { subscribersOf } from "../../billing/subscription/store.ts";
import type { PageContext } from "../page/request.ts";

/** As many are counted; beyond it a question says that there are more. */
const MOST = 1_000;

/** "14 subscriptions", "1 subscription", "more than 1,000 subscriptions", "no subscriptions". */
export async function subscribersText(c: PageContext, planId: string): Promise<string> {
  const ids = await subscribersOf(c.env.DB, planId, { after: null, limit: MOST + 1 });
  const { count } = c.var.format;
  if (ids.length === 0) return "no subscriptions";
  if (ids.length > MOST) return `more than ${count(MOST)} subscriptions`;
  return ids.length === 1 ? "1 subscription" : `${count(ids.length)} subscriptions`;
}
