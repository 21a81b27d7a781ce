/** Pure. A field of a form with its label, its hint and what is wrong with it. */

import { useContext } from "hono/jsx";
import type { FieldError } from "../../core/errors.ts";
import { errorAt, type Field, fieldText, optionsOf, valueAt } from "../form/form.ts";
import { fieldMessage } from "../form/message.ts";
import { shownDecimal, whyUnread } from "../form/number.ts";
import { NumberSign } from "./number-sign.ts";
import { Options } from "./option-list.ts";
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
  const control = (
    <Control
      field={field}
      body={body}
      id={id}
      described={described}
      name={name}
      invalid={error !== null}
    />
  );
  return (
    <div class={`field ${flag ? "flag" : ""} ${error ? "wrong" : ""}`}>
      {flag && control}
      <label for={id}>
        {label}
        {field.required && <span class="needed"> (required)</span>}
      </label>
      {!flag && control}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
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
};

function Control({ field, body, id, described, invalid, name }: ControlProps) {
  const { pointer, kind, placeholder, suggest } = field;
  const sign = useContext(NumberSign);
  const shown = (value: string) => (isDecimal(field) ? shownDecimal(value, sign) : value);
  const text = shown(fieldText(body, field));
  const shared = {
    id,
    name: name ?? pointer,
    ...(described ? { "aria-describedby": described } : {}),
    ...(invalid ? { "aria-invalid": true } : {}),
    ...(field.required ? { "aria-required": true } : {}),
  };
  if (kind === "text" || kind === "lines") {
    return (
      <textarea {...shared} rows={kind === "lines" ? 2 : 3} placeholder={placeholder}>
        {text}
      </textarea>
    );
  }
  if (kind === "code") {
    const rows = Math.min(Math.max(text.split("\n").length + 1, FEWEST_LINES), MOST_LINES);
    return (
      <textarea {...shared} class="code" rows={rows} spellcheck={false}>
        {text}
      </textarea>
    );
  }
  if (kind === "choice") {
    const options = optionsOf(field);
    const isOffered = text === "" || options.some(({ value }) => value === text);
    return (
      <select {...shared}>
        {!isOffered && (
          <option value={text} selected>
            {text}
          </option>
        )}
        <Options options={options} chosen={text} />
      </select>
    );
  }
  if (kind === "flag") {
    return <input {...shared} type="checkbox" value="yes" checked={text === "true"} />;
  }
  if (kind === "color") return <Color shared={shared} text={text} field={field} />;
  return (
    <input
      {...shared}
      type={INPUT_TYPES[kind] ?? "text"}
      inputmode={INPUT_MODES[kind]}
      value={text}
      placeholder={placeholder && shown(placeholder)}
      list={suggest && suggestionId(suggest)}
      autocomplete={kind === "secret" ? secretFill(pointer) : "off"}
    />
  );
}

type ColorProps = { shared: Record<string, unknown>; text: string; field: Field };

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
