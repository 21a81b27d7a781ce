/** Pure. What people read of a metric: a name of its own, else its description, else its id. */
import { remembered } from "../../core/recent.ts";

export const MAX_DISPLAY_NAME = 80;

export type Named = { name: string; description: string; displayName: string };

/** A metric's name for people; a description that is longer than a name stays a description. */
export function displayNameOf({ name, description, displayName }: Named): string {
  if (displayName !== "") return displayName;
  const isShort = description !== "" && description.length <= MAX_DISPLAY_NAME;
  return isShort ? description : wordsOfId(name);
}

// Written in capitals wherever it stands in an id.
const ABBREVIATION =
  /^(ai|api|cdn|cpu|csv|gb|gpu|https?|ip|json|llm|mb|ocr|pdf|ram|sdk|sms|sql|sso|tb|url|vm|xml)$/i;

/** A page says the names of a tenant's metrics several times. */
const MOST_REMEMBERED = 2_000;

/** An id in words: "api_calls" is "API calls"; one that is in words already stays as it is. */
export const wordsOfId = remembered(MOST_REMEMBERED, (id) => {
  if (/\s/.test(id) || !/^[\w.:/-]+$/.test(id)) return id;
  const words = id
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== "")
    .map(wordOf);
  const [first = id, ...others] = words;
  return [first.charAt(0).toUpperCase() + first.slice(1), ...others].join(" ");
});

function wordOf(word: string): string {
  if (ABBREVIATION.test(word)) return word.toUpperCase();
  return /^[A-Z\d]+$/.test(word) ? word : word.toLowerCase();
}
