/**
 * Pure. Forms and bodies: a field is named by its JSON pointer, so what a form sends is the body
 * that the API takes, and a problem's pointers lead back to the fields that are wrong.
 */
import type { FieldError } from "../../core/errors.ts";
import type { Option, Suggestion } from "./code-options.ts";
import { type DecimalSign, decimalIn, integerText, SIGN_FIELD, signNamed } from "./number.ts";

export type FieldKind =
  | "line"
  | "secret"
  | "text"
  | "email"
  | "day"
  | "decimal"
  /** A decimal that is never in the thousands: a percentage, an exchange rate. */
  | "factor"
  | "integer"
  /** Several whole numbers in a line, such as `1, 7, 14`. */
  | "integers"
  | "flag"
  | "color"
  | "choice"
  | "choices"
  /** A text area with one entry a line. */
  | "lines"
  /** A text area for JSON, in letters of one width. */
  | "code";

export type Field = {
  pointer: string;
  label: string;
  kind: FieldKind;
  hint?: string;
  required?: boolean;
  /** A function where the list takes time, or room, that few pages need. */
  options?: readonly Option[] | (() => readonly Option[]);
  /** A list that it suggests from. */
  suggest?: Suggestion;
  placeholder?: string;
  /** Sent as null where it is left empty, so that what was there is cleared. */
  clears?: boolean;
};

/** What a field offers to choose from. */
export function optionsOf({ options = [] }: Field): readonly Option[] {
  return typeof options === "function" ? options() : options;
}

export type Sent = ReadonlyMap<string, readonly string[]>;
/** The sign before decimals that a form was shown with; null where it named none. */
export function signOf(sent: Sent): DecimalSign | null {
  return signNamed(textOf(sent, SIGN_FIELD));
}

export type Body = { [member: string]: unknown };

/** A form's texts by the names of its fields; a line ends in "\n" alone. */
export function sentOf(entries: Iterable<[string, unknown]>): Sent {
  const sent = new Map<string, string[]>();
  for (const [name, value] of entries) {
    if (typeof value !== "string") continue;
    const text = value.replaceAll("\r\n", "\n");
    sent.set(name, [...(sent.get(name) ?? []), text]);
  }
  return sent;
}

/** The first text of a name, trimmed; empty where there is none. */
export function textOf(sent: Sent, name: string): string {
  return sent.get(name)?.[0]?.trim() ?? "";
}

/** The body that the fields make of what was sent; other names are left out. */
export function bodyOf(fields: readonly Field[], sent: Sent): Body {
  const body: Body = {};
  for (const field of fields) {
    const value = valueSent(field, sent);
    if (value !== undefined) setAt(body, field.pointer, value);
  }
  return body;
}

function valueSent({ pointer, kind, clears }: Field, sent: Sent): unknown {
  if (kind === "flag") return sent.has(pointer);
  if (kind === "choices") return [...(sent.get(pointer) ?? [])];
  const text = textOf(sent, pointer);
  if (kind === "lines") return linesIn(text);
  if (kind === "integers")
    return text
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(integerIn);
  if (text === "") return clears ? null : undefined;
  if (kind === "decimal" || kind === "factor") {
    return decimalIn(text, signOf(sent), kind === "factor");
  }
  return kind === "integer" ? integerIn(text) : text;
}

/** Text that is no whole number stays text, so that the schema refuses it. */
function integerIn(text: string): number | string {
  const plain = integerText(text);
  return /^-?\d{1,9}$/.test(plain) ? Number(plain) : text;
}

function linesIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Sets the value at a pointer; objects on the way to it are made. */
export function setAt(body: Body, pointer: string, value: unknown): void {
  const parts = partsOf(pointer);
  const last = parts.pop();
  if (last === undefined) return;
  let parent = body;
  for (const part of parts) {
    const next = parent[part];
    if (typeof next === "object" && next !== null) parent = next as Body;
    else {
      const made: Body = {};
      parent[part] = made;
      parent = made;
    }
  }
  parent[last] = value;
}

