/** Texts that can be printed, and written in XML. Pure. */
import type { Sheet } from "../../model/model.ts";

// Controls but line ends and tabs, halves of surrogate pairs, and noncharacters such as U+FFFE:
// what an earlier version stored, or usage brought; the fields of requests refuse them.
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** A model whose texts are without characters that nothing prints; the first version's as it is. */
export function printable<M extends Sheet>(model: M): M {
  return model.template.version === 1 ? model : (cleaned(model) as M);
}

/** The value itself where all its texts are clean. */
function cleaned(value: unknown): unknown {
  if (typeof value === "string") return value.replace(UNPRINTABLE, "");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return cleanedItems(value);
  let copy: Record<string, unknown> | null = null;
  for (const [key, inner] of Object.entries(value)) {
    const clean = cleaned(inner);
    if (clean === inner) continue;
    copy ??= { ...value };
    copy[key] = clean;
  }
  return copy ?? value;
}

function cleanedItems(items: readonly unknown[]): readonly unknown[] {
  const clean = items.map(cleaned);
  return clean.some((item, i) => item !== items[i]) ? clean : items;
}
