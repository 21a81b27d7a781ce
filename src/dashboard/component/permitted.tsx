/** Pure. Controls that a role may not use: shown where they are looked for, with who may. */
import { type Child, useContext } from "hono/jsx";
import { may, onlyText, type Permission, type Role } from "../../accounts/actor/roles.ts";

import { isActOpenTo, ViewerConfinement } from "./open-pages.ts";

/** Why what concerns everybody's rows is closed to whoever sees only some. */
const SOME_ROWS = "You see only your own part of this. Ask somebody who sees all of it.";

type Props = {
  role: Role;
  needs: Permission;
  /** What the control says where the role may not use it. */
  label: string;
  /** What it does, as it follows "can": "create plans". */
  act: string;
  /** The control; none where each row of a list has its own. */
  children?: Child;
};

/** A control for the roles that may use it; the others see it disabled, with whom to ask. */
export function Permitted({ role, needs, label, act, children }: Props) {
  const confinement = useContext(ViewerConfinement);
  if (may(role, needs) && isActOpenTo(confinement, needs)) return <>{children}</>;
  if (may(role, needs)) return <Barred label={label} why={SOME_ROWS} />;
  return <Barred label={label} why={onlyText(needs, act)} />;
}

/** A control that the viewer may not use, and why; the keyboard still reaches it. */
export function Barred({ label, why }: { label: string; why: string }) {
  const id = whyId(label);
  return (
    <span class="barred">
      <button type="button" aria-disabled="true" aria-describedby={id}>
        {label}
      </button>
      <small id={id}>{why}</small>
    </span>
  );
}

/** The id of why a control is disabled; a page has one of each label. */
export function whyId(label: string): string {
  return `why-${label.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}
