/** Pure. What a statement of account says, in its language. */
import type { Aging, Balanced, Statement } from "../../account/account.ts";
import { AGES } from "../../account/account.ts";
import { fill } from "../../language/format.ts";
import { kindWords } from "../../language/labels.ts";
import type { Sheet } from "../../model/model.ts";
import { type Entry, type PartyBlock, partyRest, type Words } from "./wording.ts";

/** A statement as it is printed: whose account, of which days, and made on which day. */
export type StatementModel = Sheet & {
  day: string;
  from: string;
  to: string;
  statement: Statement;
};

export type StatementWords = Words<StatementModel>;

/** The sentence of what is owed, or held. */
export function statementSentence({ model, labels, format }: StatementWords): string {
  const { closingMinor } = model.statement;
  if (closingMinor === 0) return labels.standing.nothing;
  const amount = format.money(`${Math.abs(closingMinor)}`);
  return fill(closingMinor > 0 ? labels.amountDue : labels.standing.favour, { amount });
}

/** Of which days it is, when it was made, and what the customer is called by. */
export function statementEntries({ model, labels, format }: StatementWords): Entry[] {
  const { from: start, to: end, day, buyer } = model;
  const number = buyer.customerNumber;
  return [
    { label: labels.statement.period, value: format.range({ start, end }), strong: true },
    { label: labels.issued, value: format.date(day) },
    ...(number ? [{ label: labels.particulars.customerNumber, value: number }] : []),
  ];
}

/** Who states it, and to whom. */
export function statementParties(words: StatementWords): PartyBlock[] {
  const { model, labels } = words;
  const { seller, buyer } = model;
  return [
    { head: seller.name, name: null, rest: partyRest(words, seller) },
    { head: labels.billTo, name: buyer.name, rest: partyRest(words, buyer) },
  ];
}

/** A row of the statement's table; an empty text where a column says nothing. */
export type StatementRow = {
  day: string;
  name: string;
  detail: string | null;
  charge: string;
  credit: string;
  balance: string;
  strong: boolean;
};

/** From the opening balance to the closing one. */
export function statementRows(words: StatementWords): StatementRow[] {
  const { model, labels, format } = words;
  const { openingMinor, closingMinor, entries } = model.statement;
  const balance = (name: string, day: string, minor: number): StatementRow => ({
    day: format.date(day),
    name,
    detail: null,
    charge: "",
    credit: "",
    balance: format.money(`${minor}`),
    strong: true,
  });
  return [
    balance(labels.statement.opening, model.from, openingMinor),
    ...entries.map((entry) => entryRow(words, entry)),
    balance(labels.statement.closing, model.to, closingMinor),
  ];
}

function entryRow(words: StatementWords, entry: Balanced): StatementRow {
  const { format } = words;
  const { amountMinor, balanceMinor } = entry;
  const amount = format.money(`${Math.abs(amountMinor)}`);
  const { name, detail } = namesOf(words, entry);
  return {
    day: format.date(entry.day),
    name,
    detail,
    charge: amountMinor > 0 ? amount : "",
    credit: amountMinor > 0 ? "" : amount,
    balance: format.money(`${balanceMinor}`),
    strong: false,
  };
}

function namesOf(
  { labels, format }: StatementWords,
  { kind, number, dueDate, method, reference }: Balanced,
): { name: string; detail: string | null } {
  const { statement } = labels;
  if (kind !== "payment" && kind !== "refund") {
    const due = dueDate === null ? null : fill(statement.due, { date: format.date(dueDate) });
    return { name: `${kindWords(labels, kind).title} ${number ?? ""}`.trim(), detail: due };
  }
  const said = [number, method, reference].filter((text) => text !== null && text !== "");
  return { name: statement[kind], detail: said.length === 0 ? null : said.join(" · ") };
}

/** What is owed by its age, and what is held of it; each with its heading. */
export function agingCells({ model, labels, format }: StatementWords): [string, string][] {
  const { aging, heldMinor, closingMinor } = model.statement;
  const { current, days, over, held, balance } = labels.statement;
  const between = (from: string, to: string) => fill(days, { from, to });
  const heads: Record<keyof Aging, string> = {
    current,
    days_1_30: between("1", "30"),
    days_31_60: between("31", "60"),
    days_61_90: between("61", "90"),
    days_over_90: fill(over, { days: "90" }),
  };
  return [
    ...AGES.map((age): [string, string] => [heads[age], format.money(`${aging[age]}`)]),
    ...(heldMinor === 0 ? [] : [[held, format.money(`${-heldMinor}`)] as [string, string]]),
    [balance, format.money(`${closingMinor}`)],
  ];
}
