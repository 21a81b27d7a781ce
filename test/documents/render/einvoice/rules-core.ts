/** EN 16931: what an invoice must say, and what its amounts come to. Pure. */
import type { Facts, Text } from "./facts.ts";
import {
  allowances,
  charges,
  has,
  isAmount,
  isDay,
  num,
  type Rule,
  rules,
  signed,
  sum,
} from "./rule.ts";

const every = <T>(some: T[], holds: (one: T) => boolean) => some.every(holds);

const isNamedApart = ({ payee, seller }: Facts) =>
  !payee || (has(payee.name) && payee.name !== seller.name);

/** CII compares registrations and numbers without a scheme; UBL every number, no registration. */
function isNumberedApart({ payee, seller, syntax }: Facts): boolean {
  if (!payee) return true;
  const cii = syntax === "cii";
  const numbers = (ids: { scheme: Text; value: string }[]) =>
    ids.filter(({ scheme }) => !cii || scheme === null).map(({ value }) => value);
  const own = numbers(seller.ids);
  const legal = seller.legalId?.value;
  return (
    !numbers(payee.ids).some((value) => own.includes(value)) &&
    !(cii && legal !== undefined && payee.legalId?.value === legal)
  );
}

const SAID = rules([
  ["BR-01", "says which specification it follows", (f) => has(f.guideline)],
  ["BR-02", "has a number", (f) => has(f.number)],
  ["BR-03", "has a date of issue", (f) => isDay(f.issued)],
  ["BR-04", "says what type it is", (f) => has(f.type)],
  ["BR-05", "names its currency", (f) => has(f.currency)],
  ["BR-06", "names the seller", (f) => has(f.seller.name)],
  ["BR-07", "names the buyer", (f) => has(f.buyer.name)],
  ["BR-08", "has the seller's address", (f) => f.seller.address !== null],
  ["BR-09", "has the seller's country", (f) => !f.seller.address || has(f.seller.address.country)],
  ["BR-10", "has the buyer's address", (f) => f.buyer.address !== null],
  ["BR-11", "has the buyer's country", (f) => !f.buyer.address || has(f.buyer.address.country)],
  ["BR-12", "says what the lines come to", (f) => has(f.sums.lines)],
  ["BR-13", "says what it comes to without tax", (f) => has(f.sums.net)],
  ["BR-14", "says what it comes to with tax", (f) => has(f.sums.total)],
  ["BR-15", "says what is due", (f) => has(f.sums.due)],
  ["BR-16", "has a line", (f) => f.lines.length > 0],
  [
    "BR-17",
    "a payee has a name, and neither name nor number of the seller's",
    (f) => isNamedApart(f) && isNumberedApart(f),
  ],
  ...["UBL-SR-19", "UBL-SR-20", "UBL-SR-21"].map((rule): [string, string, Rule["holds"]] => [
    rule,
    "a payee has a name, another than the seller's, in UBL",
    (f) => f.syntax === "cii" || isNamedApart(f),
  ]),
  ["BR-18", "a representative has a name", ({ taxRepresentative: r }) => !r || has(r.name)],
  [
    "BR-19",
    "a representative has an address",
    ({ taxRepresentative: r }) => !r || r.address !== null,
  ],
  [
    "BR-20",
    "a representative's address has a country",
    ({ taxRepresentative: r }) => !r?.address || has(r.address.country),
  ],
  ["BR-21", "each line has an id", (f) => every(f.lines, ({ id }) => has(id))],
  ["BR-22", "each line has a quantity", (f) => every(f.lines, ({ quantity }) => has(quantity))],
  ["BR-23", "each quantity has a unit", (f) => every(f.lines, ({ unit }) => has(unit))],
  ["BR-24", "each line has an amount", (f) => every(f.lines, ({ net }) => has(net))],
  ["BR-25", "each line names what it is for", (f) => every(f.lines, ({ name }) => has(name))],
  ["BR-26", "each line has a price", (f) => every(f.lines, ({ price }) => has(price))],
  ["BR-27", "no price is below 0", (f) => every(f.lines, ({ price }) => num(price).gte(0))],
  ["BR-28", "no gross price is below 0", (f) => every(f.lines, ({ gross }) => num(gross).gte(0))],
  ["BR-29", "its period ends where it begins or later", (f) => inOrder(f.period)],
  ["BR-30", "so does each line's", (f) => every(f.lines, ({ period }) => inOrder(period))],
  ["BR-31", "each allowance has an amount", (f) => every(allowances(f), (a) => has(a.amount))],
  ["BR-32", "and a category", (f) => every(allowances(f), (a) => has(a.tax.category))],
  ["BR-33", "and a reason", (f) => every(allowances(f), hasReason)],
  ["BR-36", "each charge has an amount", (f) => every(charges(f), (a) => has(a.amount))],
  ["BR-37", "and a category", (f) => every(charges(f), (a) => has(a.tax.category))],
  ["BR-38", "and a reason", (f) => every(charges(f), hasReason)],
  [
    "BR-41",
    "each allowance of a line has an amount",
    (f) => every(f.lines.flatMap(allowances), (a) => has(a.amount)),
  ],
  ["BR-42", "and a reason", (f) => every(f.lines.flatMap(allowances), hasReason)],
  [
    "BR-43",
    "each charge of a line has an amount",
    (f) => every(f.lines.flatMap(charges), (a) => has(a.amount)),
  ],
  ["BR-44", "and a reason", (f) => every(f.lines.flatMap(charges), hasReason)],
  ["BR-45", "each tax has a base", (f) => every(f.taxes, ({ base }) => has(base))],
  ["BR-46", "and an amount", (f) => every(f.taxes, ({ tax }) => has(tax))],
  ["BR-47", "and a category", (f) => every(f.taxes, ({ category }) => has(category))],
  [
    "BR-48",
    "and a rate, unless it is no tax at all",
    (f) => every(f.taxes, ({ category, rate }) => category === "O" || has(rate)),
  ],
  ["BR-49", "a payment says how", (f) => every(f.payments, ({ code }) => has(code))],
  [
    "BR-50",
    "an account has its number",
    (f) => every(f.payments, ({ hasAccount, account }) => !hasAccount || has(account)),
  ],
  ["BR-52", "an attachment has a reference", (f) => every(f.attachments, ({ id }) => has(id))],
  [
    "BR-53",
    "tax in the seller's currency is said in it",
    (f) => f.taxCurrency === null || has(f.sums.accountingTax),
  ],
  ["BR-55", "what it refers to has a number", (f) => every(f.preceding, (one) => has(one.number))],
  ["BR-56", "a representative has a VAT id", ({ taxRepresentative: r }) => !r || has(r.vatId)],
  [
    "BR-57",
    "where goods went has a country",
    ({ delivery: { address } }) => !address || has(address.country),
  ],
  [
    "BR-61",
    "a credit transfer names its account",
    (f) => every(f.payments, ({ code, account }) => !TRANSFERS.has(code ?? "") || has(account)),
  ],
  [
    "BR-62",
    "the seller's electronic address has a scheme",
    ({ seller: { endpoint } }) => !endpoint || has(endpoint.scheme),
  ],
  ["BR-63", "so has the buyer's", ({ buyer: { endpoint } }) => !endpoint || has(endpoint.scheme)],
  [
    "BR-64",
    "an article's number has a scheme",
    (f) => every(f.lines, ({ standardId }) => !standardId || has(standardId.scheme)),
  ],
  [
    "BR-65",
    "a class has a list",
    (f) => every(f.lines, ({ classes }) => every(classes, ({ list }) => has(list))),
  ],
  ["BR-CO-04", "each line has a category", (f) => every(f.lines, ({ tax }) => has(tax.category))],
  ["BR-CO-18", "says what tax there is", (f) => f.taxes.length > 0],
  ["BR-CO-19", "a period has a day", ({ period }) => !period || has(period.start ?? period.end)],
  [
    "BR-CO-20",
    "so has a line's",
    (f) => every(f.lines, ({ period }) => !period || has(period.start ?? period.end)),
  ],
  [
    "BR-CO-25",
    "what is to be paid has a day or terms",
    (f) => f.type === "381" || num(f.sums.due).lte(0) || has(f.due) || has(f.terms),
  ],
  [
    "BR-CO-26",
    "the buyer can tell who the seller is",
    ({ seller: { vatId, legalId, ids } }) => has(vatId ?? legalId?.value ?? ids[0]?.value ?? null),
  ],
  [
    "day",
    "each day is a day of the calendar",
    (f) =>
      every(
        [
          f.due,
          f.delivery.date,
          ...f.preceding.map(({ date }) => date),
          ...[f.period, ...f.lines.map(({ period }) => period)].flatMap((one) =>
            one ? [one.start, one.end] : [],
          ),
        ],
        (day) => day === null || isDay(day),
      ),
  ],
]);