/** The value at a pointer (RFC 6901), or undefined. */
export function valueAt(body: unknown, pointer: string): unknown {
  let value = body;
  // Without a list of its parts: a form asks for a thousand values.
  for (let at = pointer.indexOf("/"); at >= 0; ) {
    const next = pointer.indexOf("/", at + 1);
    const part = partOf(pointer.slice(at + 1, next < 0 ? undefined : next));
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Body)[part];
    at = next;
  }
  return value;
}

function partsOf(pointer: string): string[] {
  return pointer.split("/").slice(1).map(partOf);
}

function partOf(text: string): string {
  return text.includes("~") ? text.replaceAll("~1", "/").replaceAll("~0", "~") : text;
}

/** The text that a field shows of a body; empty where the body has no value for it. */
export function fieldText(
  body: unknown,
  { pointer, kind }: Pick<Field, "pointer" | "kind">,
): string {
  const value = valueAt(body, pointer);
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.join(kind === "lines" ? "\n" : ", ");
  return String(value);
}

/** The first error at a field or inside it, or null. */
export function errorAt(errors: readonly FieldError[], pointer: string): string | null {
  const found = errors.find((error) => error.pointer === pointer || within(error.pointer, pointer));
  return found?.detail ?? null;
}

function within(inner: string, pointer: string): boolean {
  return pointer !== "" && inner.startsWith(`${pointer}/`);
}

/** The errors that stand at none of a form's fields. */
export function errorsElsewhere(
  errors: readonly FieldError[],
  pointers: readonly string[],
): FieldError[] {
  return errors.filter(
    (error) => !pointers.some((at) => error.pointer === at || within(error.pointer, at)),
  );
}

/** A row of a repeated part, with its number in the form. */
export type Row = { index: number; body: Body };

/** The rows of a part such as `/lines`, in order, without those that were left empty. */
export function rowsOf(sent: Sent, base: string, fields: readonly Field[]): Row[] {
  const indices = new Set<number>();
  for (const name of sent.keys()) {
    const index = new RegExp(`^${base}/(\\d{1,5})/`).exec(name)?.[1];
    if (index !== undefined) indices.add(Number(index));
  }
  const rows = [...indices].sort((a, b) => a - b).map((index) => rowAt(sent, base, fields, index));
  return rows.filter((row) => row !== null);
}

function rowAt(sent: Sent, base: string, fields: readonly Field[], index: number): Row | null {
  const at = `${base}/${index}`;
  // A choice always has a value, so it does not count as filled in.
  const typed = fields.filter(({ kind }) => kind !== "choice");
  if (typed.every(({ pointer }) => textOf(sent, at + pointer) === "")) return null;
  const fieldsAt = fields.map((field) => ({ ...field, pointer: at + field.pointer }));
  return { index, body: valueAt(bodyOf(fieldsAt, sent), at) as Body };
}

/** A part that repeats: its pointer, what a row is called, and a row's fields. */
export type Part = { pointer: string; legend: string; fields: readonly Field[]; most?: number };

/** The bodies of a part's rows; `at` is the pointer that the part stands below. */
export function bodiesOf(sent: Sent, at: string, { pointer, fields }: Part): Body[] {
  return rowsOf(sent, at + pointer, fields).map(({ body }) => body);
}

/** Sets each part of `body` that has rows; `at` is the pointer that the body has in the form. */
export function setParts(body: Body, parts: readonly Part[], sent: Sent, at = ""): void {
  for (const part of parts) {
    const rows = bodiesOf(sent, at, part);
    if (rows.length > 0) setAt(body, part.pointer, rows);
  }
}

/**
 * The members of a body that differ from what is stored, so that a value which an earlier version
 * took hinders no change of another. Null and nothing are the same.
 */
export function changedIn(body: Body, stored: Body): Body {
  return Object.fromEntries(
    Object.entries(body).filter(([member, value]) => !isSame(value, stored[member])),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return (a ?? null) === (b ?? null);
  }
  const members = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...members].every((member) => isSame((a as Body)[member], (b as Body)[member]));
}

/** Sets the objects at `pointers` to null where nothing in them is filled in. */
export function clearEmpty(body: Body, pointers: readonly string[]): void {
  for (const pointer of pointers) {
    if (isEmpty(valueAt(body, pointer))) setAt(body, pointer, null);
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
