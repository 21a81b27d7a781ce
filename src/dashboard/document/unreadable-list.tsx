/** Pure. The characters of a document that its page cannot show, and where they stand. */
import type { Unreadable } from "../../documents/render/pdf/unreadable.ts";
import { pointerWords } from "./fields.ts";

/** What to write otherwise; nothing where every character can be shown. */
export function UnreadableList({ texts }: { texts: readonly Unreadable[] | null }) {
  if (texts === null || texts.length === 0) return null;
  return (
    <section class="notice warn" aria-label="What the page cannot show" data-unreadable>
      <p>These characters cannot be printed: the PDF shows a placeholder for each. Replace them.</p>
      <ul>
        {texts.map(({ field, characters }) => (
          <li>
            {placeWords(field)}: {characters.join(" ")}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A place in a document's model in words: `lines[0].name` is line 1, name. */
function placeWords(field: string): string {
  const words = field
    .replace(/\[(\d+)\]/g, ".$1")
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return pointerWords(`/${words.replaceAll(".", "/")}`);
}
