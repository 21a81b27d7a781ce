/**
 * Pure. Which acts a document permits: its kind says in which statuses, and payments
 * and credits may forbid more. Verbs refuse by this table, and pages offer their buttons by it.
 */
import { Problem } from "../../core/errors.ts";
import type { Act } from "../kind/kind.ts";
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import type { StatusToday } from "../kind/status.ts";

/** What of a document decides which acts it permits. */
export type DocumentState = {
  kind: DocumentKind;
  /** As stored, or as it is today: only then has a quote expired. */
  status: StatusToday;
  /** Null until it is final. */
  number: string | null;
  paidMinor: number;
  creditedMinor: number;
};

/** True where the act is possible now, whoever wants it. */
export function isPossible(act: Act, document: DocumentState): boolean {
  return refusalOf(act, document) === null;
}

/** Errors: 409 `resource.conflict`, saying why, where the act is not possible. */
export function insistPossible(act: Act, document: DocumentState): void {
  const refusal = refusalOf(act, document);
  if (refusal !== null) throw new Problem("resource.conflict", refusal);
}

/** Why an act is refused, as its caller reads it; null where it is possible. */
function refusalOf(act: Act, document: DocumentState): string | null {
  const { kind, status, number } = document;
  const isDiscarded = status === "void" && number === null;
  if (act === "void" && status !== "draft") {
    const why = voidRefusal(document);
    if (why !== null) return why;
  }
  if (!isDiscarded && KINDS[kind].acts[act]?.includes(status)) return null;
  return REFUSALS[act](document);
}

/** Money that came in, or was credited, keeps a final document from being voided. */
function voidRefusal({ paidMinor, creditedMinor }: DocumentState): string | null {
  if (paidMinor !== 0) return "refund what was paid first, or issue a credit note";
  if (creditedMinor !== 0) return "a part is credited already: credit the rest instead";
  return null;
}

const notDraft = ({ kind, status }: DocumentState) => `the ${kind} is ${status}, not a draft`;
const notPending = ({ kind, status }: DocumentState) => `the ${kind} is ${status}, not pending`;
const notFinal = ({ kind, status }: DocumentState) =>
  `the ${KINDS[kind].noun} is ${status}: finalize it first`;
const nothingToCredit = ({ kind, status }: DocumentState) =>
  `the ${kind} is ${status}: nothing to credit`;

const REFUSALS: Record<Act, (document: DocumentState) => string> = {
  edit: notDraft,
  finalize: notDraft,
  send: ({ kind, number }) =>
    number === null ? `the ${kind} is a draft: finalize it first` : `the ${kind} is void`,
  link: () => "a draft has no link: finalize it first",
  accept: notPending,
  reject: notPending,
  convert: (document) =>
    KINDS[document.kind].acts.accept ? notPending(document) : notFinal(document),
  pay: ({ kind, status }) => `the ${kind} is ${status} and takes no payment`,
  credit: nothingToCredit,
  void: (document) => (KINDS[document.kind].owed ? nothingToCredit : notDraft)(document),
};
