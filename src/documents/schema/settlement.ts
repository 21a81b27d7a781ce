/** How callers say that a document is paid: rounding, cash discounts, deposits. */
import { z } from "@hono/zod-openapi";
import { decimalText, scaledInteger } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { exponentOf, minorOf, moneyText } from "../../core/money.ts";
import { decimalInput } from "../../platform/schema/openapi.ts";
import type { Issuer } from "../model/party.ts";
import { roundingOf } from "../model/party.ts";
import {
  type CashDiscount,
  MAX_CASH_DISCOUNTS,
  MAX_DEPOSITS,
  PURPOSES,
  type Settlement,
} from "../model/settlement.ts";

const AMOUNT_DECIMALS = 4;
const DISCOUNT_DECIMALS = 2;
const MAX_CURRENCIES = 20;
/** The largest step: no currency rounds cash further. */
const MAX_STEP_UNITS = 1_000;

const stepInput = decimalInput({ decimals: AMOUNT_DECIMALS });

/** An issuer's steps, by currency. */
export const roundingInput = z
  .record(z.string().regex(/^[A-Z]{3}$/, "is a currency, such as CHF"), stepInput)
  .refine((steps) => Object.keys(steps).length <= MAX_CURRENCIES, `has at most ${MAX_CURRENCIES}`)
  .openapi({
    example: { CHF: "0.05" },
    description: "by currency, the step to which amounts due are rounded; the total stays",
  });

const cashDiscountSchema = z
  .strictObject({
    days: z.number().int().min(0).max(365).openapi({ description: "from the issue date" }),
    percent: decimalInput({ decimals: DISCOUNT_DECIMALS }).refine((value) => {
      const scaled = scaledInteger(value, DISCOUNT_DECIMALS);
      return !scaled.ok || (scaled.value > 0n && scaled.value < 10_000n);
    }, "is above 0 and below 100"),
    base_amount: decimalInput({ decimals: AMOUNT_DECIMALS })
      .nullable()
      .optional()
      .openapi({ description: "what the percentage is of, where that is not the amount due" }),
  })
  .openapi("CashDiscount");

/** What a document that is owed takes beside its content. */
export const settlementFields = {
  purpose: z
    .enum(PURPOSES)
    .nullable()
    .optional()
    .openapi({ description: "deposit: a later invoice takes it off" }),
  rounding: stepInput.nullable().optional().openapi({
    example: "0.05",
    description: "the step to which the amount due is rounded; the issuer's unless given",
  }),
  cash_discounts: z.array(cashDiscountSchema).max(MAX_CASH_DISCOUNTS).optional(),
  deposits: z
    .array(z.string().max(200))
    .max(MAX_DEPOSITS)
    .optional()
    .openapi({ description: "ids of paid deposit invoices that this one takes off" }),
};

export type SettlementInput = {
  purpose?: (typeof PURPOSES)[number] | null | undefined;
  rounding?: number | string | null | undefined;
  cash_discounts?: z.infer<typeof cashDiscountSchema>[] | undefined;
  deposits?: string[] | undefined;
};

/**
 * A settlement with the given fields changed; the deposits are looked up by the verb. Errors: 422
 * naming the field.
 */
export function changedSettlement(
  given: SettlementInput,
  base: Settlement,
  { issuer, currency, wasCurrency }: { issuer: Issuer; currency: string; wasCurrency: string },
): Settlement {
  const moved = currency !== wasCurrency;
  const { purpose, rounding, cash_discounts: discounts } = given;
  return {
    ...base,
    purpose: purpose === undefined ? base.purpose : purpose,
    roundingStepMinor:
      rounding === undefined
        ? moved
          ? roundingOf(issuer, currency)
          : base.roundingStepMinor
        : stepFrom(rounding ?? 0, currency, "/rounding"),
    cashDiscounts: discounts ? discountsFrom(discounts, currency) : base.cashDiscounts,
  };
}

/** An issuer's steps as they are kept. Errors: 422 naming the currency. */
export function roundingFrom(given: Record<string, number | string>): Record<string, string> {
  const steps = Object.entries(given).map(([currency, step]) => {
    const minor = stepFrom(step, currency, `/rounding/${currency}`);
    return [currency, moneyText(minor, currency)] as const;
  });
  return Object.fromEntries(steps);
}

function stepFrom(step: number | string, currency: string, pointer: string): bigint {
  const minor = minorOf(step, currency);
  const places = exponentOf(currency);
  if (minor === null) throw invalidField(pointer, `${currency} has at most ${places} decimals`);
  if (minor > BigInt(MAX_STEP_UNITS) * 10n ** BigInt(places)) {
    throw invalidField(pointer, `is at most ${MAX_STEP_UNITS}`);
  }
  return minor;
}

function discountsFrom(
  given: NonNullable<SettlementInput["cash_discounts"]>,
  currency: string,
): CashDiscount[] {
  const discounts = given.map(({ days, percent, base_amount: base }, i): CashDiscount => {
    const scaled = scaledInteger(percent, DISCOUNT_DECIMALS);
    const baseMinor = base === null || base === undefined ? null : minorOf(base, currency);
    if (baseMinor === null && base !== null && base !== undefined) {
      const why = `${currency} has at most ${exponentOf(currency)} decimals`;
      throw invalidField(`/cash_discounts/${i}/base_amount`, why);
    }
    return {
      days,
      percent: scaled.ok ? decimalText(scaled.value, DISCOUNT_DECIMALS) : String(percent),
      baseMinor: baseMinor === null ? null : baseMinor.toString(),
    };
  });
  const ordered = discounts.toSorted((a, b) => a.days - b.days);
  const twice = ordered.find(({ days }, i) => ordered[i - 1]?.days === days);
  if (twice) throw invalidField("/cash_discounts", `names ${twice.days} days twice`);
  return ordered;
}
