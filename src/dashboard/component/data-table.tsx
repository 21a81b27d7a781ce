/** Pure. A table with a caption and named columns; figures stand at the right. */
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { htmlText } from "./html-text.ts";

export type Column = {
  head: string;
  figure?: boolean;
  wide?: boolean;
  short?: boolean;
  /** What the list is sorted by where this column is asked for; it can be where this is given. */
  sort?: string;
};
export type TableRow = {
  /** Of what the row shows, for links to it. */
  id?: string;
  cells: readonly Child[];
  class?: string;
  /** What a selection calls it, and how it is read out. */
  select?: { id: string; label: string };
};

/** In which order a table stands, and its address in another one; empty is the usual order. */
export type Sorting = { current: string; href: (sort: string) => string };

type Props = {
  caption: string;
  columns: readonly Column[];
  rows: readonly TableRow[];
  /** Shown above the table; else only read out. */
  visibleCaption?: boolean;
  id?: string;
  sorting?: Sorting;
  /** The form that its rows are selected for. */
  form?: string | undefined;
};

/** A table that scrolls in its own section, or stacks its rows as cards on a phone. */
export function DataTable({ caption, columns, rows, visibleCaption, id, sorting, form }: Props) {
  const wides = columns.filter(({ wide }) => wide).length;
  // On a phone its rows become cards.
  const stacks = columns.length > 3 || wides > 1;
  // What its head can do stays above the cards.
  const worked = form !== undefined || sorting !== undefined;
  const openings = columns.map(
    (column) => `<td class="${styleOf(column)}" data-head="${htmlText(column.head)}">`,
  );
  return (
    <section
      class={`table${stacks ? " stacks" : ""}${worked ? " worked" : ""}`}
      aria-label={caption}
      tabindex={0}
    >
      <table id={id}>
        <caption class={visibleCaption ? "" : "unseen"}>{caption}</caption>
        <thead>
          <tr>
            {form && (
              <th class="pick" scope="col">
                <input type="checkbox" aria-label="Select this page" data-pick-page hidden />
              </th>
            )}
            {columns.map((column) => (
              <Head column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr id={row.id} class={row.class}>
              {form && <Pick form={form} select={row.select} />}
              {cellsOf(row, openings)}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A row's cells, written as text but for what is an element: a table has thousands of them. */
function cellsOf({ cells }: TableRow, openings: readonly string[]): Child[] {
  const parts: Child[] = [];
  let text = "";
  for (const [i, cell] of cells.entries()) {
    text += openings[i] ?? '<td class="">';
    if (typeof cell === "string") text += htmlText(cell);
    else {
      parts.push(raw(text), cell);
      text = "";
    }
    text += "</td>";
  }
  return [...parts, raw(text)];
}

function styleOf({ figure, wide, short }: Column): string {
  return figure ? "figure" : wide ? "wide" : short ? "short" : "";
}

function Head({ column, sorting }: { column: Column; sorting: Sorting | undefined }) {
  const { head, sort } = column;
  if (!sorting || sort === undefined) {
    return (
      <th scope="col" class={styleOf(column)}>
        {head}
      </th>
    );
  }
  const up = sorting.current === sort;
  const down = sorting.current === `-${sort}`;
  return (
    <th
      scope="col"
      class={styleOf(column)}
      aria-sort={up ? "ascending" : down ? "descending" : undefined}
    >
      <a class="sort" href={sorting.href(down ? sort : up ? "" : `-${sort}`)}>
        {head}
        <span class="arrow" aria-hidden="true">
          {up ? "↑" : down ? "↓" : "↕"}
        </span>
      </a>
    </th>
  );
}

function Pick({ form, select }: { form: string; select: TableRow["select"] }) {
  return (
    <td class="pick" data-head="">
      {select && (
        <input
          type="checkbox"
          name="ids"
          value={select.id}
          form={form}
          aria-label={select.label}
          autocomplete="off"
        />
      )}
    </td>
  );
}