const TRANSFERS = new Set(["30", "58"]);
const hasReason = ({ reason, reasonCode }: { reason: Text; reasonCode: Text }) =>
  has(reason) || has(reasonCode);
const inOrder = (period: Facts["period"]) =>
  !period?.start || !period.end || period.start <= period.end;

const SUMS = rules([
  [
    "BR-CO-10",
    "the lines add up",
    (f) => total(f.lines.map(({ net }) => net)).eq(num(f.sums.lines)),
  ],
  [
    "BR-CO-11",
    "the allowances add up",
    (f) => total(allowances(f).map(({ amount }) => amount)).eq(num(f.sums.allowances)),
  ],
  [
    "BR-CO-12",
    "the charges add up",
    (f) => total(charges(f).map(({ amount }) => amount)).eq(num(f.sums.charges)),
  ],
  [
    "BR-CO-13",
    "lines, allowances and charges come to the amount without tax",
    ({ sums }) =>
      num(sums.lines).minus(num(sums.allowances)).plus(num(sums.charges)).eq(num(sums.net)),
  ],
  ["BR-CO-14", "the taxes add up", (f) => total(f.taxes.map(({ tax }) => tax)).eq(num(f.sums.tax))],
  [
    "BR-CO-15",
    "with the tax it comes to the total",
    ({ sums }) => num(sums.net).plus(num(sums.tax)).eq(num(sums.total)),
  ],
  [
    "BR-CO-16",
    "without what is paid, rounded, it comes to what is due",
    ({ sums }) =>
      num(sums.total).minus(num(sums.prepaid)).plus(num(sums.rounding)).eq(num(sums.due)),
  ],
  [
    "BR-CO-17",
    "each tax is its rate of its base, but for rounding",
    (f) =>
      every(f.taxes, ({ base, rate, tax }) =>
        num(base).times(num(rate)).div(100).minus(num(tax)).abs().lt(1),
      ),
  ],
  [
    "line-amount",
    "each line is its quantity at its price, with what is added and taken off",
    (f) =>
      every(f.lines, ({ quantity, price, baseQuantity, net, adjustments }) =>
        num(quantity)
          .times(num(price))
          .div(num(baseQuantity ?? "1"))
          .plus(sum(adjustments.map(signed)))
          .minus(num(net))
          .abs()
          .lte("0.02"),
      ),
  ],
]);

