/**
 * What a plan asks for a metric. Pure. Tiers are (previous, up to], the last unbounded, and count
 * what lies beyond the included quantity; rates are decimal text of at most 12 places.
 */
import { decimalText, scaledInteger } from "../../core/decimal.ts";
import type { FieldError } from "../../core/errors.ts";
import { exponentOf, minorOf, RATE_DECIMALS } from "../../core/money.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";

export const MODELS = ["per_unit", "graduated", "volume", "package", "flat"] as const;
export type Model = (typeof MODELS)[number];

export type Tier = { upToMicro: bigint | null; unitPrice: string; flatFee: string };

export type Price = {
  metric: string;
  includedMicro: bigint;
} & (
  | { model: "per_unit"; unitPrice: string }
  | { model: "graduated" | "volume"; tiers: readonly Tier[] }
  | { model: "package"; packageSizeMicro: bigint; packagePrice: string }
  | { model: "flat"; flatFee: string }
);

export const MAX_TIERS = 50;

/** A price as callers send it and as it is answered: decimals are numbers or text. */
export type PriceInput = {
  metric_name: string;
  included_quantity?: number | string | undefined;
  model?: Model | undefined;
  unit_price?: number | string | undefined;
  tiers?: TierInput[] | undefined;
  package_size?: number | string | undefined;
  package_price?: number | string | undefined;
};

export type TierInput = {
  up_to?: number | string | null | undefined;
  unit_price?: number | string | undefined;
  flat_fee?: number | string | undefined;
};

export type Parsed = { ok: true; price: Price } | { ok: false; errors: FieldError[] };

/** The price in `input`, or every wrong field with a pointer that begins with `at`. */
export function parsePrice(input: PriceInput, at: string, currency: string): Parsed {
  const errors: FieldError[] = [];
  const price = readPrice(input, at, currency, errors);
  return errors.length > 0 ? { ok: false, errors } : { ok: true, price };
}

type Wrong = (field: string, detail: string) => void;

function readPrice(input: PriceInput, at: string, currency: string, errors: FieldError[]): Price {
  const wrong: Wrong = (field, detail) => errors.push({ pointer: at + field, detail });
  const model = input.model ?? "per_unit";
  for (const field of foreignFields(input, model)) {
    wrong(`/${field}`, `does not belong to the model ${model}`);
  }
  const rate = (value: number | string | undefined, field: string) => {
    if (value === undefined) wrong(field, `is required by the model ${model}`);
    return rateText(value ?? 0);
  };
  const base = { metric: input.metric_name, includedMicro: micro(input.included_quantity ?? 0) };
  if (model === "per_unit") {
    return { ...base, model, unitPrice: rate(input.unit_price, "/unit_price") };
  }
  if (model === "flat") {
    const flatFee = rate(input.unit_price, "/unit_price");
    checkFee(input.unit_price, "/unit_price", currency, wrong);
    return { ...base, model, flatFee };
  }
  if (model === "package") {
    const size = micro(input.package_size ?? 0);
    if (size <= 0n) wrong("/package_size", "is more than 0");
    const packagePrice = rate(input.package_price, "/package_price");
    return { ...base, model, packageSizeMicro: size, packagePrice };
  }
  return { ...base, model, tiers: readTiers(input.tiers ?? [], currency, wrong) };
}

/** A fee is printed as it is, so it has the currency's places. */
function checkFee(
  value: number | string | undefined,
  field: string,
  currency: string,
  wrong: Wrong,
): void {
  if (value === undefined || minorOf(value, currency) !== null) return;
  wrong(field, `has at most ${exponentOf(currency)} decimals in ${currency}`);
}

function readTiers(input: readonly TierInput[], currency: string, wrong: Wrong): Tier[] {
  if (input.length === 0) wrong("/tiers", "has at least one tier");
  let previous = 0n;
  return input.map((tier, i) => {
    const at = `/tiers/${i}`;
    const last = i === input.length - 1;
    const upToMicro = tier.up_to === null || tier.up_to === undefined ? null : micro(tier.up_to);
    if (last && upToMicro !== null) wrong(`${at}/up_to`, "is null in the last tier");
    if (!last && upToMicro === null) {
      wrong(`${at}/up_to`, "is null in the last tier only, or what follows would overlap");
    }
    if (upToMicro !== null) {
      if (upToMicro <= previous) wrong(`${at}/up_to`, "is above the tier before");
      previous = upToMicro;
    }
    checkFee(tier.flat_fee, `${at}/flat_fee`, currency, wrong);
    const [unitPrice, flatFee] = [rateText(tier.unit_price ?? 0), rateText(tier.flat_fee ?? 0)];
    return { upToMicro, unitPrice, flatFee };
  });
}

const FIELDS: Record<Model, readonly string[]> = {
  per_unit: ["unit_price"],
  flat: ["unit_price"],
  graduated: ["tiers"],
  volume: ["tiers"],
  package: ["package_size", "package_price"],
};

function foreignFields(input: PriceInput, model: Model): string[] {
  const own = FIELDS[model];
  const all = ["unit_price", "tiers", "package_size", "package_price"] as const;
  return all.filter((field) => input[field] !== undefined && !own.includes(field));
}

/** A valid rate in its shortest text. */
export function rateText(input: number | string): string {
  const scaled = scaledInteger(input, RATE_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a rate: ${input}`);
  return decimalText(scaled.value, RATE_DECIMALS);
}

function micro(input: number | string): bigint {
  const scaled = scaledInteger(input, QUANTITY_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a quantity: ${input}`);
  return scaled.value;
}

/** True where one counter can be billed by both in turn: their bounds can be blended. */
export function sameStructure(a: Price, b: Price): boolean {
  if (a.model === "package" && b.model === "package") {
    return a.packageSizeMicro === b.packageSizeMicro;
  }
  const tiersOf = (price: Price) => ("tiers" in price ? price.tiers.length : 0);
  return a.model === b.model && tiersOf(a) === tiersOf(b);
}
