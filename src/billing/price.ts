/**
 * What a plan asks for a metric. Pure. Tiers are (previous, up to], the last unbounded, and count
 * what lies beyond the included quantity; rates are decimal text of at most 12 places.
 */
import { scaledInteger } from "../core/decimal.ts";
import type { FieldError } from "../core/errors.ts";
import { RATE_DECIMALS } from "../core/money.ts";
import { QUANTITY_DECIMALS } from "../core/quantity.ts";

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
export function parsePrice(input: PriceInput, at: string): Parsed {
  const errors: FieldError[] = [];
  const price = readPrice(input, at, errors);
  return errors.length > 0 ? { ok: false, errors } : { ok: true, price };
}

function readPrice(input: PriceInput, at: string, errors: FieldError[]): Price {
  const wrong = (field: string, detail: string) => errors.push({ pointer: at + field, detail });
  const model = input.model ?? "per_unit";
  for (const field of foreignFields(input, model)) {
    wrong(`/${field}`, `does not belong to the model ${model}`);
  }
  const rate = (value: number | string | undefined, field: string) => {
    if (value === undefined) wrong(field, `is required by the model ${model}`);
    return rateText(value ?? 0);
  };
  const base = { metric: input.metric_name, includedMicro: micro(input.included_quantity ?? 0) };
  if (model === "per_unit")
    return { ...base, model, unitPrice: rate(input.unit_price, "/unit_price") };
  if (model === "flat") return { ...base, model, flatFee: rate(input.unit_price, "/unit_price") };
  if (model === "package") {
    const size = micro(input.package_size ?? 0);
    if (size <= 0n) wrong("/package_size", "is more than 0");
    const packagePrice = rate(input.package_price, "/package_price");
    return { ...base, model, packageSizeMicro: size, packagePrice };
  }
  return { ...base, model, tiers: readTiers(input.tiers ?? [], wrong) };
}

function readTiers(
  input: readonly TierInput[],
  wrong: (field: string, detail: string) => void,
): Tier[] {
  if (input.length === 0) wrong("/tiers", "has at least one tier");
  let previous = 0n;
  return input.map((tier, i) => {
    const last = i === input.length - 1;
    const upToMicro = tier.up_to === null || tier.up_to === undefined ? null : micro(tier.up_to);
    if (last && upToMicro !== null) wrong(`/tiers/${i}/up_to`, "is null in the last tier");
    if (!last && upToMicro === null) {
      wrong(`/tiers/${i}/up_to`, "is null in the last tier only, or what follows would overlap");
    }
    if (upToMicro !== null) {
      if (upToMicro <= previous) wrong(`/tiers/${i}/up_to`, "is above the tier before");
      previous = upToMicro;
    }
    return {
      upToMicro,
      unitPrice: rateText(tier.unit_price ?? 0),
      flatFee: rateText(tier.flat_fee ?? 0),
    };
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

/** A valid decimal in its shortest text. */
export function rateText(input: number | string): string {
  const scaled = scaledInteger(input, RATE_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a rate: ${input}`);
  return rateOf(scaled.value);
}

function rateOf(scaled: bigint): string {
  const digits = scaled.toString().padStart(RATE_DECIMALS + 1, "0");
  const fraction = digits.slice(-RATE_DECIMALS).replace(/0+$/, "");
  return digits.slice(0, -RATE_DECIMALS) + (fraction ? `.${fraction}` : "");
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