const total = (amounts: Text[]) => sum(amounts.map(num));

/** Amounts that have at most two decimals, by the rule that says so. */
const AMOUNTS: [id: string, says: string, amounts: (facts: Facts) => Text[]][] = [
  ["BR-DEC-01", "an allowance", (f) => allowances(f).map(({ amount }) => amount)],
  ["BR-DEC-02", "what it is a part of", (f) => allowances(f).map(({ base }) => base)],
  ["BR-DEC-05", "a charge", (f) => charges(f).map(({ amount }) => amount)],
  ["BR-DEC-06", "what it is a part of", (f) => charges(f).map(({ base }) => base)],
  ["BR-DEC-09", "the sum of the lines", ({ sums }) => [sums.lines]],
  ["BR-DEC-10", "the sum of the allowances", ({ sums }) => [sums.allowances]],
  ["BR-DEC-11", "the sum of the charges", ({ sums }) => [sums.charges]],
  ["BR-DEC-12", "the amount without tax", ({ sums }) => [sums.net]],
  ["BR-DEC-13", "the tax", ({ sums }) => [sums.tax]],
  ["BR-DEC-14", "the amount with tax", ({ sums }) => [sums.total]],
  ["BR-DEC-15", "the tax in the seller's currency", ({ sums }) => [sums.accountingTax]],
  ["BR-DEC-16", "what is paid", ({ sums }) => [sums.prepaid]],
  ["BR-DEC-17", "what is rounded", ({ sums }) => [sums.rounding]],
  ["BR-DEC-18", "what is due", ({ sums }) => [sums.due]],
  ["BR-DEC-19", "a tax's base", (f) => f.taxes.map(({ base }) => base)],
  ["BR-DEC-20", "a tax's amount", (f) => f.taxes.map(({ tax }) => tax)],
  ["BR-DEC-23", "a line's amount", (f) => f.lines.map(({ net }) => net)],
  ["BR-DEC-24", "a line's allowance", (f) => f.lines.flatMap(allowances).map((a) => a.amount)],
  ["BR-DEC-25", "what it is a part of", (f) => f.lines.flatMap(allowances).map((a) => a.base)],
  ["BR-DEC-27", "a line's charge", (f) => f.lines.flatMap(charges).map((a) => a.amount)],
  ["BR-DEC-28", "what it is a part of", (f) => f.lines.flatMap(charges).map((a) => a.base)],
];

const DECIMALS: Rule[] = AMOUNTS.map(([id, what, amounts]) => ({
  id,
  says: `${what} has at most two decimals`,
  holds: (facts) => amounts(facts).every(isAmount),
}));

export const CORE: Rule[] = [...SAID, ...SUMS, ...DECIMALS];
