/** Pure. How acts on many documents are called, and what they will do, in numbers. */
import { may, type Role } from "../../accounts/actor/roles.ts";
import type { BulkAct } from "../../delivery/email/bulk.ts";
import { bulkActsOf } from "../../delivery/email/bulk.ts";
import { permissionOf } from "../../delivery/email/bulk-routes.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import type { StatusToday } from "../../documents/kind/status.ts";
import type { Count, Counts } from "../../documents/lifecycle/list.ts";
import type { Place } from "../../documents/store/status-count.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import type { BulkButton } from "../component/bulk-bar.tsx";
import type { Format } from "../form/format.ts";
import { capital, isNone, leastText, sumOf } from "../page/counted.ts";

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

/** "2,187 open invoices", "1 quote", from a count and its text. */
export function countedWords(
  text: string,
  { count, more }: BoundedCount,
  kind: DocumentKind,
  status: string | undefined,
): string {
  const { noun, nouns } = KINDS[kind];
  return [text, status, count === 1 && !more ? noun : nouns].filter(Boolean).join(" ");
}

/** In which statuses an act is offered: what is paid has money that keeps it from being voided. */
export function statusesFor(kind: DocumentKind, act: BulkAct): readonly StatusToday[] {
  if (act === "remind") return ["overdue"];
  const possible: readonly StatusToday[] = KINDS[kind].acts[act] ?? [];
  return act === "void" ? possible.filter((status) => status !== "paid") : possible;
}

/** The documents that an act is for, and how many others there are, which stay as they are. */
export function affected(
  { statuses, sums }: Counts,
  kind: DocumentKind,
  act: BulkAct,
): { concerned: Counts; others: BoundedCount } {
  const possible = statusesFor(kind, act);
  const isFor = (one: Place) => one.role === "issuer" && possible.includes(one.status);
  return {
    concerned: { statuses: statuses.filter(isFor), sums: sums?.filter(isFor) ?? null },
    others: sumOf(statuses.filter((one) => !isFor(one))),
  };
}

/** "1 other stays as it is"; without a number where it is not known whether there are any. */
export function othersText(others: BoundedCount, format: Format): string {
  if (others.count === 1 && !others.more) return "1 other stays as it is";
  return [leastText(others, format), "others stay as they are"].filter(Boolean).join(" ");
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

/** What will happen, in numbers; what they come to only where all of them were looked at. */
export function consequenceOf(act: BulkAct, { statuses, sums }: Counts, format: Format): string {
  const final = sumOf(statuses.filter(({ status }) => status !== "draft"));
  const drafts = sumOf(statuses.filter(({ status }) => status === "draft"));
  const inAll = sums === null ? "" : ` ${amountsOf(sums, format)} in all.`;
  switch (act) {
    case "finalize":
      return `Each gets its number and can no longer change.${inAll}`;
    case "send":
      return `An e-mail with the PDF goes to each customer's own address.${inAll}`;
    case "remind":
      return `A reminder with the PDF goes to each customer's own address.${inAll}`;
    case "void": {
      const finals = leastText(final, format) || "final ones";
      const credited =
        final.count === 1 && !final.more
          ? "1 gets a credit note for all of its amount"
          : `${finals} get a credit note each, for all of their amount`;
      const isOne = drafts.count === 1 && !drafts.more;
      const draftWords = [leastText(drafts, format), isOne ? "draft is" : "drafts are"];
      const gone = `${draftWords.filter(Boolean).join(" ")} discarded`;
      const parts = [...(isNone(final) ? [] : [credited]), ...(isNone(drafts) ? [] : [gone])];
      return `${capital(parts.join(", and "))}.${inAll} This cannot be undone.`;
    }
  }
}

function amountsOf(sums: readonly Count[], format: Format): string {
  const minor = new Map<string, bigint>();
  for (const { currency, totalMinor } of sums) {
    minor.set(currency, (minor.get(currency) ?? 0n) + totalMinor);
  }
  return [...minor].map(([currency, sum]) => format.money(sum, currency)).join(" + ");
}
