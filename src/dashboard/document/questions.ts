/** What is asked before a document is finalized, voided, credited, accepted or rejected. */
import { notFound } from "../../core/errors.ts";
import { listEmails } from "../../delivery/email/store.ts";
import { settledBy } from "../../documents/balance/settled.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { type CreditLine, creditAmount } from "../../documents/lifecycle/credit.ts";
import { readFor } from "../../documents/lifecycle/list.ts";
import { insistPossible } from "../../documents/lifecycle/transition.ts";
import { linksOf } from "../../documents/link/link.ts";
import { type Document, openMinor } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import type { Question } from "../component/question.tsx";
import type { Body } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import type { PageContext } from "../page/request.ts";

/** The acts on a document that cannot be taken back. */
export const ASKED_ACTS = ["finalize", "accept", "reject", "credit", "refund", "void"] as const;
type Asked = (typeof ASKED_ACTS)[number];

/** Whether an act on a document is asked about first. */
export function isAsked(act: string): act is Asked {
  return (ASKED_ACTS as readonly string[]).includes(act);
}

/** Of an act's messages, how many addresses a question names. */
const NAMED_ADDRESSES = 2;
const SHOWN_EMAILS = 20;

type Told = { row: Document; format: Format; sentTo: readonly string[] };

/** What an act on a document asks first. Errors: 404; 409 where the act is not possible. */
export async function documentQuestion(
  c: PageContext,
  kind: DocumentKind,
  id: string,
  act: Asked,
  typed?: Body,
): Promise<Question> {
  const { actor, format } = c.var;
  const { row, nowMs } = await readFor(c.env, actor, kind, id);
  if (act === "refund") return refundQuestion(row, format, typed?.amount);
  insistPossible(act, { ...row, status: statusAt(row, nowMs) });
  const filter = { viewer: actor, documentId: row.id };
  const emails = row.number === null ? [] : await listEmails(c.env.DB, filter, SHOWN_EMAILS);
  const sentTo = [...new Set(emails.flatMap(({ recipients }) => recipients))];
  const told = { row, format, sentTo };
  if (act === "void" && row.number === null) return discardQuestion(told);
  const lines = typed?.lines;
  if (act === "credit" && Array.isArray(lines)) return partQuestion(c, told, lines);
  return QUESTIONS[act](told);
}

/** "invoice INV-12 over $1,200.00 for Acme". */
function described({ row, format }: Told): string {
  const { noun } = KINDS[row.kind];
  const name = row.number === null ? `the draft ${noun}` : `${noun} ${row.number}`;
  const total = format.money(BigInt(row.totalMinor), row.currency);
  return `${name} over ${total} for ${row.buyer?.party.name ?? row.customerName}`;
}

/** ", sent to ap@acme.example and 3 others". */
function sentWords({ sentTo, format }: Told): string {
  if (sentTo.length === 0) return "";
  const others = sentTo.length - NAMED_ADDRESSES;
  if (others <= 0) return `, sent to ${sentTo.join(" and ")}`;
  const named = sentTo.slice(0, NAMED_ADDRESSES).join(", ");
  return `, sent to ${named} and ${format.count(others)} ${others === 1 ? "other" : "others"}`;
}

