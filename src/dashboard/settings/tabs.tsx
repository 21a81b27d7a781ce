/** Pure. The pages of the settings, as a row of tabs. */
import { may, type Permission, type Role } from "../../accounts/roles.ts";

const TABS = [
  { path: "plan", label: "Plan", needs: "billing.read" },
  { path: "branding", label: "Branding", needs: "documents.read" },
  { path: "profile", label: "Profile", needs: "documents.read" },
  { path: "mail", label: "Mail", needs: "documents.read" },
  { path: "members", label: "Members", needs: "members.read" },
  { path: "keys", label: "Keys", needs: "members.read" },
  { path: "audit", label: "Audit log", needs: "audit.read" },
] as const satisfies readonly { path: string; label: string; needs: Permission }[];

export type Tab = (typeof TABS)[number]["path"];

export function Tabs({ current, role }: { current: Tab; role: Role }) {
  return (
    <>
      <h1>Settings</h1>
      <nav aria-label="Settings">
        <ul class="tabs">
          {TABS.filter(({ needs }) => may(role, needs)).map(({ path, label }) => (
            <li>
              <a
                href={`/dashboard/settings/${path}`}
                aria-current={path === current ? "page" : undefined}
              >
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </>
  );
}
