/**
 * Money: integers of a currency's minor units. Rates are decimal strings of at most 12 places.
 * Every printed line rounds once, half away from zero, to the currency's exponent.
 */
import Big from "big.js";
import { exactNumber, fixedText, scaledInteger } from "./decimal.ts";

/** Big.js's name for rounding half away from zero. */
export const HALF_AWAY = Big.roundHalfUp;
export const RATE_DECIMALS = 12;

// ISO 4217 (list one, 2026): every currency whose exponent is not 2.
const EXPONENT_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ");
const EXPONENT_3 = "BHD IQD JOD KWD LYD OMR TND".split(" ");
const EXPONENT_4 = "CLF UYW".split(" ");
const EXPONENT_2 = (
  "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN " +
  "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP " +
  "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP " +
  "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR " +
  "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN " +
  "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER " +
  "ZAR ZMW ZWG"
).split(" ");

const EXPONENTS = new Map<string, number>([
  ...EXPONENT_0.map((code) => [code, 0] as const),
  ...EXPONENT_2.map((code) => [code, 2] as const),
  ...EXPONENT_3.map((code) => [code, 3] as const),
  ...EXPONENT_4.map((code) => [code, 4] as const),
]);

export const CURRENCIES: readonly string[] = [...EXPONENTS.keys()].sort();

/** Places after the decimal point of an ISO 4217 code, or null for a code that is none. */
export function currencyExponent(currency: string): number | null {
  return EXPONENTS.get(currency) ?? null;
}

/** The exponent of a currency already known to be valid. Errors: RangeError for any other. */
export function exponentOf(currency: string): number {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined) throw new RangeError(`unknown currency ${currency}`);
  return exponent;
}

/** An exact amount in units, rounded once to minor units, half away from zero. */
export function roundToMinor(units: Big, currency: string): bigint {
  return BigInt(units.round(exponentOf(currency), HALF_AWAY).times(scale(currency)).toFixed(0));
}

function scale(currency: string): Big {
  return new Big(10).pow(exponentOf(currency));
}

/** Minor units as an exact amount in units. */
export function unitsOf(amountMinor: bigint, currency: string): Big {
  return new Big(amountMinor.toString()).div(scale(currency));
}

/** Minor units as decimal text with the currency's places: 1050 USD is `10.50`. */
export function moneyText(amountMinor: bigint, currency: string): string {
  return fixedText(amountMinor, exponentOf(currency));
}

/** Minor units as a JSON number with the currency's places. */
export function moneyJson(amountMinor: bigint, currency: string): number {
  return exactNumber(moneyText(amountMinor, currency));
}

/**
 * Minor units of an amount as a caller sends it, or null when it is no decimal or has more places
 * than the currency.
 */
export function minorOf(input: number | string, currency: string): bigint | null {
  const scaled = scaledInteger(input, exponentOf(currency));
  return scaled.ok ? scaled.value : null;
}

/** Integer division rounded half away from zero; divisor > 0. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return dividend < 0n ? -rounded : rounded;
}

/**
 * Splits `total` over `weights` so that the parts add up to it exactly: each part is rounded
 * down, and what is left goes to the largest remainders, the earlier first. Weights ≥ 0; where all
 * are 0 every part is 0 and `total` must be 0.
 */
export function splitByLargestRemainder(total: bigint, weights: readonly bigint[]): bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (whole === 0n) return weights.map(() => 0n);
  const sign = total < 0n ? -1n : 1n;
  const magnitude = total * sign;
  const parts = weights.map((weight) => (magnitude * weight) / whole);
  let left = magnitude - parts.reduce((sum, part) => sum + part, 0n);
  const order = weights
    .map((weight, index) => ({ index, remainder: (magnitude * weight) % whole }))
    .sort((a, b) => (b.remainder > a.remainder ? 1 : b.remainder < a.remainder ? -1 : 0));
  for (const { index } of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts.map((part) => part * sign);
}
