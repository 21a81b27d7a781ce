/** Pure. What callers send of issuers and customers, with the formats of e-invoices by name. */
import { z } from "@hono/zod-openapi";
import { isCountryCode } from "../code/country.ts";
import { E_INVOICE_FORMATS } from "../render/pack/registry.ts";
import { customerChangeSchema, customerSchema, issuerSchema } from "../schema/schema.ts";

const formatInput = z.enum(E_INVOICE_FORMATS);

const customerFormat = {
  e_invoice_format: formatInput.nullable().optional().openapi({
    description: "the format of its e-invoices, before what the issuer says of its country",
  }),
};

export const customerInput = customerSchema.extend(customerFormat).openapi("CustomerInput");
export const customerChange = customerChangeSchema.extend(customerFormat).openapi("CustomerChange");

const country = z
  .string()
  .refine((key) => key === "*" || isCountryCode(key), "is a country of ISO 3166-1, or * for all");

export const issuerInput = issuerSchema
  .extend({
    e_invoice_formats: z
      .record(country, formatInput)
      .nullable()
      .optional()
      .openapi({
        example: { DE: "xrechnung-ubl", "*": "cii" },
        description:
          "the format of e-invoices by the customer's country, `*` for all others; `cii` where " +
          "nothing is said. A customer's own format goes before",
      }),
    strict: z
      .boolean()
      .optional()
      .openapi({
        description:
          "whether a draft that lacks what its e-invoice needs is refused its number (422 " +
          "`einvoice.incomplete`). What billing closes and credit notes are never stopped",
      }),
  })
  .openapi("IssuerInput");
