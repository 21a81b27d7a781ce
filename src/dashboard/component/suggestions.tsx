/** Pure. The lists that a form's fields suggest from, each once a page. */
import { SUGGESTIONS, type Suggestion } from "../form/code-options.ts";
import type { Field } from "../form/form.ts";
import { Options } from "./option-list.ts";

/** The id of a list on its page. */
export function suggestionId(name: Suggestion): string {
  return `list-${name}`;
}

/** A list for each suggestion that a field among `fields` names. */
export function Suggestions({ fields }: { fields: readonly Field[] }) {
  const names = new Set(fields.flatMap(({ suggest }) => (suggest ? [suggest] : [])));
  return (
    <>
      {[...names].map((name) => (
        <datalist id={suggestionId(name)}>
          <Options options={SUGGESTIONS[name]()} />
        </datalist>
      ))}
    </>
  );
}
