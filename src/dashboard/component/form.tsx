/** Pure. Forms: each carries its session's token, and says at its head what is wrong. */
import { raw } from "hono/html";
import { type Child, useContext } from "hono/jsx";
import type { FieldError } from "../../core/errors.ts";
import { type Body, errorsElsewhere, type Field } from "../form/form.ts";
import { fieldMessage, sentence } from "../form/message.ts";
import { SIGN_FIELD } from "../form/number.ts";
import { fieldHtml } from "./field.ts";
import { NumberSign } from "./number-sign.ts";

export const TOKEN_FIELD = "form_token";

/** What was refused of a form: why, and where. */
export type Refused = { detail: string; errors: readonly FieldError[] };

/** A form as its page shows it again: what its fields hold, and what was refused of it. */
export type FormState = { values?: Body; refused?: Refused };

type FormProps = {
  action: string;
  token: string;
  children?: Child;
  class?: string;
  /** Its route asks before it acts (`page/ask.tsx`): a script shows that in a dialog. */
  asks?: boolean;
  upload?: boolean;
  /** The address that a script asks for a preview of it while it is filled in. */
  preview?: string;
  /** The address that a script asks for items of the catalogue while a line is typed. */
  items?: string;
};

/** A form that is posted to `action` with the session's token. */
export function Form(props: FormProps) {
  const sign = useContext(NumberSign);
  const { action, token, children, class: name, asks, upload, preview, items } = props;
  return (
    <form
      method="post"
      action={action}
      class={name}
      {...(upload ? { enctype: "multipart/form-data" } : {})}
      {...(asks ? { "data-asks": true } : {})}
      data-preview={preview}
      data-items={items}
    >
      <input type="hidden" name={TOKEN_FIELD} value={token} />
      {sign !== null && <input type="hidden" name={SIGN_FIELD} value={sign} />}
      {children}
    </form>
  );
}

type FieldsProps = {
  fields: readonly Field[];
  body: unknown;
  refused?: Refused | null | undefined;
};

/** Fields with the values of `body`, and what was refused at each. */
export function Fields({ fields, body, refused }: FieldsProps) {
  const sign = useContext(NumberSign);
  const errors = refused?.errors;
  return raw(fields.map((field) => fieldHtml({ field, body, errors }, sign)).join(""));
}

type RefusalProps = { refused?: Refused | null | undefined; fields: string[] };

/** Why a form was refused, with the errors that stand at none of `fields`, which are pointers. */
export function Refusal({ refused, fields }: RefusalProps) {
  if (!refused) return null;
  const others = errorsElsewhere(refused.errors, fields);
  return (
    <div class="notice bad" role="alert">
      <p>
        {refused.errors.length > others.length
          ? "Please fix the fields marked below."
          : refused.errors.length === 0 && sentence(refused.detail)}
      </p>
      {others.length > 0 && (
        <ul>
          {others.map(({ pointer, detail }) => (
            <li>{fieldMessage(pointerText(pointer), detail)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** "unit price" for `/unit_price`; "line 2, quantity" for `/lines/1/quantity`. */
function pointerText(pointer: string): string {
  const parts = pointer.split("/").slice(1);
  const words = parts.map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part));
  return words.join(" ").replaceAll("_", " ") || "It";
}

type ButtonProps = {
  action: string;
  token: string;
  label: string;
  danger?: boolean;
  primary?: boolean;
  asks?: boolean;
};

/** A form of one button. */
export function ActionButton({ label, danger, primary, ...form }: ButtonProps) {
  return (
    <Form {...form} class="inline">
      <button type="submit" class={danger ? "danger" : primary ? "primary" : ""}>
        {label}
      </button>
    </Form>
  );
}
