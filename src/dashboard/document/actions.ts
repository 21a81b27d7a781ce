/** Pure. What may be done with a document in its state, by a role. */
import { may, type Role } from "../../accounts/actor/roles.ts";
import { ACTS, type Act } from "../../documents/kind/kind.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { type DocumentState, isPossible } from "../../documents/lifecycle/transition.ts";
import type { PageAct } from "./act-menu.tsx";

/** A document as its viewer stands to it; `status` is today's. */
export type Actable = DocumentState & {
  /** The viewer issued it. */
  own: boolean;
};

/** The acts that are offered: those that are possible, and that the verbs permit the role. */
export function actionsFor(document: Actable, role: Role): ReadonlySet<Act> {
  const { kind, status, own } = document;
  const writes = may(role, "documents.write") && own;
  const finalizes = may(role, "documents.finalize");
  const { voidPermission } = KINDS[kind];
  const permitted: Record<Act, boolean> = {
    edit: writes,
    finalize: finalizes && own,
    send: writes,
    accept: finalizes,
    convert: finalizes && own,
    reject: finalizes,
    pay: finalizes && own,
    // Nobody is shown a link to what is void, though one can be made.
    link: writes && status !== "void",
    credit: finalizes && own,
    void: own && voidPermission !== null && may(role, voidPermission),
  };
  return new Set(ACTS.filter((act) => permitted[act] && isPossible(act, document)));
}

/** The acts of a document's page: those of its kind, and what else is done from there. */
export function pageActsFor(
  document: Actable & { heldMinor: number },
  role: Role,
): ReadonlySet<PageAct> {
  const { kind, status, own, number, paidMinor, heldMinor } = document;
  const acts = actionsFor(document, role);
  const writes = may(role, "documents.write") && own;
  const { owed, draft } = KINDS[kind];
  const refunds = may(role, "documents.finalize") && own && owed && paidMinor > 0;
  const more: Record<Exclude<PageAct, Act>, boolean> = {
    remind: acts.has("send") && owed && status === "overdue",
    "apply-balance": acts.has("pay") && heldMinor > 0,
    refund: refunds && number !== null,
    duplicate: writes && draft !== null,
    repeat: may(role, "documents.finalize") && own && owed && status !== "void",
  };
  const others = Object.entries(more).flatMap(([act, is]) => (is ? [act as PageAct] : []));
  return new Set([...acts, ...others]);
}
