/** What callers send: the zod schemas of parties, lines and documents. */
import { z } from "@hono/zod-openapi";
import { scaledInteger } from "../../core/decimal.ts";
import { RATE_DECIMALS } from "../../core/money.ts";
import { isTimeZone } from "../../core/period.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import { emailInput } from "../../platform/schema/email.ts";
import { currencyInput, decimalInput, lineInput } from "../../platform/schema/openapi.ts";
import { byKind, DRAFT_KINDS, FORMATTED_KINDS, KINDS } from "../kind/registry.ts";
import { LANGUAGES } from "../language/registry.ts";
import { TEMPLATES } from "../model/model.ts";
import { parseFormat } from "../model/number.ts";
import {
  countryInput,
  electronicAddressSchema,
  exemptionCodeInput,
  exemptionFault,
  legalIdSchema,
  unitCodeInput,
  vatIdInput,
} from "./coded.ts";
import { dayInput, nullable, textInput } from "./field.ts";
import { compact, isBic, isIban } from "./identifier.ts";
import {
  adjustmentReason,
  attachmentLinks,
  documentParticulars,
  hasReasonOfKind,
  lineParticulars,
  othersOfSeller,
  partyParticulars,
  streetFields,
} from "./particular-schema.ts";
import { isPayTemplate, PAY_PLACEHOLDERS } from "./pay-url.ts";
import { roundingInput, type SettlementInput, settlementFields } from "./settlement.ts";

export const MAX_LINES = 2_000;
export const MAX_FIELDS = 4;
const MAX_REMINDERS = 12;
const MAX_ADJUSTMENTS = 20;
const AMOUNT_DECIMALS = 4;
/** Places of a percentage. */
const PERCENT_DECIMALS = 4;

/** An amount in units of the document's currency; its places are checked with the currency. */
export const amountInput = decimalInput({ decimals: AMOUNT_DECIMALS });

const DISCOUNT =
  'a discount is an adjustment, such as {"kind": "discount", "reason": "…", "amount": 5}; what ' +
  "is taken back has a negative quantity";

const percentInput = decimalInput({ decimals: PERCENT_DECIMALS }).refine((value) => {
  const scaled = scaledInteger(value, PERCENT_DECIMALS);
  return !scaled.ok || scaled.value <= 1_000_000n;
}, "is at most 100");

export const languageInput = z.enum(LANGUAGES);
const checked = (max: number, holds: (text: string) => boolean, message: string) =>
  z.string().max(max).transform(compact).refine(holds, message);

export const addressSchema = z
  .strictObject({
    ...streetFields,
    lines: z.array(lineInput(200)).max(4).optional(),
    city: nullable(lineInput(100)),
    postal_code: nullable(lineInput(20)),
    region: nullable(lineInput(100)),
    country: nullable(countryInput),
  })
  .openapi("Address");

/** The fields that a seller and a buyer share. */
export const partyFields = {
  contact_name: nullable(lineInput(200)),
  address: addressSchema.optional(),
  email: nullable(emailInput),
  phone: nullable(lineInput(50)),
  website: nullable(lineInput(200)),
  vat_id: nullable(vatIdInput),
  tax_number: nullable(lineInput(50)),
  legal_id: nullable(legalIdSchema),
  electronic_address: nullable(electronicAddressSchema),
  ...partyParticulars,
};

