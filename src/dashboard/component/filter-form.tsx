/** Pure. What a list is filtered by, in its address. */
import type { Field } from "../form/form.ts";
import { FormField } from "./field.ts";

type Props = {
  fields: readonly Field[];
  /** The filters that are set, by the names of their fields. */
  values: Readonly<Record<string, string>>;
  submit: string;
  /** What else the address asks for, and goes on asking for. */
  hidden?: Readonly<Record<string, string>>;
  /** The list's address, where the page may be another's answer. */
  action?: string;
  /** In columns of one width. */
  even?: boolean;
};

/** A row of filters with a button; each is sent under its pointer's name, such as `q` for `/q`. */
export function FilterForm({ fields, values, submit, hidden = {}, action, even }: Props) {
  return (
    <form method="get" action={action} class={even ? "filters even" : "filters"}>
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {fields.map((field) => (
        <FormField field={field} body={values} name={field.pointer.slice(1)} />
      ))}
      <button type="submit">{submit}</button>
    </form>
  );
}
