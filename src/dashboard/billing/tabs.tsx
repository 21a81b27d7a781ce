/** Pure. The pages of billing: a tenant's own, or those of the operator who bills it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { type Tab, TabRow } from "../component/tabs.tsx";

const PLANS: Tab = { path: "/billing/plans", label: "Plans", needs: "billing.read" };
const CREDITS: Tab = { path: "/billing/credits", label: "Credits", needs: "billing.read" };
const OWN: readonly Tab[] = [
  { path: "/billing", label: "Subscription", needs: "billing.read" },
  PLANS,
  CREDITS,
];
const OPERATOR: readonly Tab[] = [
  { path: "/billing/subscriptions", label: "Subscriptions", needs: "operator.read" },
  PLANS,
  { path: "/billing/coupons", label: "Coupons", needs: "operator.read" },
  CREDITS,
];

type Props = { current: string; actor: Pick<Actor, "operator" | "role"> };

/** The heading "Billing" and its tabs; `current` is the path of the open one. */
export function BillingTabs({ current, actor }: Props) {
  const tabs = actor.operator ? OPERATOR : OWN;
  return <TabRow title="Billing" tabs={tabs} current={current} role={actor.role} />;
}
