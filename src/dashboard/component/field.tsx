/** Pure. A field of a form with its label, its hint and what is wrong with it. */

import { raw } from "hono/html";
import { useContext } from "hono/jsx";
import type { FieldError } from "../../core/errors.ts";
import { errorAt, type Field, fieldText, optionsOf, valueAt } from "../form/form.ts";
import { fieldMessage } from "../form/message.ts";
import { type DecimalSign, shownDecimal, whyUnread } from "../form/number.ts";
import { htmlText } from "./html-text.ts";
import { NumberSign } from "./number-sign.ts";
import { optionsText } from "./option-list.ts";
import { suggestionId } from "./suggestions.tsx";

type Props = {
  field: Field;
  body: unknown;
  errors?: readonly FieldError[] | undefined;
  /** The control's name where it is a filter in an address; its pointer unless given. */
  name?: string;
};

const INPUT_TYPES: Partial<Record<Field["kind"], string>> = {
  secret: "password",
  email: "email",
  day: "date",
};
/** Lines that a text area for JSON shows, by what it holds. */
const FEWEST_LINES = 8;
const MOST_LINES = 24;
const INPUT_MODES: Partial<Record<Field["kind"], "decimal" | "numeric">> = {
  decimal: "decimal",
  factor: "decimal",
  integer: "numeric",
};

/** A labelled control of a field's kind, showing the body's value and the first error at it. */
export function FormField({ field, body, errors = [], name }: Props) {
  const { pointer, label, hint, kind } = field;
  const id = `f${pointer.replaceAll("/", "-")}`;
  const sign = useContext(NumberSign);
  const wrong = errorAt(errors, pointer);
  const unread = isDecimal(field) && whyUnread(fieldText(body, field), sign, kind === "factor");
  const error = wrong && (unread || fieldMessage(label, wrong));
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const flag = kind === "flag";
  if (kind === "choices") return <Choices field={field} body={body} error={error} />;
  const control = controlOf({ field, body, id, described, name, sign, invalid: error !== null });
  const needed = field.required ? '<span class="needed"> (required)</span>' : "";
  // A form has a thousand fields: as text they take a tenth of what their elements would.
  const before = `<div class="field ${flag ? "flag" : ""} ${error ? "wrong" : ""}">`;
  const labelled = `<label for="${htmlText(id)}">${htmlText(label)}${needed}</label>`;
  const hinted = hint ? `<p class="hint" id="${htmlText(id)}-hint">${htmlText(hint)}</p>` : "";
  const faulty = error ? `<p class="error" id="${htmlText(id)}-error">${htmlText(error)}</p>` : "";
  const after = `${hinted}${faulty}</div>`;
  if (typeof control === "string") {
    const parts = flag ? control + labelled : labelled + control;
    return raw(before + parts + after);
  }
  return (
    <>
      {raw(before + labelled)}
      {control}
      {raw(after)}
    </>
  );
}

/** Only the key that signs in is one that a browser may fill in. */
function secretFill(pointer: string): string {
  return pointer === "/key" ? "current-password" : "new-password";
}

function isDecimal({ kind }: Field): boolean {
  return kind === "decimal" || kind === "factor";
}

type ControlProps = {
  field: Field;
  body: unknown;
  id: string;
  described: string;
  invalid: boolean;
  name: string | undefined;
  sign: DecimalSign | null;
};

type Attributes = Readonly<Record<string, string | number | undefined>>;

function attributesText(attributes: Attributes): string {
  let text = "";
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${name}="${htmlText(String(value))}"`;
  }
  return text;
}

/** As text, but for a colour's, which has two. */
function controlOf({ field, body, id, described, invalid, name, sign }: ControlProps) {
  const { pointer, kind, placeholder, suggest } = field;
  const shown = (value: string) => (isDecimal(field) ? shownDecimal(value, sign) : value);
  const text = shown(fieldText(body, field));
  const shared: Attributes = {
    id,
    name: name ?? pointer,
    "aria-describedby": described || undefined,
    "aria-invalid": invalid ? "true" : undefined,
    "aria-required": field.required ? "true" : undefined,
  };
  const opening = attributesText(shared);
  if (kind === "text" || kind === "lines") {
    const more = attributesText({ rows: kind === "lines" ? 2 : 3, placeholder });
    return `<textarea${opening}${more}>${htmlText(text)}</textarea>`;
  }
  if (kind === "code") {
    const rows = Math.min(Math.max(text.split("\n").length + 1, FEWEST_LINES), MOST_LINES);
    const more = attributesText({ class: "code", rows, spellcheck: "false" });
    return `<textarea${opening}${more}>${htmlText(text)}</textarea>`;
  }
  if (kind === "choice") {
    const options = optionsOf(field);
    const isOffered = text === "" || options.some(({ value }) => value === text);
    const own = htmlText(text);
    const first = isOffered ? "" : `<option value="${own}" selected="">${own}</option>`;
    return `<select${opening}>${first}${optionsText(options, text)}</select>`;
  }
  if (kind === "flag") {
    const checked = text === "true" ? ' checked=""' : "";
    return `<input${opening} type="checkbox" value="yes"${checked}/>`;
  }
  if (kind === "color") return <Color shared={shared} text={text} field={field} />;
  const more = attributesText({
    type: INPUT_TYPES[kind] ?? "text",
    inputmode: INPUT_MODES[kind],
    value: text,
    placeholder: placeholder && shown(placeholder),
    list: suggest && suggestionId(suggest),
    autocomplete: kind === "secret" ? secretFill(pointer) : "off",
  });
  return `<input${opening}${more}/>`;
}

type ColorProps = { shared: Attributes; text: string; field: Field };

/** The text is what counts; a script shows the browser's picker beside it, which fills it in. */
function Color({ shared, text, field: { label, placeholder } }: ColorProps) {
  const color = /^#[0-9a-f]{6}$/i.test(text) ? text : (placeholder ?? "#000000");
  return (
    <div class="color">
      <input {...shared} type="text" value={text} placeholder={placeholder} autocomplete="off" />
      <input type="color" value={color} aria-label={`Pick: ${label}`} data-picks hidden />
    </div>
  );
}

type ChoicesProps = { field: Field; body: unknown; error: string | null };

function Choices({ field, body, error }: ChoicesProps) {
  const chosen = valueAt(body, field.pointer);
  const isChosen = (value: string) => Array.isArray(chosen) && chosen.includes(value);
  return (
    <fieldset class="field choices">
      <legend>{field.label}</legend>
      {field.hint && <p class="hint">{field.hint}</p>}
      {optionsOf(field).map(({ value, label }) => (
        <label class="choice">
          <input type="checkbox" name={field.pointer} value={value} checked={isChosen(value)} />
          <span>{label}</span>
        </label>
      ))}
      {error && <p class="error">{error}</p>}
    </fieldset>
  );
}
