/** Prices as callers send them. Pure. */
import type { FieldError } from "../../core/errors.ts";
import { exponentOf, minorOf } from "../../core/money.ts";
import { microOf, rateText } from "./field.ts";
import type { Decimal, FieldChecks } from "./model.ts";
import {
  DEFAULT_MODEL,
  MODEL_FIELDS,
  type Model,
  type ModelInput,
  PRICE_MODELS,
  type Price,
  rulesOf,
} from "./registry.ts";

/** A price as callers send it and as it is answered: decimals are numbers or text. */
export type PriceInput = ModelInput & {
  metric_name: string;
  included_quantity?: Decimal | undefined;
  model?: Model | undefined;
};

export type Parsed = { ok: true; price: Price } | { ok: false; errors: FieldError[] };

/** The price in `input`, or every wrong field with a pointer that begins with `at`. */
export function parsePrice(input: PriceInput, at: string, currency: string): Parsed {
  const errors: FieldError[] = [];
  const model = input.model ?? DEFAULT_MODEL;
  const checks = checksOf(model, currency, (field, detail) =>
    errors.push({ pointer: at + field, detail }),
  );
  for (const field of foreignFields(input, model)) {
    checks.wrong(`/${field}`, `does not belong to the model ${model}`);
  }
  const terms = rulesOf(model).parse(input, checks);
  if (errors.length > 0) return { ok: false, errors };
  const includedMicro = microOf(input.included_quantity ?? 0);
  return {
    ok: true,
    price: { metric: input.metric_name, includedMicro, model, ...terms } as Price,
  };
}

function checksOf(
  model: Model,
  currency: string,
  wrong: (field: string, detail: string) => void,
): FieldChecks {
  return {
    wrong,
    requireRate: (value, field) => {
      if (value === undefined) wrong(field, `is required by the model ${model}`);
      return rateText(value ?? 0);
    },
    checkFee: (value, field) => {
      if (value === undefined || minorOf(value, currency) !== null) return;
      wrong(field, `has at most ${exponentOf(currency)} decimals in ${currency}`);
    },
  };
}

/** The fields that were sent and are another model's. */
function foreignFields(input: PriceInput, model: Model): string[] {
  const sent = Object.keys(MODEL_FIELDS) as (keyof ModelInput)[];
  return sent.filter(
    (field) => input[field] !== undefined && !(field in PRICE_MODELS[model].fields),
  );
}

/** True where one counter can be billed by both in turn: their bounds can be blended. */
export function sameStructure(a: Price, b: Price): boolean {
  return a.model === b.model && rulesOf(a.model).blendsWith(a, b);
}
