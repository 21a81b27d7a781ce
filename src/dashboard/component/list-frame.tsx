/**
 * Pure. What all lists to work with have around their tables: tabs with counts, filters that show
 * as chips, what they come to, what can be done with those selected, files, pages on both sides.
 */
import type { Child } from "hono/jsx";
import type { Field } from "../form/form.ts";
import { type ListState, listAddress } from "../form/list-state.ts";
import { BulkBar, type BulkButton, ExportMenu, ListScript } from "./bulk-bar.tsx";
import type { Sorting } from "./data-table.tsx";
import { FilterForm } from "./filter-form.tsx";
import { FilterChips, ListSums, StatusTabs } from "./list-head.tsx";
import { Pager } from "./pager.tsx";

/** The form for which the rows of a list are selected. */
export const LIST_FORM = "bulk";

/** A list's address, and what it asks for. */
export type ListAt = { base: string; state: ListState };

/** A row of tabs, by the field of the address that they set. */
type Tabs = {
  by: string;
  /** Names the row for who hears it. */
  label: string;
  of: readonly { label: string; value: string | undefined; count?: string | undefined }[];
};

/** A filter that is set, by its field in the address; it is none without a value. */
export type Named = readonly [field: string, label: string, value: string | undefined];

type Props = {
  list: ListAt;
  /** Its heading, or the tabs of the part that it stands in. */
  title: string | { part: Child };
  /** What is to be read before all else. */
  notice?: Child;
  /** What else can be done here, beside its export. */
  actions?: Child;
  tabs?: Tabs;
  filters: { fields: readonly Field[]; submit: string; even?: boolean } | null;
  chips: readonly Named[];
  sums?: Child;
  /**
   * What can be done with those selected, and what all that are filtered are called; null for a
   * list that is only read, of which there is no file.
   */
  bulk: { buttons: readonly BulkButton[]; all: string } | null;
  /** How many lines its file has, where that is known. */
  total?: number | null;
  cursors: { next_cursor: string | null; previous_cursor: string | null };
  /** What stands here instead of the table where nothing is found. */
  empty: Child;
  /** The table; null where nothing is found. */
  children: Child;
};

/** A list with all that stands around its table. */
export function ListFrame(props: Props) {
  const { list, title, tabs, filters, chips, bulk, cursors, children } = props;
  const { base, state } = list;
  const { cursor: _, ...query } = state;
  const { sort: __, ...narrowing } = query;
  const part = typeof title === "string" ? null : title.part;
  const tabRow = tabs && <TabsOf list={list} tabs={tabs} pills={part !== null} />;
  const form = filters && (
    <FilterForm {...filters} values={state} hidden={without(query, fieldsOf(filters.fields))} />
  );
  const cleared = without(query, [
    ...fieldsOf(filters?.fields ?? []),
    ...chips.map(([field]) => field),
  ]);
  return (
    <>
      {part}
      <div class="head">
        {part === null ? <h1>{String(title)}</h1> : form}
        <div class="actions">
          {children && bulk && (
            <ExportMenu path={`${base}/export`} query={query} total={props.total ?? null} />
          )}
          {props.actions}
        </div>
      </div>
      {props.notice}
      {tabRow}
      {part === null && form}
      <FilterChips
        chips={chips.flatMap(([field, label, value]) =>
          value ? [{ label, value, without: addressWith(list, { [field]: undefined }) }] : [],
        )}
        clear={listAddress(base, cleared, {})}
      />
      {children ? (
        <>
          {props.sums && <ListSums>{props.sums}</ListSums>}
          {bulk && (
            <BulkBar
              id={LIST_FORM}
              action={`${base}/bulk`}
              filters={narrowing}
              buttons={[
                ...bulk.buttons,
                { label: "Export", act: "export", to: `${base}/export`, download: true },
              ]}
              all={bulk.all}
              more={cursors.next_cursor !== null || cursors.previous_cursor !== null}
            />
          )}
          {children}
        </>
      ) : (
        props.empty
      )}
      <Pager
        path={base}
        query={new URLSearchParams(state)}
        nextCursor={cursors.next_cursor}
        previousCursor={cursors.previous_cursor}
      />
      {bulk && <ListScript base={base} />}
    </>
  );
}

function TabsOf({ list, tabs, pills }: { list: ListAt; tabs: Tabs; pills: boolean }) {
  const shown = tabs.of.map(({ label, value, count }) => ({
    label,
    href: addressWith(list, { [tabs.by]: value }),
    current: list.state[tabs.by] === value,
    count,
  }));
  return <StatusTabs label={tabs.label} tabs={shown} pills={pills} />;
}

/** A list's address with other filters, at its first page. */
export function addressWith(
  { base, state }: ListAt,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  return listAddress(base, state, { ...changes, cursor: undefined });
}

/** How a list's table is sorted, and leads to other orders. */
export function sortingOf(list: ListAt): Sorting {
  return {
    current: list.state.sort ?? "",
    href: (sort) => addressWith(list, { sort: sort || undefined }),
  };
}

function fieldsOf(fields: readonly Field[]): string[] {
  return fields.map(({ pointer }) => pointer.slice(1));
}

function without(state: ListState, fields: readonly string[]): ListState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !fields.includes(name)));
}
