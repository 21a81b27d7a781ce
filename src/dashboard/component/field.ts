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
export function FormField(props: Props) {
  return raw(fieldHtml(props, useContext(NumberSign)));
}

/** The same as text: a form has a thousand fields, which take many times as long as elements. */
export function fieldHtml(props: Props, sign: DecimalSign | null): string {
  const { field, body, errors = [], name } = props;
  const { pointer, label, hint, kind } = field;
  const text = fieldText(body, field);
  const wrong = errorAt(errors, pointer);
  const unread = wrong && isDecimal(field) && whyUnread(text, sign, kind === "factor");
  const error = wrong && (unread || fieldMessage(label, wrong));
  const shownLabel = htmlText(label);
  if (kind === "choices") return choicesHtml(field, body, { label: shownLabel, error });
  const id = htmlText(`f${pointer.replaceAll("/", "-")}`);
  const said = hint ? (error ? `${id}-hint ${id}-error` : `${id}-hint`) : `${id}-error`;
  const described = hint || error ? ` aria-describedby="${said}"` : "";
  const invalid = error === null ? "" : ' aria-invalid="true"';
  const required = field.required ? ' aria-required="true"' : "";
  const names = ` id="${id}" name="${htmlText(name ?? pointer)}"`;
  const opening = names + described + invalid + required;
  const control = controlHtml(field, isDecimal(field) ? shownDecimal(text, sign) : text, {
    opening,
    sign,
  });
  const needed = field.required ? '<span class="needed"> (required)</span>' : "";
  const flag = kind === "flag";
  const labelled = `<label for="${id}">${shownLabel}${needed}</label>`;
  const hinted = hint ? `<p class="hint" id="${id}-hint">${htmlText(hint)}</p>` : "";
  const faulty = error ? `<p class="error" id="${id}-error">${htmlText(error)}</p>` : "";
  const parts = flag ? control + labelled : labelled + control;
  const style = `field ${flag ? "flag" : ""} ${error ? "wrong" : ""}`;
  return `<div class="${style}">${parts}${hinted}${faulty}</div>`;
}

/** Only the key that signs in is one that a browser may fill in. */
function secretFill(pointer: string): string {
  return pointer === "/key" ? "current-password" : "new-password";
}

function isDecimal({ kind }: Field): boolean {
  return kind === "decimal" || kind === "factor";
}

function attribute(name: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${name}="${htmlText(value)}"`;
}

/** `opening` are the attributes that every control has. */
type Opened = { opening: string; sign: DecimalSign | null };

function controlHtml(field: Field, text: string, { opening, sign }: Opened): string {
  const { pointer, kind, placeholder, suggest } = field;
  const own = htmlText(text);
  if (kind === "text" || kind === "lines") {
    const rows = kind === "lines" ? 2 : 3;
    const more = attribute("placeholder", placeholder);
    return `<textarea${opening} rows="${rows}"${more}>${own}</textarea>`;
  }
  if (kind === "code") {
    const rows = Math.min(Math.max(text.split("\n").length + 1, FEWEST_LINES), MOST_LINES);
    return `<textarea${opening} class="code" rows="${rows}" spellcheck="false">${own}</textarea>`;
  }
  if (kind === "choice") {
    const options = optionsOf(field);
    const isOffered = text === "" || options.some(({ value }) => value === text);
    const first = isOffered ? "" : `<option value="${own}" selected="">${own}</option>`;
    return `<select${opening}>${first}${optionsText(options, text)}</select>`;
  }
  if (kind === "flag") {
    const checked = text === "true" ? ' checked=""' : "";
    return `<input${opening} type="checkbox" value="yes"${checked}/>`;
  }
  if (kind === "color") return colorHtml(field, text, opening);
  const mode = INPUT_MODES[kind];
  const shown = placeholder && isDecimal(field) ? shownDecimal(placeholder, sign) : placeholder;
  const list = attribute("list", suggest && suggestionId(suggest));
  const fill = kind === "secret" ? secretFill(pointer) : "off";
  const type = `type="${INPUT_TYPES[kind] ?? "text"}"${mode ? ` inputmode="${mode}"` : ""}`;
  const after = `${attribute("placeholder", shown)}${list} autocomplete="${fill}"`;
  return `<input${opening} ${type} value="${own}"${after}/>`;
}

/** The text is what counts; a script shows the browser's picker beside it, which fills it in. */
function colorHtml({ label, placeholder }: Field, text: string, opening: string): string {
  const color = /^#[0-9a-f]{6}$/i.test(text) ? text : (placeholder ?? "#000000");
  const typed = `type="text" value="${htmlText(text)}"${attribute("placeholder", placeholder)}`;
  const picked = `value="${htmlText(color)}" aria-label="${htmlText(`Pick: ${label}`)}"`;
  const picker = `<input type="color" ${picked} data-picks="true" hidden=""/>`;
  return `<div class="color"><input${opening} ${typed} autocomplete="off"/>${picker}</div>`;
}

type Said = { label: string; error: string | null };

function choicesHtml(field: Field, body: unknown, { label, error }: Said): string {
  const chosen = valueAt(body, field.pointer);
  const name = htmlText(field.pointer);
  const options = optionsOf(field).map(({ value, label: text }) => {
    const isChosen = Array.isArray(chosen) && chosen.includes(value);
    const box = `name="${name}" value="${htmlText(value)}"${isChosen ? ' checked=""' : ""}`;
    const said = `<span>${htmlText(text)}</span>`;
    return `<label class="choice"><input type="checkbox" ${box}/>${said}</label>`;
  });
  const hinted = field.hint ? `<p class="hint">${htmlText(field.hint)}</p>` : "";
  const faulty = error ? `<p class="error">${htmlText(error)}</p>` : "";
  const parts = `<legend>${label}</legend>${hinted}${options.join("")}${faulty}`;
  return `<fieldset class="field choices">${parts}</fieldset>`;
}
