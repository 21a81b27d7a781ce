/** Pure. What callers read of how a document is paid: rounding, cash discounts, deposits. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { KINDS } from "../kind/registry.ts";
import { PURPOSES } from "../model/settlement.ts";
import { depositedOf, roundingOf, settlementOf } from "../store/row.ts";
import type { DocumentRow } from "../store/table.ts";

const text = z.string();
const number = z.number();

/** Fields of a document's answer. */
export const settlementView = {
  purpose: z.enum(PURPOSES).nullable(),
  rounding: number.nullable().openapi({ description: "the step of the amount due" }),
  rounding_amount: number.openapi({ description: "what rounding adds to the amount due" }),
  deposited: number.openapi({ description: "deposits that it takes off, with tax" }),
  deposits: z.array(
    z.object({
      invoice_id: text,
      number: text,
      issue_date: text,
      total: number,
      taxes: z.array(
        z.object({
          category: text,
          percent: number,
          name: text.nullable(),
          base: number,
          amount: number,
        }),
      ),
    }),
  ),
  cash_discounts: z.array(
    z.object({ days: number, percent: number, base_amount: number.nullable() }),
  ),
};

/** How a document is paid, as callers read it. */
export function showSettlement(row: DocumentRow) {
  const money = (minor: string | number) => moneyJson(BigInt(minor), row.currency);
  const { purpose, roundingStepMinor, deposits, cashDiscounts, ...own } = settlementOf(row);
  const { owed } = KINDS[row.kind];
  return {
    purpose,
    rounding: roundingStepMinor === 0n ? null : money(Number(roundingStepMinor)),
    rounding_amount: money(owed ? roundingOf(row) : Number(own.roundingMinor)),
    deposited: money(depositedOf(row)),
    deposits: deposits.map(({ id, number: called, date, totalMinor, taxes }) => ({
      invoice_id: id,
      number: called,
      issue_date: date,
      total: money(totalMinor),
      taxes: taxes.map(({ category, percent, name, baseMinor, taxMinor }) => ({
        category,
        percent: exactNumber(percent),
        name,
        base: money(baseMinor),
        amount: money(taxMinor),
      })),
    })),
    cash_discounts: cashDiscounts.map(({ days, percent, baseMinor }) => ({
      days,
      percent: exactNumber(percent),
      base_amount: baseMinor === null ? null : money(baseMinor),
    })),
  };
}
