/** Pure. Options as text: a form has thousands of them, and a list of them is written only once. */
import { raw } from "hono/html";
import type { Option } from "../form/code-options.ts";
import { htmlText } from "./html-text.ts";

/** `endOf`: where the opening tag of a value's option ends. */
type Written = { text: string; endOf: ReadonlyMap<string, number> };

const written = new WeakMap<readonly Option[], Written>();

/** The options of a `datalist`, of which none is chosen. */
export function Options({ options }: { options: readonly Option[] }) {
  return raw(optionsText(options));
}

/** The same as text, with the one that is chosen where one is. */
export function optionsText(options: readonly Option[], chosen?: string): string {
  const { text, endOf } = written.get(options) ?? write(options);
  const end = chosen === undefined ? undefined : endOf.get(chosen);
  return end === undefined ? text : `${text.slice(0, end)} selected=""${text.slice(end)}`;
}

function write(options: readonly Option[]): Written {
  let text = "";
  const endOf = new Map<string, number>();
  for (const { value, label } of options) {
    text += `<option value="${htmlText(value)}"`;
    if (!endOf.has(value)) endOf.set(value, text.length);
    text += `>${htmlText(label)}</option>`;
  }
  const made = { text, endOf };
  written.set(options, made);
  return made;
}
