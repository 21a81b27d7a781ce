/** Pure. The pages of e-mails. */
import type { Role } from "../../accounts/actor/roles.ts";
import { type Tab, TabRow } from "../component/tabs.tsx";

const TABS: readonly Tab[] = [
  { path: "/emails", label: "Messages", needs: "documents.read" },
  { path: "/emails/suppressed", label: "Suppressed addresses", needs: "documents.read" },
];

/** The heading "E-mails" and its tabs; `current` is the path of the open one. */
export function EmailTabs({ current, role }: { current: string; role: Role }) {
  return <TabRow title="E-mails" tabs={TABS} current={current} role={role} />;
}
