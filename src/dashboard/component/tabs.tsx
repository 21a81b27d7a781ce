/** Pure. The pages of one part, as a row of tabs below its name. */
import { useContext } from "hono/jsx";
import { may, type Permission, type Role } from "../../accounts/actor/roles.ts";

import { isOpenTo, ViewerConfinement } from "./open-pages.ts";

export type Tab = { path: string; label: string; needs: Permission };

type Props = { title: string; tabs: readonly Tab[]; current: string; role: Role };

/** A heading and the tabs that `role` may open; `current` is the path of the open one. */
export function TabRow({ title, tabs, current, role }: Props) {
  const confinement = useContext(ViewerConfinement);
  return (
    <>
      <h1>{title}</h1>
      <nav aria-label={title}>
        <ul class="tabs">
          {tabs
            .filter(({ needs, path }) => may(role, needs) && isOpenTo(confinement, path))
            .map(({ path, label }) => (
              <li>
                <a href={`/dashboard${path}`} aria-current={path === current ? "page" : undefined}>
                  {label}
                </a>
              </li>
            ))}
        </ul>
      </nav>
    </>
  );
}
