/** Pure. Forms: each carries its session's token, and says at its head what is wrong. */
import type { Child } from "hono/jsx";
import type { FieldError } from "../../core/errors.ts";
import { errorsElsewhere, type Field } from "../form/form.ts";
import { FormField } from "./field.tsx";

export const TOKEN_FIELD = "form_token";

/** What was refused of a form: why, and where. */
export type Refused = { detail: string; errors: readonly FieldError[] };

type FormProps = {
  action: string;
  token: string;
  children?: Child;
  class?: string;
  /** Asked before it is sent, where there is a script to ask. */
  confirm?: string;
  upload?: boolean;
  /** Where a script has it drawn while it is filled in. */
  preview?: string;
};

export function Form(props: FormProps) {
  const { action, token, children, class: name, confirm, upload, preview } = props;
  return (
    <form
      method="post"
      action={action}
      class={name}
      {...(upload ? { enctype: "multipart/form-data" } : {})}
      data-confirm={confirm}
      data-preview={preview}
    >
      <input type="hidden" name={TOKEN_FIELD} value={token} />
      {children}
    </form>
  );
}

type FieldsProps = { fields: readonly Field[]; body: unknown; refused?: Refused | null };

export function Fields({ fields, body, refused }: FieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <FormField field={field} body={body} errors={refused?.errors} />
      ))}
    </>
  );
}

/** What is wrong with a form and stands at none of its fields. */
export function Refusal({ refused, fields }: { refused?: Refused | null; fields: string[] }) {
  if (!refused) return null;
  const others = errorsElsewhere(refused.errors, fields);
  return (
    <div class="notice bad" role="alert">
      <p>{refused.errors.length > 0 ? "Some of it cannot be taken as it is." : refused.detail}</p>
      {others.length > 0 && (
        <ul>
          {others.map(({ pointer, detail }) => (
            <li>
              {pointer.slice(1).replaceAll("/", " ")} {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

type ButtonProps = {
  action: string;
  token: string;
  label: string;
  danger?: boolean;
  primary?: boolean;
  confirm?: string;
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
