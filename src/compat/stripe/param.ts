/**
 * Reading parameters: of a form, where all are text, or of the JSON of a v2 call. Pure. What is
 * wrong is refused by the name that Stripe's clients know it by, such as `payload[value]`.
 */
import { invalid, missing, unknown } from "./error.ts";

/** Parameters by name; `at` is what stands before their names, empty at the top. */
export type Params = { readonly values: Readonly<Record<string, unknown>>; readonly at: string };

/** The parameters of a body or query. */
export function paramsOf(values: Readonly<Record<string, unknown>>): Params {
  return { values, at: "" };
}

/** How a parameter is called in messages. */
export function nameIn({ at }: Params, name: string): string {
  return at === "" ? name : `${at}[${name}]`;
}

/** Refuses parameters that are not named here. `expand` is taken anywhere, and expands nothing. */
export function insistKnown(params: Params, names: readonly string[]): void {
  for (const name of Object.keys(params.values)) {
    if (names.includes(name) || (name === "expand" && params.at === "")) continue;
    throw unknown(nameIn(params, name.slice(0, 60)));
  }
}

function givenIn({ values }: Params, name: string): unknown {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === null ? undefined : value;
}

/**
 * A text; undefined where it is not given. An empty one is given: in a form it clears something.
 * Errors: 400 for fields, and for more than `max` characters.
 */
export function textOf(params: Params, name: string, max: number): string | undefined {
  const value = givenIn(params, name);
  if (value === undefined) return undefined;
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  const param = nameIn(params, name);
  if (typeof text !== "string") throw invalid(`Invalid string: ${param} is a text.`, { param });
  if (text.length <= max) return text;
  throw invalid(`Invalid string: ${param} has at most ${max} characters.`, { param });
}

/** A text that has to be there. Errors: 400, also for an empty one. */
export function neededText(params: Params, name: string, max: number): string {
  const text = textOf(params, name, max);
  if (text === undefined) throw missing(nameIn(params, name));
  if (text !== "") return text;
  const param = nameIn(params, name);
  const message = `You passed an empty string for '${param}'. Give it a value, or leave it out.`;
  throw invalid(message, { param, code: "parameter_invalid_empty" });
}

/** One of some texts; undefined where it is not given or empty. Errors: 400. */
export function choiceOf<T extends string>(
  params: Params,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = textOf(params, name, 100);
  if (text === undefined || text === "") return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const param = nameIn(params, name);
  throw invalid(`Invalid ${param}: must be one of ${choices.join(", ")}`, { param });
}

/** A whole number from `least` on; undefined where it is not given or empty. Errors: 400. */
export function integerOf(params: Params, name: string, least = 0): number | undefined {
  const text = textOf(params, name, 20);
  if (text === undefined || text === "") return undefined;
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  const param = nameIn(params, name);
  throw invalid(`Invalid integer: ${param}`, { param, code: "parameter_invalid_integer" });
}

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

/** A time in whole seconds since 1970; undefined where it is not given or empty. Errors: 400. */
export function secondOf(params: Params, name: string): number | undefined {
  const second = integerOf(params, name);
  if (second === undefined || second <= LAST_SECOND) return second;
  const param = nameIn(params, name);
  throw invalid(`Invalid timestamp: ${param} is in seconds since 1970.`, { param });
}

/** Fields inside a parameter; undefined where there are none. Errors: 400 for a text. */
export function fieldsOf(params: Params, name: string): Params | undefined {
  const value = givenIn(params, name);
  if (value === undefined || value === "") return undefined;
  const at = nameIn(params, name);
  if (typeof value !== "object") throw invalid(`Invalid object: ${at}`, { param: at });
  return { values: value as Record<string, unknown>, at };
}

/** True where a parameter is given as an empty text, by which a form clears it. */
export function isCleared(params: Params, name: string): boolean {
  return params.values[name] === "";
}

/** A time's range in whole seconds, each bound null where it is open; `fromS` is inclusive. */
export type SecondsRange = { fromS: number | null; untilS: number | null };

const OPEN: SecondsRange = { fromS: null, untilS: null };

/** A range as `created[gte]=…&created[lt]=…`, or one second as `created=…`. Errors: 400. */
export function rangeOf(params: Params, name: string): SecondsRange {
  const value = givenIn(params, name);
  if (value === undefined) return OPEN;
  if (typeof value !== "object") {
    const second = secondOf(params, name);
    return second === undefined ? OPEN : { fromS: second, untilS: second + 1 };
  }
  const fields = fieldsOf(params, name) ?? params;
  insistKnown(fields, ["gt", "gte", "lt", "lte"]);
  const next = (second: number | undefined) => (second === undefined ? undefined : second + 1);
  const from = [next(secondOf(fields, "gt")), secondOf(fields, "gte")];
  const until = [secondOf(fields, "lt"), next(secondOf(fields, "lte"))];
  const given = (bounds: (number | undefined)[]) => bounds.filter((one) => one !== undefined);
  return {
    fromS: given(from).length === 0 ? null : Math.max(...given(from)),
    untilS: given(until).length === 0 ? null : Math.min(...given(until)),
  };
}
