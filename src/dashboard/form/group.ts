/** Pure. Many fields of a form under headings. */
import type { Field, Part } from "./form.ts";

/** A heading, and where what stands under it begins: pointers, or the first parts of them. */
export type Heading = readonly [title: string, pointers: readonly string[]];

export type Group = { title: string; fields: Field[]; parts: Part[] };

/**
 * Fields and parts under the first heading that names them, what none names under the last; a
 * heading with nothing under it is left out. Their order within a group is their own.
 */
export function grouped(
  headings: readonly Heading[],
  fields: readonly Field[],
  parts: readonly Part[],
): Group[] {
  const groups = headings.map(([title]): Group => ({ title, fields: [], parts: [] }));
  const groupOf = ({ pointer }: { pointer: string }) => {
    const at = headings.findIndex(([, pointers]) =>
      pointers.some((start) => pointer === start || pointer.startsWith(`${start}/`)),
    );
    return groups.at(at);
  };
  for (const field of fields) groupOf(field)?.fields.push(field);
  for (const part of parts) groupOf(part)?.parts.push(part);
  return groups.filter((group) => group.fields.length + group.parts.length > 0);
}
