/** Pure. What can be done with the entries of a list: with those selected, or with all of them. */

export type BulkButton = {
  label: string;
  /** Sent as `act`, unless the button has an address of its own. */
  act: string;
  /** Where it leads instead of the form's own address. */
  to?: string;
  danger?: boolean;
  download?: boolean;
};

type Props = {
  /** The form's id, which the boxes of the table name. */
  id: string;
  action: string;
  /** The filters of the list, which all of its entries are chosen by. */
  filters: Readonly<Record<string, string>>;
  buttons: readonly BulkButton[];
  /** How all of them are called, such as "2,187 open invoices". */
  all: string;
  /** Whether there are more than this page shows. */
  more: boolean;
};

/** A bar that a script shows once something is selected; without one it always stands there. */
export function BulkBar({ id, action, filters, buttons, all, more }: Props) {
  return (
    <form id={id} class="bulk" method="get" action={action} data-bulk-bar>
      {Object.entries(filters).map(([name, value]) => (
        <input type="hidden" name={`filter_${name}`} value={value} />
      ))}
      <p class="picked" role="status" data-picked>
        With those selected
      </p>
      {more && (
        <>
          <label class="choice" data-all>
            <input type="checkbox" name="all" value="yes" autocomplete="off" />
            <span>All {all}</span>
          </label>
          <p class="muted" data-per-page hidden>
            Opening another page clears the selection.
          </p>
        </>
      )}
      <div class="acts">
        {buttons.map(({ label, act, to, danger, download }) => (
          <button
            type="submit"
            name="act"
            value={act}
            formaction={to}
            class={danger ? "quiet danger" : "quiet"}
            data-download={download ? "" : undefined}
          >
            {label}
          </button>
        ))}
      </div>
    </form>
  );
}

/** Links to a list as a file; a script shows how far it is. `total` is how many lines it has. */
export function ExportMenu({
  path,
  query,
  total,
}: {
  path: string;
  query: Readonly<Record<string, string>>;
  total: number | null;
}) {
  const to = (format: string) => `${path}?${new URLSearchParams({ ...query, format })}`;
  return (
    <details class="drop" data-drop>
      <summary class="button">Export</summary>
      <ul>
        <li>
          <a href={to("csv")} download data-export={total ?? ""}>
            CSV for spreadsheets
          </a>
        </li>
        <li>
          <a href={to("ndjson")} download data-export={total ?? ""}>
            NDJSON for programs
          </a>
        </li>
      </ul>
    </details>
  );
}

/**
 * Where a script shows how far a long export or an act is, and the script itself. An act on the
 * list at `base` that was left is gone on with there.
 */
export function ListScript({ base }: { base: string }) {
  return (
    <>
      <div class="running" role="status" data-running={base} hidden>
        <span data-said />
        <progress data-progress aria-label="Progress" />
        <button type="button" class="primary" data-go-on hidden>
          Continue
        </button>
        <button type="button" class="quiet" data-stop>
          Stop
        </button>
      </div>
      <script type="module" src="/dashboard/assets/list.js" />
    </>
  );
}
