/** Pure. Text as it stands in a page, for what writes its HTML itself. */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const SPECIAL = /[&<>"']/;

/** As hono writes text and attributes. */
export function htmlText(text: string): string {
  // Most has nothing to escape, which is told sooner than replaced.
  return !SPECIAL.test(text)
    ? text
    : text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
