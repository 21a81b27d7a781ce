/** Pure. What an entry of the audit log says was changed, field by field, as people read it. */

/** A field with what it was and what it became; null where it was or is empty. */
export type Changed = { name: string; before: string | null; after: string | null };

/** How a value is written by the kind of its field. */
export type Writing = { time: (ms: number) => string };

/** Fields of one entry that are shown, and characters of a value. */
const MOST = 60;
const LENGTH = 160;

type Json = unknown;

/** The fields in which two sides differ, those inside of them by themselves. */
export function changedFields(before: Json, after: Json, writing: Writing): Changed[] {
  const sides = [flat(before), flat(after)] as const;
  const names = new Set([...sides[0].keys(), ...sides[1].keys()]);
  const fields = [...names].map((name): Changed => {
    const [was, became] = sides.map((side) => written(name, side.get(name) ?? null, writing));
    return { name: wordsOf(name), before: was ?? null, after: became ?? null };
  });
  return fields.filter((field) => field.before !== field.after).slice(0, MOST);
}

function flat(value: Json, path = "", into = new Map<string, Json>()): Map<string, Json> {
  if (value === null || typeof value !== "object") {
    if (path !== "") into.set(path, value);
    return into;
  }
  for (const [key, inner] of Object.entries(value)) {
    const name = Array.isArray(value) ? String(Number(key) + 1) : key;
    flat(inner, path === "" ? name : `${path}/${name}`, into);
  }
  return into;
}

function written(name: string, value: Json, { time }: Writing): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (name.endsWith("_ms") && typeof value === "number") return time(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  const text = String(value);
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text;
}

/** `party/vat_id` as "Party, vat ID". */
function wordsOf(path: string): string {
  const words = path
    .replace(/_ms$/, "")
    .replace(/_minor$/, " (smallest unit)")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replaceAll("_", " ")
    .replaceAll("/", ", ")
    .replace(/\bid\b/g, "ID");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
