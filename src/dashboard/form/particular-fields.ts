/** Pure. The fields of what few documents, lines and parties say. */
import type { Field, Part } from "./form.ts";

/** A document's references beside order and buyer reference. */
export const REFERENCE_FIELDS: readonly Field[] = [
  { pointer: "/references/sales_order", label: "Your order number", kind: "line" },
  { pointer: "/references/contract", label: "Contract", kind: "line" },
  { pointer: "/references/project", label: "Project", kind: "line" },
  { pointer: "/references/despatch_advice", label: "Delivery note", kind: "line" },
  { pointer: "/references/receiving_advice", label: "Goods receipt", kind: "line" },
  { pointer: "/references/tender", label: "Tender or lot", kind: "line" },
  {
    pointer: "/references/invoiced_object/value",
    label: "Invoiced object",
    kind: "line",
    hint: "such as a meter’s or a vehicle’s",
  },
  {
    pointer: "/references/invoiced_object/scheme",
    label: "Type of object ID",
    kind: "line",
    placeholder: "ABZ",
    hint: "ABZ is a vehicle’s plate, MTR a meter",
  },
  {
    pointer: "/references/accounting_reference",
    label: "The buyer's account code",
    kind: "line",
  },
];
export const REFERENCE_WHOLES = ["/references/invoiced_object", "/references"];

export const PRECEDING_PART: Part = {
  pointer: "/references/preceding_invoices",
  legend: "Earlier invoice",
  fields: [
    { pointer: "/number", label: "Earlier invoice", kind: "line" },
    { pointer: "/date", label: "Date", kind: "day" },
  ],
};

export const LINE_PARTICULARS: readonly Field[] = [
  {
    pointer: "/base_quantity",
    label: "Price per quantity of",
    kind: "decimal",
    placeholder: "1",
    hint: "such as 1000 if the price is for 1,000 pieces",
  },
  {
    pointer: "/gross_price",
    label: "List price",
    kind: "decimal",
    hint: "before the discount included in the price",
  },
  { pointer: "/note", label: "Note", kind: "text" },
  { pointer: "/seller_item_id", label: "Your item number", kind: "line" },
  { pointer: "/buyer_item_id", label: "The buyer's item number", kind: "line" },
  { pointer: "/standard_item_id/value", label: "Registered item number", kind: "line" },
  {
    pointer: "/standard_item_id/scheme",
    label: "Register",
    kind: "line",
    placeholder: "0160",
    hint: "0160 is a GTIN",
  },
  {
    pointer: "/origin_country",
    label: "Country of origin",
    kind: "line",
    placeholder: "DE",
    suggest: "countries",
  },
  { pointer: "/order_line", label: "Order line", kind: "line" },
  { pointer: "/accounting_reference", label: "The buyer's account code", kind: "line" },
  { pointer: "/object_id/value", label: "Invoiced object", kind: "line" },
  { pointer: "/object_id/scheme", label: "Type of object ID", kind: "line", placeholder: "ABZ" },
];

export const ATTRIBUTE_PART: Part = {
  pointer: "/attributes",
  legend: "Attribute",
  fields: [
    { pointer: "/name", label: "Attribute", kind: "line", placeholder: "Color" },
    { pointer: "/value", label: "Value", kind: "line" },
  ],
};

export const IDENTIFIER_PART: Part = {
  pointer: "/identifiers",
  legend: "Identifier",
  fields: [
    { pointer: "/value", label: "Additional identifier", kind: "line" },
    {
      pointer: "/scheme",
      label: "Register",
      kind: "line",
      placeholder: "0088",
      hint: "0088 is a GLN, 0060 a D-U-N-S number",
    },
  ],
  most: 5,
};

/** What an issuer says of itself and of others. */
export const SELLER_FIELDS: readonly Field[] = [
  {
    pointer: "/legal_information",
    label: "Legally required information",
    kind: "text",
    clears: true,
    hint: "such as directors and share capital",
  },
  { pointer: "/payee/name", label: "Name", kind: "line", hint: "such as a factor's" },
  { pointer: "/payee/id/value", label: "Identifier", kind: "line" },
  {
    pointer: "/payee/id/scheme",
    label: "Register of the identifier",
    kind: "line",
    placeholder: "0088",
  },
  { pointer: "/payee/legal_id/value", label: "Company number", kind: "line" },
  {
    pointer: "/payee/legal_id/scheme",
    label: "Register of the company",
    kind: "line",
    placeholder: "0002",
  },
  {
    pointer: "/tax_representative/name",
    label: "Tax representative",
    kind: "line",
    hint: "represents you where you are not established",
  },
  { pointer: "/tax_representative/vat_id", label: "VAT ID", kind: "line" },
];
export const SELLER_WHOLES = ["/payee/id", "/payee/legal_id", "/payee", "/tax_representative"];
