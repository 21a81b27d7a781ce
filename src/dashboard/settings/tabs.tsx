/** Pure. The pages of the settings. */
import type { Role } from "../../accounts/actor/roles.ts";
import { type Tab, TabRow } from "../component/tabs.tsx";

const TABS = [
  { path: "/settings/profile", label: "Profile", needs: "documents.read" },
  { path: "/settings/branding", label: "Branding", needs: "documents.read" },
  { path: "/settings/mail", label: "E-mail", needs: "documents.read" },
  { path: "/settings/payments", label: "Payments", needs: "settings.write" },
  { path: "/settings/members", label: "Members", needs: "members.read" },
  { path: "/settings/roles", label: "Roles", needs: "members.read" },
  { path: "/settings/keys", label: "API keys", needs: "members.read" },
  { path: "/settings/budgets", label: "Limits", needs: "billing.read" },
  { path: "/settings/audit", label: "Audit log", needs: "audit.read" },
  { path: "/settings/requests", label: "API log", needs: "audit.read" },
] as const satisfies readonly Tab[];

type Name = (typeof TABS)[number]["path"] extends `/settings/${infer N}` ? N : never;

/** The heading "Settings" and its tabs; `current` is the last part of the open one's path. */
export function Tabs({ current, role }: { current: Name; role: Role }) {
  return <TabRow title="Settings" tabs={TABS} current={`/settings/${current}`} role={role} />;
}
