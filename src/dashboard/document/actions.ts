/** Pure. What may be done with a document in its state, and by which roles. */
import { may, type Permission, type Role } from "../../accounts/actor/roles.ts";
import { ACTS, type Act } from "../../documents/kind/kind.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { type DocumentState, isPossible } from "../../documents/lifecycle/transition.ts";

/** Acts on the page beside those of the document's kind. */
type MoreAct = "remind" | "apply-balance" | "refund" | "duplicate" | "repeat";
export type PageAct = Act | MoreAct;

/** A document as its viewer stands to it; `status` is today's. */
export type Actable = DocumentState & {
  /** The viewer issued it. */
  own: boolean;
};

/** What a recipient decides, too. */
const ANYBODYS: ReadonlySet<PageAct> = new Set(["accept", "reject"]);
const FINALIZES: ReadonlySet<PageAct> = new Set([
  "finalize",
  "accept",
  "convert",
  "reject",
  "pay",
  "credit",
  "apply-balance",
  "refund",
  "repeat",
]);

/** What an act on a document of a kind takes, as its route asks. */
export function permissionFor(kind: DocumentKind, act: PageAct): Permission {
  const { voidPermission } = KINDS[kind];
  if (act === "void" && voidPermission !== null) return voidPermission;
  return FINALIZES.has(act) ? "documents.finalize" : "documents.write";
}

/** The acts that a document's state permits its viewer, whatever the role. */
export function possibleActs(document: Actable & { heldMinor?: number }): ReadonlySet<PageAct> {
  const { kind, status, own, number, paidMinor, heldMinor = 0 } = document;
  const { owed, draft, voidPermission } = KINDS[kind];
  const acts = ACTS.filter((act: Act) => {
    if (!own && !ANYBODYS.has(act)) return false;
    if (act === "void" && voidPermission === null) return false;
    // Nobody is shown a link to what is void, though one can be made.
    if (act === "link" && status === "void") return false;
    return isPossible(act, document);
  });
  const more: Record<MoreAct, boolean> = {
    remind: acts.includes("send") && owed && status === "overdue",
    "apply-balance": acts.includes("pay") && heldMinor > 0,
    refund: own && owed && paidMinor > 0 && number !== null,
    duplicate: own && draft !== null,
    repeat: own && owed && status !== "void",
  };
  const others = Object.entries(more).flatMap(([act, is]) => (is ? [act as PageAct] : []));
  return new Set<PageAct>([...acts, ...others]);
}

/** Those of `acts` that a role may do. */
export function permittedActs(
  kind: DocumentKind,
  acts: ReadonlySet<PageAct>,
  role: Role,
): ReadonlySet<PageAct> {
  return new Set([...acts].filter((act) => may(role, permissionFor(kind, act))));
}
