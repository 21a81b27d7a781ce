/** Pure. What may be done with a document in its state, by a role. */
import { may, type Role } from "../../accounts/actor/roles.ts";
import type { DocumentKind } from "../../documents/kind/registry.ts";

export const ACTIONS = [
  "edit",
  "finalize",
  "send",
  "accept",
  "convert",
  "reject",
  "pay",
  "link",
  "credit",
  "void",
] as const;
export type Action = (typeof ACTIONS)[number];

export type Actable = {
  kind: DocumentKind;
  status: string;
  number: string | null;
  /** The viewer issued it. */
  own: boolean;
  /** Something was paid or credited: then it is credited, not voided. */
  touched: boolean;
};

/** As the verbs decide: what is refused there is not offered here. */
export function actionsFor(document: Actable, role: Role): ReadonlySet<Action> {
  const { kind, status, own, number } = document;
  const writes = may(role, "documents.write") && own;
  const decides = may(role, "documents.finalize");
  const draft = status === "draft" && kind !== "credit_note";
  const owed = decides && own && kind === "invoice" && ["open", "overdue", "paid"].includes(status);
  const final = number !== null && status !== "void";
  const offered: Record<Action, boolean> = {
    edit: writes && draft,
    finalize: decides && own && draft,
    send: writes && final,
    accept: decides && kind === "quote" && status === "pending",
    reject: decides && kind === "quote" && status === "pending",
    convert: decides && own && kind === "quote" && ["pending", "accepted"].includes(status),
    pay: owed,
    credit: owed && document.touched,
    link: writes && final,
    void: (draft && own && (kind === "quote" ? writes : decides)) || (owed && !document.touched),
  };
  return new Set(ACTIONS.filter((action) => offered[action]));
}
