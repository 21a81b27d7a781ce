/** Pure. What callers read of a customer's account, and the schemas. */
import { z } from "@hono/zod-openapi";
import { moneyJson } from "../../core/money.ts";
import { type Aging, type Balanced, MONEY_KINDS } from "../account/account.ts";
import { ON_ACCOUNT } from "../account/account-store.ts";
import type { Owed } from "../account/owed.ts";
import type { StatedAccount } from "../render/print-statement.ts";

const text = z.string();
const number = z.number();

export const agingView = z
  .object({
    current: number,
    days_1_30: number,
    days_31_60: number,
    days_61_90: number,
    days_over_90: number,
  })
  .openapi("Aging", { description: "what open invoices ask for, by the days since they were due" });

/** An aging as callers read it. */
export function showAging(aging: Aging, currency: string): z.infer<typeof agingView> {
  const money = (minor: number) => moneyJson(BigInt(minor), currency);
  return {
    current: money(aging.current),
    days_1_30: money(aging.days_1_30),
    days_31_60: money(aging.days_31_60),
    days_61_90: money(aging.days_61_90),
    days_over_90: money(aging.days_over_90),
  };
}

/** What a customer owes in a currency, and what is held of its money. */
export const owedView = z
  .object({
    currency: text,
    owed: number.openapi({ description: "what its open invoices ask for" }),
    overdue: number,
    credit_balance: number,
    aging: agingView,
  })
  .openapi("AccountBalance");

/** What a customer owes in a currency as callers read it. */
export function showOwed({ currency, aging, ...minor }: Owed): z.infer<typeof owedView> {
  const money = (amount: number) => moneyJson(BigInt(amount), currency);
  return {
    currency,
    owed: money(minor.owedMinor),
    overdue: money(minor.overdueMinor),
    credit_balance: money(minor.heldMinor),
    aging: showAging(aging, currency),
  };
}

const entryView = z.object({
  date: text,
  kind: z.enum([...ON_ACCOUNT, ...MONEY_KINDS]),
  document_id: text.nullable(),
  number: text.nullable(),
  due_date: text.nullable(),
  method: text.nullable(),
  reference: text.nullable(),
  amount: number.openapi({ description: "above 0 what is charged, below 0 what is taken off" }),
  balance: number.openapi({ description: "of the account after it" }),
});

export const statementView = z
  .object({
    customer_id: text,
    currency: text,
    from: text,
    to: text,
    opening_balance: number,
    entries: z.array(entryView),
    closing_balance: number,
    aging: agingView,
    credit_balance: number,
  })
  .openapi("Statement");

/** A statement of account as callers read it. */
export function showStatement(stated: StatedAccount): z.infer<typeof statementView> {
  const { parties, currency, from, to, statement } = stated;
  const money = (minor: number) => moneyJson(BigInt(minor), currency);
  return {
    customer_id: parties.customer.id,
    currency,
    from,
    to,
    opening_balance: money(statement.openingMinor),
    entries: statement.entries.map((entry) => showEntry(entry, money)),
    closing_balance: money(statement.closingMinor),
    aging: showAging(statement.aging, currency),
    credit_balance: money(statement.heldMinor),
  };
}

function showEntry(
  { day, kind, documentId, number: name, dueDate, method, reference, ...minor }: Balanced,
  money: (minor: number) => number,
): z.infer<typeof entryView> {
  return {
    date: day,
    kind,
    document_id: documentId,
    number: name,
    due_date: dueDate,
    method,
    reference,
    amount: money(minor.amountMinor),
    balance: money(minor.balanceMinor),
  };
}
