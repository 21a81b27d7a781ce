/** Pure. How acts on many documents are called, and what they will do, in numbers. */
import { may, type Role } from "../../accounts/actor/roles.ts";
import type { BulkAct } from "../../delivery/email/bulk.ts";
import { bulkActsOf } from "../../delivery/email/bulk.ts";
import { permissionOf } from "../../delivery/email/bulk-routes.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import type { StatusToday } from "../../documents/kind/status.ts";
import type { Count } from "../../documents/lifecycle/list.ts";
import type { BulkButton } from "../component/bulk-bar.tsx";
import type { Format } from "../form/format.ts";

/** On a button, while it is done, and once it was. */
type Words = { label: string; doing: string; done: string };

export const BULK_WORDS: Readonly<Record<BulkAct, Words>> = {
  finalize: { label: "Finalize", doing: "Finalizing", done: "finalized" },
  send: { label: "Send", doing: "Sending", done: "sent" },
  remind: { label: "Remind", doing: "Sending reminders", done: "reminded" },
  void: { label: "Void", doing: "Voiding", done: "voided" },
};

/** The acts that a role has for documents of a kind, and of a status where one is given. */
export function buttonsFor(
  kind: DocumentKind,
  role: Role,
  status: string | undefined,
): BulkButton[] {
  const isFor = (act: BulkAct) => statusesFor(kind, act).some((one) => one === status);
  return bulkActsOf(kind)
    .filter((act) => status === undefined || isFor(act))
    .filter((act) => may(role, permissionOf(kind, act)))
    .map((act) => ({ act, label: BULK_WORDS[act].label, danger: act === "void" }));
}

/** "2,187 open invoices", "1 quote". */
export function countedWords(
  count: string,
  n: number,
  kind: DocumentKind,
  status: string | undefined,
): string {
  const { noun, nouns } = KINDS[kind];
  return [count, status, n === 1 ? noun : nouns].filter(Boolean).join(" ");
}

/** In which statuses an act is offered: what is paid has money that keeps it from being voided. */
export function statusesFor(kind: DocumentKind, act: BulkAct): readonly StatusToday[] {
  if (act === "remind") return ["overdue"];
  const possible: readonly StatusToday[] = KINDS[kind].acts[act] ?? [];
  return act === "void" ? possible.filter((status) => status !== "paid") : possible;
}

/** The documents that an act is for, and the others, which stay as they are. */
export function affected(
  counts: readonly Count[],
  kind: DocumentKind,
  act: BulkAct,
): { concerned: Count[]; others: number } {
  const statuses = statusesFor(kind, act);
  const isFor = (one: Count) => one.role === "issuer" && statuses.includes(one.status);
  const others = counts.filter((one) => !isFor(one));
  return {
    concerned: counts.filter(isFor),
    others: numberOf(others),
  };
}

/** How many documents there are. */
export function numberOf(counts: readonly Count[]): number {
  return counts.reduce((sum, { documents }) => sum + documents, 0);
}

/** Why an act is not for some documents. */
export function whenPossible(kind: DocumentKind, act: BulkAct): string {
  const { nouns, owed } = KINDS[kind];
  switch (act) {
    case "finalize":
      return "only drafts get a number";
    case "send":
      return `only final ${nouns} are sent, and no void ones`;
    case "remind":
      return `only overdue ${nouns} are reminded of`;
    case "void":
      return owed
        ? "nothing of it may be paid or credited, and it may not be void"
        : "only drafts are discarded";
  }
}

/** What will happen, in numbers. */
export function consequenceOf(act: BulkAct, concerned: readonly Count[], format: Format): string {
  const final = concerned.filter(({ status }) => status !== "draft");
  const [finals, drafts] = [numberOf(final), numberOf(concerned) - numberOf(final)];
  const sums = new Map<string, bigint>();
  for (const { currency, totalMinor } of concerned) {
    sums.set(currency, (sums.get(currency) ?? 0n) + totalMinor);
  }
  const amounts = [...sums].map(([currency, sum]) => format.money(sum, currency));
  const inAll = `${amounts.join(" + ")} in all.`;
  switch (act) {
    case "finalize":
      return `Each gets its number and can no longer change. ${inAll}`;
    case "send":
      return `An e-mail with the PDF goes to each customer's own address. ${inAll}`;
    case "remind":
      return `A reminder with the PDF goes to each customer's own address. ${inAll}`;
    case "void": {
      const credited =
        finals === 1
          ? "1 gets a credit note for all of its amount"
          : `${format.count(finals)} get a credit note each, for all of their amount`;
      const gone = `${format.count(drafts)} ${drafts === 1 ? "draft is" : "drafts are"} discarded`;
      const parts = [...(finals > 0 ? [credited] : []), ...(drafts > 0 ? [gone] : [])];
      return `${parts.join(", and ")}. ${inAll} This cannot be undone.`;
    }
  }
}
