/** Pure. What was refused, as people read it at a field: a whole sentence that says what to do. */

/** Requirements of the API's details, which say what a value is, and what it has or names. */
const MUST_BE = new RegExp(
  `^is (?=${[
    "an? (?!deposit|group|key)",
    "above (?!the tier)",
    "(?:after|before|between|below|within|given|like|null|inline|hexadecimal|upper case)\\b",
    "(?:at least|at most|more than|not before|not below|true or false|text)\\b",
    "one of|one line|one event",
    "\\d+ (?:or|to)\\b|0\\b",
  ].join("|")})`,
);
const MUST_HAVE = /^has (?=\d|at (?:least|most)|an?\b|either|letters|no\b|one\b)/;
const MUST_NAME = /^names (?=at most|each|one\b)/;

/**
 * A problem's detail as the message at the field with this label: "is a day, such as 2026-01-31" at
 * "Due date" is "Due date must be a day, such as 2026-01-31."
 */
export function fieldMessage(label: string, detail: string): string {
  if (/^[A-Z“]/.test(detail)) return sentence(detail);
  const subject = capital(label.replace(/[.:…]+$/, ""));
  const words = detail
    .replace(MUST_BE, "must be ")
    .replace(MUST_HAVE, "must have ")
    .replace(MUST_NAME, "must name ");
  if (isPredicate(words)) return sentence(`${subject} ${words}`);
  return sentence(capital(words));
}

/** Whether words go on after a subject, as "is taken" and "must be a day" do. */
function isPredicate(words: string): boolean {
  return /^(is|are|has|have|must|needs|names|goes|comes|cannot|can|may|stands|takes)\b/.test(words);
}

/** Words with a capital letter at their head and a full stop at their end. */
export function sentence(words: string): string {
  const text = capital(words.trim());
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
