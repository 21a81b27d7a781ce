/** Pure. What stands above a list: tabs by status with their counts, and its filters as chips. */
import type { Child } from "hono/jsx";

export type StatusTab = {
  label: string;
  href: string;
  current: boolean;
  /** How many there are, as a text; nothing where that is not known. */
  count?: string | undefined;
};

type TabsProps = {
  /** Names the row for who hears it. */
  label: string;
  tabs: readonly StatusTab[];
  /** Below other tabs they are drawn as pills. */
  pills?: boolean;
};

/** A tab for each status. */
export function StatusTabs({ label, tabs, pills }: TabsProps) {
  return (
    <nav aria-label={label}>
      <ul class={pills ? "tabs counted pills" : "tabs counted"}>
        {tabs.map((tab) => (
          <li>
            <a href={tab.href} aria-current={tab.current ? "page" : undefined}>
              {`${tab.label} `}
              {tab.count !== undefined && <span class="count">{tab.count}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export type Chip = { label: string; value: string; without: string };

/** The filters that are set, each a link to the list without it; nothing where none is. */
export function FilterChips({ chips, clear }: { chips: readonly Chip[]; clear: string }) {
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters">
      {chips.map(({ label, value, without }) => (
        <li>
          <a class="chip" href={without} aria-label={`Remove the filter ${label}: ${value}`}>
            <span class="muted">{label}</span> {value} <span aria-hidden="true">×</span>
          </a>
        </li>
      ))}
      <li>
        <a class="clear" href={clear}>
          Clear all
        </a>
      </li>
    </ul>
  );
}

/** What a list comes to, in a line. */
export function ListSums({ children }: { children?: Child }) {
  return <p class="sums">{children}</p>;
}
