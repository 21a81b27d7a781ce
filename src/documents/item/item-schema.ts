/** What callers send of items, and what they read. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { RATE_DECIMALS } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { currencyInput, decimalInput, lineInput } from "../../platform/schema/openapi.ts";
import { unitCodeInput } from "../schema/coded.ts";
import { nullable, textInput } from "../schema/field.ts";
import { taxSchema } from "../schema/schema.ts";
import { showTax, taxView } from "../wire/party-view.ts";
import type { ItemRow } from "./table.ts";

export const itemInput = z
  .strictObject({
    name: lineInput(200),
    description: nullable(textInput(4_000)),
    unit_code: unitCodeInput.optional(),
    unit: nullable(lineInput(20)),
    unit_price: decimalInput({ decimals: RATE_DECIMALS }),
    currency: nullable(currencyInput).openapi({
      description: "what the price is in; without one, whatever the document's is",
    }),
    tax: nullable(taxSchema).openapi({
      description: "of its lines; without one, the customer's or yours",
    }),
  })
  .openapi("ItemInput");
export const itemChange = itemInput.partial().openapi("ItemChange");
export type ItemInput = z.infer<typeof itemInput>;
export type ItemChange = z.infer<typeof itemChange>;

const text = z.string();

export const itemView = z
  .object({
    id: text,
    name: text,
    description: text.nullable(),
    unit_code: text,
    unit: text.nullable(),
    unit_price: z.number(),
    currency: text.nullable(),
    tax: taxView.nullable(),
    created_at: text,
    updated_at: text,
  })
  .openapi("Item");

/** An item as callers read it. */
export function showItem(row: ItemRow): z.infer<typeof itemView> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    unit_code: row.unitCode,
    unit: row.unit,
    unit_price: exactNumber(row.unitPrice),
    currency: row.currency,
    tax: row.tax && showTax(row.tax),
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
  };
}
