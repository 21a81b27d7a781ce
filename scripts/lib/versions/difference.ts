/**
 * What differs between two contracts of the API, and which of it breaks callers that were written
 * for the first one. What is asked may take more and ask for less; what is answered may say more
 * and leave out nothing. Pure.
 */
import type { Bodies, Contract, OperationContract, Schema } from "./contract.ts";

/** A difference: where it is, what it is, and whether a caller that knows the first one breaks. */
export type Difference = { at: string; what: string; breaks: boolean };

/** Whether a value is sent by callers or read by them. */
type Way = "asked" | "answered";

/** All that differs, operation by operation; a named schema is told of where it is used first. */
export function differences(before: Contract, after: Contract): Difference[] {
  const comparing = new Comparing(before, after);
  const { operations, messages } = before;
  for (const name of namesOf(operations, after.operations)) {
    const [was, is] = [operations[name], after.operations[name]];
    if (was && is) comparing.operation(name, was, is);
    else comparing.say(name, is ? "is new" : "is not there any more", !is);
  }
  for (const type of namesOf(messages, after.messages)) {
    const at = `event ${type}`;
    const [was, is] = [messages[type], after.messages[type]];
    if (was && is) comparing.bodies(at, was, is, "answered");
    else comparing.say(at, is ? "is new" : "is not sent any more", !is);
  }
  return comparing.found;
}

/** Those of them that break a caller. */
export function breaks(before: Contract, after: Contract): Difference[] {
  return differences(before, after).filter((difference) => difference.breaks);
}

function namesOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

/** Values that are compared once however often they are used, as named schemas refer to others. */
class Comparing {
  readonly found: Difference[] = [];
  readonly #before: Contract["schemas"];
  readonly #after: Contract["schemas"];
  readonly #seen = new Set<string>();

  constructor(before: Contract, after: Contract) {
    this.#before = before.schemas;
    this.#after = after.schemas;
  }

  say(at: string, what: string, isBreaking: boolean): void {
    this.found.push({ at, what, breaks: isBreaking });
  }

  operation(at: string, was: OperationContract, is: OperationContract): void {
    if (was.id !== is.id) this.say(at, `is called ${is.id}, and was ${was.id}`, true);
    for (const name of namesOf(was.parameters, is.parameters)) {
      const [before, now] = [was.parameters[name], is.parameters[name]];
      const where = `${at}, ${name}`;
      if (!now) this.say(where, "is not taken any more", true);
      else if (!before)
        this.say(where, now.required ? "is new and required" : "is new", now.required);
      else {
        if (now.required && !before.required) this.say(where, "is required", true);
        this.schema(where, before.schema, now.schema, "asked");
      }
    }
    if (is.body?.required && !was.body?.required) this.say(at, "needs a body", true);
    if (was.body && !is.body) this.say(at, "takes no body any more", true);
    if (was.body && is.body) this.bodies(`${at}, body`, was.body.types, is.body.types, "asked");
    for (const status of namesOf(was.answers, is.answers)) {
      const [before, now] = [was.answers[status], is.answers[status]];
      const where = `${at}, ${status}`;
      if (before && now) this.bodies(where, before, now, "answered");
      else this.say(where, now ? "is new" : "is not answered any more", !now);
    }
  }

  bodies(at: string, was: Bodies, is: Bodies, way: Way): void {
    for (const type of namesOf(was, is)) {
      const [before, now] = [was[type], is[type]];
      if (before && now) this.schema(at, before, now, way);
      else this.say(at, now ? `${type} is new` : `${type} is gone`, !now);
    }
  }

  schema(at: string, was: Schema, is: Schema, way: Way): void {
    const [before, now] = [this.#whole(was, this.#before), this.#whole(is, this.#after)];
    if (was.$ref !== undefined || is.$ref !== undefined) {
      const pair = `${way} ${was.$ref ?? at} ${is.$ref ?? at}`;
      if (this.#seen.has(pair)) return;
      this.#seen.add(pair);
    }
    this.#types(at, before, now, way);
    this.#values(at, before, now, way);
    this.#fields(at, before, now, way);
    if (before.items && now.items) this.schema(`${at}[]`, before.items, now.items, way);
    const [others, rest] = [before.additionalProperties, now.additionalProperties];
    if (typeof others === "object" && typeof rest === "object") {
      this.schema(`${at}.*`, others, rest, way);
    }
    for (const word of ["anyOf", "oneOf", "allOf"] as const) {
      this.#choices(at, before[word] ?? [], now[word] ?? [], way);
    }
  }

  #whole(schema: Schema, schemas: Contract["schemas"]): Schema {
    if (schema.$ref === undefined) return schema;
    return schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)] ?? {};
  }

  #types(at: string, was: Schema, is: Schema, way: Way): void {
    const [before, now] = [typesOf(was), typesOf(is)];
    const gone = before.filter((type) => !covers(now, type));
    const added = now.filter((type) => !covers(before, type));
    if (gone.length === 0 && added.length === 0) return;
    const broken = way === "asked" ? gone : added;
    this.say(at, `is ${textOf(now)}, and was ${textOf(before)}`, broken.length > 0);
  }

  #values(at: string, was: Schema, is: Schema, way: Way): void {
    const [before, now] = [valuesOf(was), valuesOf(is)];
    if (!before && !now) return;
    if (!before) return void this.say(at, "is one of some values", way === "asked");
    if (!now) return void this.say(at, "is any value", way === "answered");
    for (const value of before.filter((one) => !now.includes(one))) {
      this.say(at, `has no value ${value} any more`, true);
    }
    for (const value of now.filter((one) => !before.includes(one))) {
      this.say(at, `has the new value ${value}`, false);
    }
  }

  #fields(at: string, was: Schema, is: Schema, way: Way): void {
    const [before, now] = [was.properties ?? {}, is.properties ?? {}];
    const [needed, needs] = [new Set(was.required), new Set(is.required)];
    for (const name of namesOf(before, now)) {
      const where = `${at}.${name}`;
      const [old, one] = [before[name], now[name]];
      if (!one) this.say(where, "is gone", true);
      else if (!old) {
        const isRequired = way === "asked" && needs.has(name);
        this.say(where, isRequired ? "is new and required" : "is new", isRequired);
      } else {
        if (needs.has(name) && !needed.has(name)) {
          this.say(where, way === "asked" ? "is required" : "is always there", way === "asked");
        }
        if (needed.has(name) && !needs.has(name)) {
          this.say(where, "may be missing", way === "answered");
        }
        this.schema(where, old, one, way);
      }
    }
  }

  #choices(at: string, was: readonly Schema[], is: readonly Schema[], way: Way): void {
    for (const [i, one] of was.entries()) {
      const now = is[i];
      if (now) this.schema(at, one, now, way);
    }
    if (was.length === is.length) return;
    const isBreaking = way === "asked" ? is.length < was.length : is.length > was.length;
    this.say(at, `is one of ${is.length} shapes, and was one of ${was.length}`, isBreaking);
  }
}

function typesOf({ type }: Schema): string[] {
  return type === undefined ? [] : [type].flat();
}

/** An integer is a number, and where no type is said anything goes. */
function covers(types: readonly string[], type: string): boolean {
  return (
    types.length === 0 || types.includes(type) || (type === "integer" && types.includes("number"))
  );
}

function textOf(types: readonly string[]): string {
  return types.length === 0 ? "anything" : types.join(" or ");
}

function valuesOf({ enum: values, const: only }: Schema): string[] | null {
  if (values) return values.map((value) => JSON.stringify(value));
  return only === undefined ? null : [JSON.stringify(only)];
}
