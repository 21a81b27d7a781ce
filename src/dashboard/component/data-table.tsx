/** Pure. A table with a caption and named columns; figures stand at the right. */
import type { Child } from "hono/jsx";

export type Column = { head: string; figure?: boolean; wide?: boolean; short?: boolean };
export type TableRow = { cells: readonly Child[]; class?: string };

type Props = {
  caption: string;
  columns: readonly Column[];
  rows: readonly TableRow[];
  /** Shown above the table; else only read out. */
  visibleCaption?: boolean;
  id?: string;
};

/** A table that scrolls in its own section, or stacks its rows as cards on a phone. */
export function DataTable({ caption, columns, rows, visibleCaption, id }: Props) {
  const styleOf = ({ figure, wide, short }: Column) =>
    figure ? "figure" : wide ? "wide" : short ? "short" : "";
  const wides = columns.filter(({ wide }) => wide).length;
  // On a phone its rows become cards.
  const stacks = columns.length > 3 || wides > 1;
  return (
    <section class={stacks ? "table stacks" : "table"} aria-label={caption} tabindex={0}>
      <table id={id}>
        <caption class={visibleCaption ? "" : "unseen"}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={styleOf(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr class={row.class}>
              {row.cells.map((cell, i) => (
                <td class={styleOf(columns[i] ?? { head: "" })} data-head={columns[i]?.head}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
