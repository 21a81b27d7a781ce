/**
 * Form bodies and queries as Stripe's clients write them: `a[b]=c`, `a[0]=c`, `a[]=c`. Pure. A list
 * is read as fields that are named by position, so that nothing is lost where a key looks like one.
 */
import { invalidForm } from "./error.ts";

/** What a form holds: texts, and fields of texts, without a prototype. */
export type Form = { [name: string]: string | Form };

/** Brackets of a name at most; `items[0][price_data][recurring][interval]` has four. */
export const MAX_FORM_DEPTH = 8;
/** Values of a form at most: a megabyte of `a=&` would be hundreds of thousands. */
export const MAX_FORM_VALUES = 2_000;

const NAME = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

/**
 * The fields of a form; of two texts with one name the last one stays.
 * Errors: 400 for a name or an escape that cannot be read, deeper names, and more values.
 */
export function parseForm(text: string): Form {
  const form = emptyForm();
  let values = 0;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    if (++values > MAX_FORM_VALUES) {
      throw invalidForm(`a form has at most ${MAX_FORM_VALUES} values`);
    }
    const equals = pair.indexOf("=");
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    put(form, pathOf(name), name, equals < 0 ? "" : decoded(pair.slice(equals + 1)));
  }
  return form;
}

function emptyForm(): Form {
  return Object.create(null) as Form;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalidForm("a name or value is not percent-encoded UTF-8");
  }
}

function pathOf(name: string): string[] {
  const [, first, rest = ""] = NAME.exec(name) ?? [];
  if (first === undefined) throw invalidForm(`the name ${cut(name)} cannot be read`);
  const inner = rest === "" ? [] : rest.slice(1, -1).split("][");
  if (inner.length > MAX_FORM_DEPTH) {
    throw invalidForm(`the name ${cut(name)} is nested more than ${MAX_FORM_DEPTH} deep`);
  }
  return [first, ...inner];
}

function cut(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

function put(form: Form, path: readonly string[], name: string, value: string): void {
  let fields = form;
  for (const [depth, part] of path.entries()) {
    const isLast = depth === path.length - 1;
    const key = part === "" ? nextKey(fields, isLast ? null : (path[depth + 1] ?? "")) : part;
    const held = fields[key];
    if (isLast) {
      if (typeof held === "object") throw twice(name);
      fields[key] = value;
      return;
    }
    if (typeof held === "string") throw twice(name);
    const inner = held ?? emptyForm();
    fields[key] = inner;
    fields = inner;
  }
}

function twice(name: string): Error {
  return invalidForm(`${cut(name)} is given both as a text and as fields`);
}

/**
 * The position that `[]` means: the next one, or the last one where that lacks the field which
 * follows, as in `a[][b]=1&a[][c]=2`.
 */
function nextKey(fields: Form, following: string | null): string {
  const count = Object.keys(fields).length;
  const last = fields[String(count - 1)];
  const goesOn = following !== null && typeof last === "object" && last[following] === undefined;
  return String(goesOn ? count - 1 : count);
}
