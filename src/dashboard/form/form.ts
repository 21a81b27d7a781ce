/**
 * Pure. Forms and bodies: a field is named by its JSON pointer, so what a form sends is the body
 * that the API takes, and a problem's pointers lead back to the fields that are wrong.
 */
import type { FieldError } from "../../core/errors.ts";

export type FieldKind =
  | "line"
  | "secret"
  | "text"
  | "email"
  | "day"
  | "decimal"
  | "integer"
  /** Several in a line, such as `1, 7, 14`. */
  | "integers"
  | "flag"
  | "color"
  | "choice"
  | "choices"
  /** A text area with an entry a line. */
  | "lines";

export type Field = {
  pointer: string;
  label: string;
  kind: FieldKind;
  hint?: string;
  required?: boolean;
  options?: readonly { value: string; label: string }[];
  placeholder?: string;
  /** Sent as null where it is left empty, so that what was there is cleared. */
  clears?: boolean;
};

export type Sent = ReadonlyMap<string, readonly string[]>;
export type Body = { [member: string]: unknown };

/** A form's entries by name; texts with the line ends that JSON has. */
export function sentOf(entries: Iterable<[string, unknown]>): Sent {
  const sent = new Map<string, string[]>();
  for (const [name, value] of entries) {
    if (typeof value !== "string") continue;
    const text = value.replaceAll("\r\n", "\n");
    sent.set(name, [...(sent.get(name) ?? []), text]);
  }
  return sent;
}

export function textOf(sent: Sent, name: string): string {
  return sent.get(name)?.[0]?.trim() ?? "";
}

/** The body that the fields say. What no field asked for is not in it. */
export function bodyOf(fields: readonly Field[], sent: Sent): Body {
  const body: Body = {};
  for (const field of fields) {
    const value = saidBy(field, sent);
    if (value !== undefined) setAt(body, field.pointer, value);
  }
  return body;
}

function saidBy({ pointer, kind, clears }: Field, sent: Sent): unknown {
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
  return kind === "integer" ? integerIn(text) : text;
}

/** What is no whole number is left to the schema that refuses it. */
function integerIn(text: string): number | string {
  const plain = text.replace("\u2212", "-");
  return /^-?\d{1,9}$/.test(plain) ? Number(plain) : text;
}

function linesIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Sets what a pointer names; objects on the way are made. */
export function setAt(body: Body, pointer: string, value: unknown): void {
  const parts = partsOf(pointer);
  const last = parts.pop();
  if (last === undefined) return;
  let at = body;
  for (const part of parts) {
    const next = at[part];
    if (typeof next === "object" && next !== null) at = next as Body;
    else {
      const made: Body = {};
      at[part] = made;
      at = made;
    }
  }
  at[last] = value;
}

/** What a pointer names in a body (RFC 6901), or undefined. */
export function valueAt(body: unknown, pointer: string): unknown {
  let at = body;
  for (const part of partsOf(pointer)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Body)[part];
  }
  return at;
}

function partsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A value as a field shows it. */
export function shownIn(body: unknown, { pointer, kind }: Pick<Field, "pointer" | "kind">): string {
  const value = valueAt(body, pointer);
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.join(kind === "lines" ? "\n" : ", ");
  return String(value);
}

/** What is wrong with a field, or with anything inside it. */
export function errorAt(errors: readonly FieldError[], pointer: string): string | null {
  const found = errors.find((one) => one.pointer === pointer || within(one.pointer, pointer));
  return found?.detail ?? null;
}

function within(inner: string, pointer: string): boolean {
  return pointer !== "" && inner.startsWith(`${pointer}/`);
}

/** What is wrong and has no field of its own in the form. */
export function errorsElsewhere(
  errors: readonly FieldError[],
  pointers: readonly string[],
): FieldError[] {
  return errors.filter(
    (one) => !pointers.some((at) => one.pointer === at || within(one.pointer, at)),
  );
}

/** A row of a repeated part with its place in the form. */
export type Row = { index: number; body: Body };

/** The rows of a part such as `/lines`, without those that were left empty. */
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
  // A choice always says something.
  const typed = fields.filter(({ kind }) => kind !== "choice");
  if (typed.every(({ pointer }) => textOf(sent, at + pointer) === "")) return null;
  const inRow = fields.map((field) => ({ ...field, pointer: at + field.pointer }));
  return { index, body: valueAt(bodyOf(inRow, sent), at) as Body };
}

/** A part that repeats: its pointer, what a row is called, and a row's fields. */
export type Part = { pointer: string; legend: string; fields: readonly Field[]; most?: number };

/** The rows of a part below `at`. */
export function bodiesOf(sent: Sent, at: string, { pointer, fields }: Part): Body[] {
  return rowsOf(sent, at + pointer, fields).map(({ body }) => body);
}

/** Makes null what is there as a whole or not at all, and says nothing. */
export function clearEmpty(body: Body, pointers: readonly string[]): void {
  for (const pointer of pointers) {
    if (isEmpty(valueAt(body, pointer))) setAt(body, pointer, null);
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
