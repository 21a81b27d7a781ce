/** /dashboard/{quotes,invoices,credit-notes}: lists with search and filters. */
import { Hono } from "hono";
import { may } from "../../accounts/actor/roles.ts";
import { type Kind, kindHeading } from "../../documents/kind/kind.ts";
import { DOCUMENT_KINDS, KINDS } from "../../documents/kind/registry.ts";
import { listFor, type Timed } from "../../documents/lifecycle/list.ts";
import { openMinor, type Summary } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import { listQuery } from "../../documents/wire/route-parts.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Pager } from "../component/pager.tsx";
import type { Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv, parseWith } from "../page/request.ts";

export const documentLists = new Hono<PageEnv>();

type Listing = Kind & { title: string };

for (const kind of DOCUMENT_KINDS) {
  const listing: Listing = { ...KINDS[kind], title: kindHeading(KINDS[kind]) };
  const { path, noun, draft, title } = listing;
  documentLists.get(`/${path}`, async (c) => {
    const actor = allowed(c, "documents.read");
    const query = queryOf(c);
    const { data, next_cursor } = await listFor(c.env, actor, kind, parseWith(listQuery, query));
    const base = `/dashboard/${path}`;
    const mayWrite = draft !== null && may(actor.role, "documents.write");
    return page(
      c,
      { title, section: kind },
      <>
        <div class="head">
          <h1>{title}</h1>
          {mayWrite && (
            <a class="button primary" href={`${base}/new`}>
              New {noun}
            </a>
          )}
        </div>
        <Filters listing={listing} query={query} />
        {data.length > 0 ? (
          <Rows listing={listing} rows={data} format={c.var.format} />
        ) : (
          <Nothing
            c={c}
            listing={listing}
            filtered={Object.keys(query).length > 0}
            mayWrite={mayWrite}
          />
        )}
        <Pager path={base} query={new URLSearchParams(query)} nextCursor={next_cursor} />
      </>,
    );
  });
}

/** The filters that were filled in. */
function queryOf(c: PageContext): Record<string, string> {
  const { done: _, ...query } = c.req.query();
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value.trim() !== ""));
}

function Filters({ listing, query }: { listing: Listing; query: Record<string, string> }) {
  const options = [
    { value: "", label: "Any" },
    ...listing.statuses.map((value) => ({ value: value as string, label: value })),
  ];
  const fields: Field[] = [
    { pointer: "/q", label: "Search", kind: "line", placeholder: "number, customer, text" },
    ...(listing.statuses.length > 0
      ? [{ pointer: "/status", label: "Status", kind: "choice" as const, options }]
      : []),
    { pointer: "/issued_from", label: "Issued from", kind: "day" },
    { pointer: "/issued_to", label: "To", kind: "day" },
  ];
  return <FilterForm fields={fields} values={query} submit="Filter" />;
}

type RowsProps = { listing: Listing; rows: readonly Timed<Summary>[]; format: Format };

function Rows({ listing, rows, format }: RowsProps) {
  const { path, title, owed } = listing;
  const open = owed ? [{ head: "Amount due", figure: true }] : [];
  return (
    <DataTable
      caption={title}
      columns={[
        { head: "Number" },
        { head: "Customer", wide: true },
        { head: "Status" },
        { head: "Issued" },
        { head: lastHead(listing) },
        { head: "Total", figure: true },
        ...open,
      ]}
      rows={rows.map(({ row, nowMs }) => ({
        cells: [
          <a href={`/dashboard/${path}/${row.id}`}>{row.number ?? "Draft"}</a>,
          row.buyer?.party.name ?? row.customerName,
          <Badge state={statusAt(row, nowMs)} />,
          row.issueDate ? format.date(row.issueDate) : "",
          lastOf(row, format),
          format.money(BigInt(row.totalMinor), row.currency),
          ...(owed ? [format.money(openMinor(row), row.currency)] : []),
        ],
      }))}
    />
  );
}

/** The column that says until when, or for a kind without such a day what it is for. */
function lastHead({ owed, expires }: Kind): string {
  if (expires) return "Valid until";
  return owed ? "Due" : "For";
}

function lastOf(row: Summary, format: Format) {
  const { origin, owed, expires } = KINDS[row.kind];
  if (!owed && !expires && origin && row.originId !== null) {
    return <a href={`/dashboard/${origin.path}/${row.originId}`}>its {origin.noun}</a>;
  }
  const day = expires ? row.validUntil : row.dueDate;
  return day ? format.date(day) : "";
}

type NothingProps = { c: PageContext; listing: Listing; filtered: boolean; mayWrite: boolean };

function Nothing({ c, listing, filtered, mayWrite }: NothingProps) {
  const { draft, path, title } = listing;
  if (filtered) {
    return (
      <EmptyState title="Nothing matches these filters">
        <p>
          <a href={`/dashboard/${path}`}>Show all</a>
        </p>
      </EmptyState>
    );
  }
  if (draft === null) {
    return (
      <EmptyState title={`No ${title.toLowerCase()} yet`}>
        <p>Void or credit an invoice, and its credit note is here.</p>
      </EmptyState>
    );
  }
  if (!mayWrite) return <EmptyState title={`No ${title.toLowerCase()} yet`} />;
  const line = '{"name": "Consulting", "quantity": 1, "unit_price": "95.00"}';
  return (
    <EmptyState
      title={`No ${title.toLowerCase()} yet`}
      command={
        `curl ${originOf(c)}/api/${path} -H 'Authorization: Bearer YOUR_KEY' ` +
        `-H 'Content-Type: application/json' ` +
        `-d '{"customer_id": "CUSTOMER", "lines": [${line}]}'`
      }
    >
      <p>
        <a href={`/dashboard/${path}/new`}>Create the first one here</a>, or by API.
      </p>
    </EmptyState>
  );
}