export const taxSchema = z
  .strictObject({
    category: z.enum(["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]),
    percent: percentInput.optional(),
    name: nullable(lineInput(40)),
    components: z
      .array(z.strictObject({ name: lineInput(40), percent: percentInput }))
      .max(4)
      .optional(),
    exemption: nullable(
      z.strictObject({ reason: lineInput(300), code: nullable(exemptionCodeInput) }),
    ),
  })
  .superRefine((tax, ctx) => {
    const percent = millionths(tax.percent ?? 0);
    const taxed = tax.category === "S" || tax.category === "L" || tax.category === "M";
    if (taxed && tax.percent === undefined) {
      ctx.addIssue({ code: "custom", path: ["percent"], message: "is required" });
    } else if (taxed && percent === 0n) {
      const message = `is above 0 in category ${tax.category}`;
      ctx.addIssue({ code: "custom", path: ["percent"], message });
    } else if (!taxed && percent !== 0n) {
      ctx.addIssue({ code: "custom", path: ["percent"], message: "is 0 in this category" });
    }
    const message = exemptionFault(tax.category, tax.exemption?.code);
    if (message) ctx.addIssue({ code: "custom", path: ["exemption", "code"], message });
    const parts = (tax.components ?? []).reduce((sum, part) => sum + millionths(part.percent), 0n);
    if (tax.components && tax.components.length > 0 && parts !== percent) {
      const message = "add up to the tax's percent";
      ctx.addIssue({ code: "custom", path: ["components"], message });
    }
  })
  .openapi("Tax");

function millionths(value: number | string): bigint {
  const scaled = scaledInteger(value, PERCENT_DECIMALS);
  return scaled.ok ? scaled.value : -1n;
}

export const issuerSchema = z.strictObject({
  legal_name: lineInput(200),
  ...partyFields,
  ...othersOfSeller,
  tax_representative: nullable(
    z
      .strictObject({ name: lineInput(200), vat_id: vatIdInput, address: addressSchema })
      .refine(({ address }) => address.country, {
        path: ["address", "country"],
        message: "is required",
      }),
  ).openapi({ description: "who answers for your tax where you are not established (BG-11)" }),
  bank: nullable(
    z.strictObject({
      holder: nullable(lineInput(70)),
      iban: nullable(checked(42, isIban, "is an IBAN whose check digits hold")),
      bic: nullable(checked(11, isBic, "is a BIC")),
      name: nullable(lineInput(100)),
      account: z
        .array(z.strictObject({ label: lineInput(40), value: lineInput(60) }))
        .max(4)
        .optional(),
      upi: nullable(z.string().regex(/^[\w.-]{2,256}@[a-zA-Z]{2,64}$/, "is a UPI address")),
    }),
  ),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, "is an IANA time zone, such as Europe/Berlin")
    .optional(),
  currency: currencyInput.optional(),
  tax_currency: nullable(currencyInput),
  language: languageInput.optional(),
  page_size: nullable(z.enum(["a4", "letter"])),
  payment_terms_days: z.number().int().min(0).max(365).optional(),
  tax: taxSchema.optional(),
  number_formats: z
    .strictObject(byKind(FORMATTED_KINDS, () => formatInput().optional()))
    .optional(),
  reminder_days: z
    .array(z.number().int().min(-90).max(365))
    .max(MAX_REMINDERS)
    .optional()
    .openapi({
      example: [-3, 1, 7, 14],
      description: "when open invoices are reminded of, in days from the due date; none: never",
    }),
  pay_url: nullable(
    lineInput(500)
      .refine(isPayTemplate, `is an https address; placeholders: ${PAY_PLACEHOLDERS.join(", ")}`)
      .openapi({ example: "https://pay.example/{invoice_id}?amount={amount}" }),
  ),
  rounding: nullable(roundingInput),
  // Their names are checked where the packs are known: `wire/party-input.ts`.
  e_invoice_formats: nullable(z.record(z.string().max(2), z.string().max(40))),
  strict: z.boolean().optional(),
});

export const brandingSchema = z
  .strictObject({
    template: z.enum(TEMPLATES).optional(),
    accent: nullable(z.string().regex(/^#[0-9a-fA-F]{6}$/, "is a color, such as #1f3a5f")),
    margin_pt: z.number().int().min(28).max(100).optional(),
    terms: nullable(textInput(4_000)),
    footer: nullable(lineInput(300)),
  })
  .openapi("BrandingInput");

function formatInput() {
  return z
    .string()
    .refine(
      (text) => parseFormat(text) !== null,
      "is like INV-{YYYY}-{###}: letters, digits, dots and dashes with one year and one run of #",
    )
    .openapi({ example: "INV-{YYYY}-{###}" });
}

export const customerFields = {
  name: lineInput(200),
  ...partyFields,
  shipping: nullable(z.strictObject({ name: lineInput(200), address: addressSchema })),
  language: nullable(languageInput),
  currency: nullable(currencyInput),
  tax: nullable(taxSchema),
  payment_terms_days: nullable(z.number().int().min(0).max(365)),
  mandate: nullable(
    z.strictObject({
      reference: lineInput(35),
      iban: nullable(checked(42, isIban, "is an IBAN whose check digits hold")),
      creditor_id: nullable(lineInput(35)),
    }),
  ),
  reference: nullable(lineInput(100)),
  customer_number: nullable(lineInput(50)).openapi({
    description: "what you call it by on its documents (BT-46 where it has no identifier)",
  }),
  buyer_reference: nullable(lineInput(100)).openapi({
    description: "what its documents name as buyer reference unless they name another (BT-10)",
  }),
  e_invoice_format: nullable(z.string().max(40)),
};
export const customerSchema = z.strictObject(customerFields);
export const customerChangeSchema = customerSchema.extend({
  name: customerFields.name.optional(),
});

export const adjustmentSchema = z
  .strictObject({
    kind: z.enum(["discount", "charge"]),
    reason: lineInput(100),
    ...adjustmentReason,
    percent: percentInput.optional(),
    amount: decimalInput({
      decimals: AMOUNT_DECIMALS,
      belowZero: "its kind, discount or charge, says which way it goes",
    }).optional(),
  })
  .refine(({ percent, amount }) => (percent === undefined) !== (amount === undefined), {
    message: "has either percent or amount",
  })
  .refine(hasReasonOfKind, {
    path: ["reason_code"],
    message: "is a code of UNTDID 5189 for a discount, of 7161 for a charge, such as 95 or FC",
  })
  .openapi("Adjustment");

/** Days, both inclusive. */
export const periodSchema = z
  .strictObject({ start: dayInput, end: dayInput })
  .refine(({ start, end }) => start <= end, { path: ["end"], message: "is not before start" });

export const lineSchema = z
  .strictObject({
    name: lineInput(200),
    description: nullable(textInput(4_000)),
    group: nullable(lineInput(100)),
    classification: nullable(
      z.strictObject({ scheme: lineInput(20), code: lineInput(30) }).openapi({
        example: { scheme: "HSN", code: "998314" },
      }),
    ),
    quantity: decimalInput({ decimals: QUANTITY_DECIMALS, negative: true }),
    unit_code: unitCodeInput.optional(),
    unit: nullable(lineInput(20)),
    unit_price: decimalInput({ decimals: RATE_DECIMALS, belowZero: DISCOUNT }),
    adjustments: z.array(adjustmentSchema).max(MAX_ADJUSTMENTS).optional(),
    period: nullable(periodSchema),
    tax: taxSchema.optional(),
    ...lineParticulars,
  })
  .refine(
    ({ gross_price: gross, unit_price: price }) =>
      gross === undefined || gross === null || isAtLeast(gross, price),
    { path: ["gross_price"], message: "is not below unit_price" },
  )
  .openapi("LineInput");

function isAtLeast(gross: number | string, price: number | string): boolean {
  const [high, low] = [scaledInteger(gross, RATE_DECIMALS), scaledInteger(price, RATE_DECIMALS)];
  return !high.ok || !low.ok || high.value >= low.value;
}

const contentFields = {
  customer_id: z.string().max(200),
  lines: z.array(lineSchema).min(1).max(MAX_LINES),
  currency: currencyInput.optional(),
  language: languageInput.optional(),
  tax_inclusive: z.boolean().optional(),
  delivery_date: nullable(dayInput),
  period: nullable(periodSchema),
  purchase_order: nullable(lineInput(100)),
  buyer_reference: nullable(lineInput(100)),
  memo: nullable(textInput(2_000)),
  notes: nullable(textInput(4_000)),
  terms: nullable(textInput(4_000)),
  fields: z
    .array(z.strictObject({ label: lineInput(40), value: lineInput(100) }))
    .max(MAX_FIELDS)
    .optional(),
  adjustments: z.array(adjustmentSchema).max(MAX_ADJUSTMENTS).optional(),
  accounting: nullable(
    z.strictObject({
      currency: currencyInput,
      rate: decimalInput({ decimals: RATE_DECIMALS }),
      date: dayInput,
    }),
  ),
  ...documentParticulars,
  ...attachmentLinks,
};

const dueSchema = z.strictObject({
  ...contentFields,
  due_date: nullable(dayInput),
  payment_terms_days: z.number().int().min(0).max(365).optional(),
  ...settlementFields,
});
const validitySchema = z.strictObject({ ...contentFields, valid_until: nullable(dayInput) });

/** What a new draft takes, and what changes one. */
export type DraftSchemas = {
  input: typeof dueSchema | typeof validitySchema;
  change:
    | ReturnType<(typeof dueSchema)["partial"]>
    | ReturnType<(typeof validitySchema)["partial"]>;
};

/** The bodies of each kind that somebody drafts. */
export const DRAFT_SCHEMAS = byKind(DRAFT_KINDS, (kind): DraftSchemas => {
  const { schemaName, draft } = KINDS[kind];
  const names = { input: `${schemaName}Input`, change: `${schemaName}Change` };
  if (draft?.lastDay === "validity") {
    const input = validitySchema.openapi(names.input);
    return { input, change: input.partial().openapi(names.change) };
  }
  const input = dueSchema.openapi(names.input);
  return { input, change: input.partial().openapi(names.change) };
});

export type ContentInput = z.infer<ReturnType<(typeof dueSchema)["partial"]>> &
  SettlementInput & { valid_until?: string | null | undefined };
export type LineInput = z.infer<typeof lineSchema>;
export type TaxInput = z.infer<typeof taxSchema>;
export type AdjustmentGiven = z.infer<typeof adjustmentSchema>;
export type PartyInput = Pick<CustomerChange, keyof typeof partyFields | "name">;
export type IssuerInput = z.infer<typeof issuerSchema>;
export type BrandingInput = z.infer<typeof brandingSchema>;
export type CustomerInput = z.infer<typeof customerSchema>;
export type CustomerChange = z.infer<typeof customerChangeSchema>;
