/** Pure. The pages of usage, and those of alerts. */
import type { Role } from "../../accounts/actor/roles.ts";
import { type Tab, TabRow } from "../component/tabs.tsx";

const USAGE: readonly Tab[] = [
  { path: "/usage", label: "Usage", needs: "usage.read" },
  { path: "/usage/events", label: "Events", needs: "usage.read" },
  { path: "/usage/metrics", label: "Metrics", needs: "usage.read" },
  { path: "/usage/unpriced", label: "Unpriced names", needs: "usage.read" },
  { path: "/usage/rules", label: "Rules", needs: "usage.read" },
  { path: "/usage/imports", label: "Imports", needs: "usage.read" },
  { path: "/usage/refused", label: "Refused", needs: "usage.read" },
];

const ALERTS: readonly Tab[] = [
  { path: "/alerts", label: "Alerts", needs: "usage.read" },
  { path: "/alerts/routes", label: "Notifications", needs: "settings.write" },
];

type Props = { current: string; role: Role };

/** The heading "Usage" and its tabs; `current` is the path of the open one. */
export function UsageTabs({ current, role }: Props) {
  return <TabRow title="Usage" tabs={USAGE} current={current} role={role} />;
}

/** The heading "Alerts" and its tabs; `current` is the path of the open one. */
export function AlertTabs({ current, role }: Props) {
  return <TabRow title="Alerts" tabs={ALERTS} current={current} role={role} />;
}