const QUESTIONS: Record<Exclude<Asked, "refund">, (told: Told) => Question> = {
  finalize: (told) => ({
    title: `Finalize this ${KINDS[told.row.kind].noun}?`,
    consequences: [
      `Finalizes ${described(told)}: it gets the next number in its series.`,
      "From then on its lines, amounts and parties never change.",
    ],
    act: `Finalize ${KINDS[told.row.kind].noun}`,
    undo: "It cannot be made a draft again.",
    harmless: true,
  }),

  accept: (told) => ({
    title: `Accept quote ${told.row.number}?`,
    consequences: [`Accepts ${described(told)}${sentWords(told)}. It can then be invoiced.`],
    act: "Accept quote",
    harmless: true,
  }),

  reject: (told) => ({
    title: `Reject quote ${told.row.number}?`,
    consequences: [
      `Rejects ${described(told)}${sentWords(told)}.`,
      "It can no longer be accepted, or made into an invoice.",
    ],
    act: "Reject quote",
  }),

  credit: (told) => ({
    title: `Credit the rest of invoice ${told.row.number}?`,
    consequences: [...creditWords(told)],
    act: "Issue credit note",
  }),

  void: (told) => ({
    title: `Void ${KINDS[told.row.kind].noun} ${told.row.number}?`,
    consequences: [
      `Voids ${described(told)}${sentWords(told)}.`,
      ...(KINDS[told.row.kind].owed && told.row.totalMinor > 0 ? creditWords(told) : []),
    ],
    act: `Void ${KINDS[told.row.kind].noun}`,
  }),
};

/** What a credit note of some lines does. Errors: 422 where less is left of one. */
async function partQuestion(
  c: PageContext,
  { row, format }: Told,
  lines: CreditLine[],
): Promise<Question> {
  const amountMinor = await creditAmount(c.env, row, { lines });
  const money = (minor: bigint) => format.money(minor, row.currency);
  const left = BigInt(row.totalMinor - row.creditedMinor) - amountMinor;
  return {
    title: `Credit a part of invoice ${row.number}?`,
    consequences: [
      `Issues a credit note over ${money(amountMinor)} with its tax.`,
      `${money(left)} of the invoice is left.`,
    ],
    act: "Issue credit note",
  };
}

/** What was typed is shown as it is: an amount that is none is refused by the operation. */
function refundQuestion(row: Document, format: Format, amount: unknown): Question {
  const customer = row.buyer?.party.name ?? row.customerName;
  const paid = format.money(BigInt(row.paidMinor), row.currency);
  return {
    title: `Record a refund of invoice ${row.number}?`,
    consequences: [
      `Records ${amount ?? "the amount"} ${row.currency} as paid back to ${customer}, ` +
        `of ${paid} that was paid. The invoice asks for that amount again.`,
      "Pay it back yourself: no money is moved from here.",
    ],
    act: "Record refund",
  };
}

function discardQuestion(told: Told): Question {
  return {
    title: `Void this draft ${KINDS[told.row.kind].noun}?`,
    consequences: [
      `Voids ${described(told)}. It has no number yet, so none is missing from the series.`,
    ],
    act: "Void draft",
  };
}

/** What crediting all that is left of an invoice does to what is owed and to what was paid. */
function creditWords({ row, format }: Told): string[] {
  const money = (minor: number | bigint) => format.money(BigInt(minor), row.currency);
  const left = row.totalMinor - row.creditedMinor;
  const { movedMinor } = settledBy(row, { creditedMinor: row.totalMinor });
  const open = openMinor(row);
  const customer = row.buyer?.party.name ?? row.customerName;
  return [
    `Issues a credit note over ${money(left)}.`,
    ...(open > 0n ? [`${customer} no longer owes ${money(open)}.`] : []),
    ...(movedMinor > 0
      ? [`${money(movedMinor)} that was paid goes to ${customer}'s credit balance.`]
      : []),
  ];
}

/** What revoking a document's link asks first. Errors: 404. */
export async function linkQuestion(
  c: PageContext,
  kind: DocumentKind,
  id: string,
  linkId: string,
): Promise<Question> {
  const { actor, format } = c.var;
  const links = await linksOf(c.env, actor, kind, id, FIRST_PAGE);
  const link = links.find((row) => row.id === linkId);
  if (!link) throw notFound("link");
  const views = link.views === 1 ? "once" : `${format.count(link.views)} times`;
  return {
    title: "Revoke this link?",
    consequences: [
      `It was opened ${views} and would have worked until ${format.day(link.expiresMs)}. ` +
        "Whoever has it can no longer open the document.",
    ],
    act: "Revoke link",
    undo: "You can create a new link.",
  };
}
