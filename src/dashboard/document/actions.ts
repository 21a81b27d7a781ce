/** Pure. What may be done with a document in its state, by a role. */
import { may, type Role } from "../../accounts/actor/roles.ts";
import { ACTS, type Act } from "../../documents/kind/kind.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { type DocumentState, isPossible } from "../../documents/lifecycle/transition.ts";

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
    // What can still be voided is not credited in whole.
    credit: finalizes && own && !isPossible("void", document),
    void: own && voidPermission !== null && may(role, voidPermission),
  };
  return new Set(ACTS.filter((act) => permitted[act] && isPossible(act, document)));
}
