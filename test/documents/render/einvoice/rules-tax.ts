/** EN 16931: what each category of tax asks for. Pure. */
import type Big from "big.js";
import type { Facts, TaxFacts, TaxGroupFacts } from "./facts.ts";
import { allowances, charges, has, num, type Rule, rules, signed, sum, taxed } from "./rule.ts";

/** A category, and how the norm's rules for it are named. */
type Category = {
  code: string;
  rules: string;
  /** Which rates it may have. */
  rate: (rate: Big) => boolean;
  rates: string;
  /** Whether it says why there is no tax. */
  reason: boolean;
};

const above = { rate: (rate: Big) => rate.gt(0), rates: "above 0" };
const none = { rate: (rate: Big) => rate.eq(0), rates: "0" };

const CATEGORIES: Category[] = [
  { code: "S", rules: "BR-S", ...above, reason: false },
  { code: "Z", rules: "BR-Z", ...none, reason: false },
  { code: "E", rules: "BR-E", ...none, reason: true },
  { code: "AE", rules: "BR-AE", ...none, reason: true },
  { code: "K", rules: "BR-IC", ...none, reason: true },
  { code: "G", rules: "BR-G", ...none, reason: true },
  // The rules for CII ask for more than 0, the norm's text and those for UBL do not.
  { code: "L", rules: "BR-AF", ...above, reason: false },
  { code: "M", rules: "BR-AG", rate: (rate) => rate.gte(0), rates: "0 or above", reason: false },
];

const usesOf = (facts: Facts, code: string) =>
  taxed(facts).filter(({ category }) => category === code);
const groupsOf = ({ taxes }: Facts, code: string) =>
  taxes.filter(({ category }) => category === code);
const sameRate = (one: TaxFacts, other: TaxFacts) =>
  (one.rate === null) === (other.rate === null) && num(one.rate).eq(num(other.rate));

/** What the lines, allowances and charges of a tax come to. */
function baseOf(facts: Facts, group: TaxGroupFacts): Big {
  const own = ({ tax }: { tax: TaxFacts }) =>
    tax.category === group.category && (group.category === "O" || sameRate(tax, group));
  return sum([
    ...facts.lines.filter(own).map(({ net }) => num(net)),
    ...facts.adjustments.filter(own).map(signed),
  ]);
}

/** Who is known to the tax office: the seller, or who stands for it. */
const isRegistered = ({ seller, taxRepresentative }: Facts) =>
  has(seller.vatId) || has(seller.taxNumber) || has(taxRepresentative?.vatId);
const hasVatId = ({ seller, taxRepresentative }: Facts) =>
  has(seller.vatId) || has(taxRepresentative?.vatId);

function rulesOf(category: Category): Rule[] {
  const { code, rules: name, rate, rates, reason } = category;
  const onlyVatId = code === "K" || code === "G";
  const ids = (facts: Facts) => {
    if (!(onlyVatId ? hasVatId : isRegistered)(facts)) return false;
    const { vatId, legalId } = facts.buyer;
    if (code === "AE") return has(vatId) || has(legalId?.value);
    return code !== "K" || has(vatId);
  };
  const used = (some: { tax: TaxFacts }[]) => some.some(({ tax }) => tax.category === code);
  const rated = (some: { tax: TaxFacts }[]) =>
    some.every(({ tax }) => tax.category !== code || (has(tax.rate) && rate(num(tax.rate))));
  return rules([
    [
      `${name}-01`,
      `what is of ${code} has its tax, and each tax of ${code} something to tax`,
      (f) => {
        const [uses, groups] = [usesOf(f, code), groupsOf(f, code)];
        return (
          uses.every((use) => groups.filter((group) => sameRate(use, group)).length === 1) &&
          (groups.length === 0 || uses.length > 0)
        );
      },
    ],
    [`${name}-02`, `a line of ${code} needs ids`, (f) => !used(f.lines) || ids(f)],
    [`${name}-03`, `an allowance of ${code} needs ids`, (f) => !used(allowances(f)) || ids(f)],
    [`${name}-04`, `a charge of ${code} needs ids`, (f) => !used(charges(f)) || ids(f)],
    [`${name}-05`, `a line's rate in ${code} is ${rates}`, (f) => rated(f.lines)],
    [`${name}-06`, `an allowance's rate in ${code} is ${rates}`, (f) => rated(allowances(f))],
    [`${name}-07`, `a charge's rate in ${code} is ${rates}`, (f) => rated(charges(f))],
    [
      `${name}-08`,
      `the base of ${code} is what is of it`,
      (f) => groupsOf(f, code).every((group) => baseOf(f, group).eq(num(group.base))),
    ],
    [
      `${name}-09`,
      `the tax of ${code} is its rate of its base`,
      (f) =>
        groupsOf(f, code).every(({ base, rate: percent, tax }) => {
          const whole = num(base).times(num(percent)).div(100);
          return num(percent).eq(0) ? num(tax).eq(0) : whole.minus(num(tax)).abs().lt(1);
        }),
    ],
    [
      `${name}-10`,
      reason ? `${code} says why there is no tax` : `${code} has no reason for no tax`,
      (f) => groupsOf(f, code).every((g) => (has(g.reason) || has(g.reasonCode)) === reason),
    ],
  ]);
}

