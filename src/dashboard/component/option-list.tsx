/** Pure. Long lists of options as text: each is written once, not again for every page. */
import { raw } from "hono/html";
import type { Option } from "../form/code-options.ts";

/** Lists below this are as quickly made as looked up. */
const LONG = 30;

const written = new WeakMap<readonly Option[], string>();

/** The options of a list, with the one that is chosen; of a `datalist` none is. */
export function Options({ options, chosen }: { options: readonly Option[]; chosen?: string }) {
  if (options.length < LONG) return <>{options.map((option) => one(option, chosen))}</>;
  const text = written.get(options) ?? options.map((option) => one(option).toString()).join("");
  written.set(options, text);
  const at = options.find(({ value }) => value === chosen);
  return at ? raw(text.replace(one(at).toString(), one(at, chosen).toString())) : raw(text);
}

function one({ value, label }: Option, chosen?: string) {
  return (
    <option value={value} selected={value === chosen}>
      {label}
    </option>
  );
}
