/** What documents, lines and parties say beside what every one of them does; zod schemas. */
import { z } from "@hono/zod-openapi";
import { scaledInteger } from "../../core/decimal.ts";
import { RATE_DECIMALS } from "../../core/money.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import { decimalInput, lineInput } from "../../platform/schema/openapi.ts";
import { isCiiCountry, plainCountry } from "../code/country.ts";
import { isIcdScheme } from "../code/icd.ts";
import { isAllowanceReason, isChargeReason } from "../code/reason.ts";
import { isReferenceType } from "../code/reference-type.ts";
import { dayInput, nullable, textInput } from "./field.ts";

export const MAX_PRECEDING = 20;
export const MAX_ATTRIBUTES = 20;
const MAX_IDENTIFIERS = 5;

const REFERENCE = 100;

/** BT-35 and the like with the number apart, which is printed where its country writes it. */
export const streetFields = {
  street: nullable(lineInput(150)),
  house_number: nullable(lineInput(20)).openapi({
    description: "stands before or behind the street, as the country writes it",
    example: "12a",
  }),
};

const icdInput = z.string().refine(isIcdScheme, "is a code of ISO 6523, such as 0088");
const objectScheme = z
  .string()
  .refine(isReferenceType, "is a code of UNTDID 1153, such as ABZ or MTR");
const countryInput = z
  .string()
  .max(10)
  .transform(plainCountry)
  .refine(isCiiCountry, "is an ISO 3166 code, such as DE");

const objectInput = z.strictObject({ scheme: nullable(objectScheme), value: lineInput(REFERENCE) });

export const partyParticulars = {
  identifiers: z
    .array(z.strictObject({ scheme: nullable(icdInput), value: lineInput(REFERENCE) }))
    .max(MAX_IDENTIFIERS)
    .optional()
    .openapi({ description: "other ids that it is known by (BT-29, BT-46), such as a GLN" }),
  legal_information: nullable(textInput(1_000)).openapi({
    description: "what the law asks a seller to say of itself, such as its share capital (BT-33)",
  }),
};

/** What a document refers to beside order and buyer reference. */
export const documentParticulars = {
  references: nullable(
    z
      .strictObject({
        sales_order: nullable(lineInput(REFERENCE)),
        contract: nullable(lineInput(REFERENCE)),
        project: nullable(lineInput(REFERENCE)),
        receiving_advice: nullable(lineInput(REFERENCE)),
        despatch_advice: nullable(lineInput(REFERENCE)),
        tender: nullable(lineInput(REFERENCE)),
        invoiced_object: nullable(objectInput),
        accounting_reference: nullable(lineInput(REFERENCE)),
        preceding_invoices: z
          .array(z.strictObject({ number: lineInput(REFERENCE), date: nullable(dayInput) }))
          .max(MAX_PRECEDING)
          .optional(),
      })
      .openapi("ReferencesInput", {
        description:
          "the seller's order (BT-14), contract (BT-12), project (BT-11), receiving and despatch " +
          "advice (BT-15, BT-16), tender or lot (BT-17), what is invoiced (BT-18), where the " +
          "buyer books it (BT-19), and invoices before it that are no documents here (BG-3)",
      }),
  ),
};

export const lineParticulars = {
  base_quantity: nullable(
    decimalInput({ decimals: QUANTITY_DECIMALS }).refine((value) => {
      const scaled = scaledInteger(value, QUANTITY_DECIMALS);
      return !scaled.ok || scaled.value !== 0n;
    }, "is above 0"),
  ).openapi({ description: "the quantity that unit_price is for, such as 1000 (BT-149)" }),
  gross_price: nullable(decimalInput({ decimals: RATE_DECIMALS })).openapi({
    description: "the price before the discount that unit_price has taken off (BT-148)",
  }),
  note: nullable(textInput(1_000)),
  seller_item_id: nullable(lineInput(REFERENCE)),
  buyer_item_id: nullable(lineInput(REFERENCE)),
  standard_item_id: nullable(z.strictObject({ scheme: icdInput, value: lineInput(REFERENCE) })),
  origin_country: nullable(countryInput),
  attributes: z
    .array(z.strictObject({ name: lineInput(50), value: lineInput(REFERENCE) }))
    .max(MAX_ATTRIBUTES)
    .optional(),
  order_line: nullable(lineInput(50)),
  accounting_reference: nullable(lineInput(REFERENCE)),
  object_id: nullable(objectInput),
};

/** BT-98, BT-105, BT-140 and BT-145; which codes there are follows from the kind. */
export const adjustmentReason = {
  reason_code: nullable(z.string().max(3)).openapi({
    description: "of a discount a code of UNTDID 5189, such as 95; of a charge one of 7161, as FC",
  }),
};

/** True where an adjustment's reason has a code of its kind, or none. */
export function hasReasonOfKind(given: {
  kind: "discount" | "charge";
  reason_code?: string | null | undefined;
}): boolean {
  const { kind, reason_code: code } = given;
  if (!code) return true;
  return kind === "discount" ? isAllowanceReason(code) : isChargeReason(code);
}

/** Who is paid where that is not the seller (BG-10). */
export const othersOfSeller = {
  payee: nullable(
    z.strictObject({
      name: lineInput(200),
      id: nullable(z.strictObject({ scheme: nullable(icdInput), value: lineInput(REFERENCE) })),
      legal_id: nullable(
        z.strictObject({ scheme: nullable(icdInput), value: lineInput(REFERENCE) }),
      ),
    }),
  ).openapi({ description: "who is paid where that is not you (BG-10), such as a factor" }),
};

export type ReferencesInput = NonNullable<
  z.infer<z.ZodObject<typeof documentParticulars>>["references"]
>;
export type LineParticularsInput = z.infer<z.ZodObject<typeof lineParticulars>>;
export type PartyParticularsInput = z.infer<z.ZodObject<typeof partyParticulars>>;
export type PayeeInput = NonNullable<z.infer<z.ZodObject<typeof othersOfSeller>>["payee"]>;