const isO = ({ tax }: { tax: TaxFacts }) => tax.category === "O";
const withoutVatIds = ({ seller, buyer, taxRepresentative }: Facts) =>
  !has(seller.vatId) && !has(buyer.vatId) && !has(taxRepresentative?.vatId);
const noRate = (some: { tax: TaxFacts }[]) => some.every((one) => !isO(one) || !has(one.tax.rate));

const OUTSIDE = rules([
  [
    "BR-O-01",
    "what is not subject to tax has a tax of its own, of nothing",
    (f) => usesOf(f, "O").length > 0 === (groupsOf(f, "O").length === 1),
  ],
  ["BR-O-02", "then there are no VAT ids", (f) => !f.lines.some(isO) || withoutVatIds(f)],
  ["BR-O-03", "nor beside an allowance", (f) => !allowances(f).some(isO) || withoutVatIds(f)],
  ["BR-O-04", "nor beside a charge", (f) => !charges(f).some(isO) || withoutVatIds(f)],
  ["BR-O-05", "a line has no rate then", (f) => noRate(f.lines)],
  ["BR-O-06", "nor has an allowance", (f) => noRate(allowances(f))],
  ["BR-O-07", "nor has a charge", (f) => noRate(charges(f))],
  [
    "BR-O-08",
    "its base is what is of it",
    (f) => groupsOf(f, "O").every((group) => baseOf(f, group).eq(num(group.base))),
  ],
  ["BR-O-09", "its tax is 0", (f) => groupsOf(f, "O").every(({ tax }) => num(tax).eq(0))],
  [
    "BR-O-10",
    "it says why there is no tax",
    (f) => groupsOf(f, "O").every((g) => has(g.reason) || has(g.reasonCode)),
  ],
  [
    "BR-O-11",
    "there is no other tax beside it",
    (f) => groupsOf(f, "O").length === 0 || f.taxes.length === 1,
  ],
  ["BR-O-12", "nor a line of another", (f) => groupsOf(f, "O").length === 0 || f.lines.every(isO)],
  [
    "BR-O-13",
    "nor an allowance of another",
    (f) => groupsOf(f, "O").length === 0 || allowances(f).every(isO),
  ],
  [
    "BR-O-14",
    "nor a charge of another",
    (f) => groupsOf(f, "O").length === 0 || charges(f).every(isO),
  ],
]);

const INTRA_COMMUNITY = rules([
  [
    "BR-IC-11",
    "what goes to another country of the Union says when",
    (f) => groupsOf(f, "K").length === 0 || has(f.delivery.date) || f.period !== null,
  ],
  [
    "BR-IC-12",
    "and where to",
    (f) => groupsOf(f, "K").length === 0 || has(f.delivery.address?.country),
  ],
]);

export const TAX: Rule[] = [...CATEGORIES.flatMap(rulesOf), ...OUTSIDE, ...INTRA_COMMUNITY];
