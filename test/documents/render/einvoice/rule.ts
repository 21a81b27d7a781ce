/** What every rule of the checker is made of. Pure. */
import Big from "big.js";
import type { AdjustmentFacts, Facts, TaxFacts, Text } from "./facts.ts";

export type Rule = {
  /** As the norm or the specification numbers it. */
  id: string;
  /** What must be so, in our own words. */
  says: string;
  holds: (facts: Facts) => boolean;
};

/** Rows of rules, a line each. */
export function rules(rows: [id: string, says: string, holds: Rule["holds"]][]): Rule[] {
  return rows.map(([id, says, holds]) => ({ id, says, holds }));
}

/** True where a text is there and more than blanks. */
export const has = (text: Text | undefined): text is string => (text ?? "").trim() !== "";

/** What a text counts; nothing counts 0. Errors: one where it is no decimal. */
export const num = (text: Text): Big => new Big(text ?? "0");

export const sum = (amounts: Big[]): Big =>
  amounts.reduce((total, amount) => total.plus(amount), new Big(0));

export const isCharge = ({ charge }: AdjustmentFacts): boolean => charge === "true";
export const charges = ({ adjustments }: Pick<Facts, "adjustments">) =>
  adjustments.filter(isCharge);
export const allowances = ({ adjustments }: Pick<Facts, "adjustments">) =>
  adjustments.filter((one) => !isCharge(one));
/** With its sign: charges add, allowances take off. */
export const signed = (one: AdjustmentFacts): Big =>
  isCharge(one) ? num(one.amount) : num(one.amount).times(-1);

/** Everything that is taxed: the lines, and the document's allowances and charges. */
export const taxed = ({ lines, adjustments }: Facts): TaxFacts[] =>
  [...lines, ...adjustments].map(({ tax }) => tax);

/** True for at most two decimals. */
export const isAmount = (text: Text): boolean => text === null || /^-?\d+(\.\d{1,2})?$/.test(text);

export const sellerCountry = (facts: Facts) => facts.seller.address?.country ?? "";
export const buyerCountry = (facts: Facts) => facts.buyer.address?.country ?? "";

/** True for a calendar day, as 2026-11-20. */
export function isDay(text: Text): boolean {
  if (text === null || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
