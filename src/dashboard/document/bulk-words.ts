/** Pure. How acts on many documents are called, and what they will do, in numbers. */
import { may, type Role } from "../../accounts/actor/roles.ts";
import type { BulkAct } from "../../delivery/email/bulk.ts";
import { bulkActsOf } from "../../delivery/email/bulk.ts";
import { permissionOf } from "../../delivery/email/bulk-routes.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import type { StatusToday } from "../../documents/kind/status.ts";
import type { Count } from "../../documents/lifecycle/list.ts";
import type { BulkButton } from "../component/bulk-bar.tsx";

/** On a button, while it is done, and once it was. */
type Words = { label: string; doing: string; done: string };

export const BULK_WORDS: Readonly<Record<BulkAct, Words>> = {
  finalize: { label: "Finalize", doing: "Finalizing", done: "finalized" },
  send: { label: "Send", doing: "Sending", done: "queued as e-mails" },
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
    others: others.reduce((sum, { documents }) => sum + documents, 0),
  };
}
