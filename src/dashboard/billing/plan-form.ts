/** Pure. The form of a plan or of its next version, and the body that the API takes of it. */

import { type CycleName, intervalOf } from "../../billing/plan/cycle.ts";
import { CORRECTION_ACTS, type CorrectionAct } from "../../billing/plan/version.ts";
import type { PriceField } from "../../billing/price/model.ts";
import { MODEL_FIELDS, MODELS } from "../../billing/price/registry.ts";
import { INTERVALS } from "../../core/period.ts";
import { budgetFields } from "../form/budget-fields.ts";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, type Field, rowsOf, type Sent, setAt } from "../form/form.ts";
import { cycleText } from "./display.ts";

/** Those of a month and a year stand first on the form, the others among what is less usual. */
const priceField = (cycle: CycleName): Field => ({
  pointer: `/base_price_${cycle}`,
  label: `Price a ${cycleText(intervalOf(cycle))}`,
  kind: "decimal",
  clears: true,
});

const choices = (values: readonly string[], none?: string) => [
  ...(none === undefined ? [] : [{ value: "", label: none }]),
  ...values.map((value) => ({ value, label: value.replaceAll("_", " ") })),
];

export const NAME_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true },
  { pointer: "/description", label: "Description", kind: "line" },
];
export const CODE_FIELD: Field = {
  pointer: "/code",
  label: "Code",
  kind: "line",
  required: true,
  placeholder: "TEAM",
};

export const CORRECTION_LABELS: Readonly<Record<CorrectionAct, string>> = {
  void: "take events back",
  declare: "declare how metrics count",
  import: "import older usage",
};

const CURRENCY_FIELD: Field = {
  pointer: "/currency",
  label: "Currency",
  kind: "choice",
  options: currencyOptions(),
};
export const VERSION_FIELDS: readonly Field[] = [priceField("monthly"), priceField("yearly")];
export const VERSION_MORE: readonly Field[] = [
  priceField("weekly"),
  priceField("quarterly"),
  priceField("half_yearly"),
  {
    pointer: "/base_timing",
    label: "Base price billed",
    kind: "choice",
    options: [
      { value: "", label: "as the subscription says" },
      { value: "arrears", label: "in arrears" },
      { value: "advance", label: "in advance" },
    ],
    clears: true,
  },
  {
    pointer: "/usage_interval",
    label: "Usage billed",
    kind: "choice",
    hint: "must fit into the billing cycle",
    options: [
      { value: "", label: "with the base price" },
      ...INTERVALS.map((value) => ({ value, label: `by the ${cycleText(value)}` })),
    ],
    clears: true,
  },
  {
    pointer: "/minimum_commitment",
    label: "Minimum commitment per period",
    kind: "decimal",
    clears: true,
  },
  {
    pointer: "/minimum_invoice",
    label: "Minimum invoice amount",
    kind: "decimal",
    hint: "smaller amounts are carried over to the next invoice",
    clears: true,
  },
  { pointer: "/grace_hours", label: "Grace period for late usage, in hours", kind: "integer" },
  { pointer: "/finalize_zero", label: "Issue invoices of zero, too", kind: "flag" },
  {
    pointer: "/tenant_may",
    label: "Tenants may, for usage priced by this plan",
    kind: "choices",
    options: CORRECTION_ACTS.map((value) => ({ value, label: CORRECTION_LABELS[value] })),
  },
  ...budgetFields("/budgets"),
];
const TAX_FIELD: Field = {
  pointer: "/tax_inclusive",
  label: "Prices include tax",
  kind: "flag",
};

export const PRICE_FIELDS: readonly Field[] = [
  { pointer: "/metric_name", label: "Metric", kind: "line", placeholder: "api_calls" },
  { pointer: "/included_quantity", label: "Included", kind: "decimal", placeholder: "0" },
  { pointer: "/unit_price", label: "Price per unit beyond", kind: "decimal", placeholder: "0.001" },
];
export const PRICE_MORE: readonly Field[] = [
  { pointer: "/model", label: "Pricing model", kind: "choice", options: choices(MODELS) },
  ...Object.entries<PriceField>(MODEL_FIELDS).flatMap(([name, { label }]): Field[] =>
    label === null ? [] : [{ pointer: `/${name}`, label, kind: "decimal" }],
  ),
  {
    pointer: "/alert_thresholds",
    label: "Alert thresholds, in percent",
    kind: "integers",
    placeholder: "80, 90, 100, 110",
  },
  { pointer: "/hard_limit", label: "Hard limit: refuse usage beyond the included", kind: "flag" },
];
export const TIER_FIELDS: readonly Field[] = [
  { pointer: "/up_to", label: "Tier up to", kind: "decimal", placeholder: "no limit" },
  { pointer: "/unit_price", label: "Price per unit", kind: "decimal" },
  { pointer: "/flat_fee", label: "Flat fee", kind: "decimal" },
];

/** What every version of a plan shares, so it is asked for once, when the plan is made. */
export const ONCE_FIELDS: readonly Field[] = [CURRENCY_FIELD, TAX_FIELD];

/** The body of a plan's version; `once` are the fields that only a plan's first version has. */
export function versionOf(sent: Sent, once: readonly Field[]): Body {
  const prices = rowsOf(sent, "/prices", [...PRICE_FIELDS, ...PRICE_MORE]).map((row) => {
    const { alert_thresholds: thresholds, ...price } = row.body;
    const tiers = rowsOf(sent, `/prices/${row.index}/tiers`, TIER_FIELDS).map(({ body }) => body);
    if (tiers.length > 0) setAt(price, "/tiers", tiers);
    return (thresholds as unknown[]).length > 0
      ? { ...price, alert_thresholds: thresholds }
      : price;
  });
  return { ...bodyOf([...once, ...VERSION_FIELDS, ...VERSION_MORE], sent), prices };
}
