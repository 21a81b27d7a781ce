/** /dashboard/{quotes,invoices,…}: lists by status, sorted and filtered, with their acts. */
import { Hono } from "hono";
import { may } from "../../accounts/actor/roles.ts";
import { type Kind, kindHeading } from "../../documents/kind/kind.ts";
import { DOCUMENT_KINDS, type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { type Count, countFor, listFor, type Timed } from "../../documents/lifecycle/list.ts";
import { readCustomer } from "../../documents/party/party-store.ts";
import { documentListRoutes } from "../../documents/routes/list-routes.ts";
import { pdfRoutes } from "../../documents/routes/pdf-routes.ts";
import { openMinor, type Summary } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import { listQuery } from "../../documents/wire/route-parts.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { Badge } from "../component/badge.tsx";
import { type Column, DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { LIST_FORM, ListFrame, type Named, sortingOf } from "../component/list-frame.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { filtersIn, type ListState } from "../form/list-state.ts";
import { fileQuery } from "../page/bulk.tsx";
import { boundedText, capital, sumOf } from "../page/counted.ts";
import { listState } from "../page/list.ts";
import { apiPath, openOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv, parseWith } from "../page/request.ts";
import { buttonsFor, countedWords } from "./bulk-words.ts";

export const documentLists = new Hono<PageEnv>();

type Listing = Kind & { kind: DocumentKind; title: string; base: string };

for (const kind of DOCUMENT_KINDS) {
  const record = KINDS[kind];
  const base = `/dashboard/${record.path}`;
  const listing: Listing = { ...record, kind, base, title: kindHeading(record) };
  documentLists.get(`/${record.path}`, (c) => listPage(c, listing));
  // Files of what is filtered, or of what is selected.
  documentLists.get(`/${record.path}/export`, (c) => {
    allowed(c, "documents.read");
    const path = apiPath(["exports", record.path], fileQuery(c));
    return openOperation(c, documentListRoutes, { path });
  });
  documentLists.get(`/${record.path}/pdfs`, (c) => {
    allowed(c, "documents.read");
    const path = apiPath(["pdf-archives", record.path], fileQuery(c));
    return openOperation(c, pdfRoutes, { path });
  });
}

async function listPage(c: PageContext, listing: Listing) {
  const actor = allowed(c, "documents.read");
  const { format } = c.var;
  const { kind, base, title, noun, nouns, draft } = listing;
  const state = listState(c);
  const filters = filtersIn(state);
  const { status, ...narrowing } = filters;
  const query = parseWith(listQuery, state);
  const [{ data, ...cursors }, { statuses, sums }] = await Promise.all([
    listFor(c.env, actor, kind, query),
    countFor(c.env, actor, kind, parseWith(listQuery, narrowing)),
  ]);
  const isShown = (one: { status: string }) => status === undefined || one.status === status;
  const mayWrite = draft !== null && may(actor.role, "documents.write");
  const countOf = (value: string | undefined) =>
    sumOf(statuses.filter((one) => value === undefined || one.status === value));
  const total = atLeast(countOf(status), data.length, cursors);
  const view: View = { c, listing, state, total, sums: sums?.filter(isShown) ?? null };
  return page(
    c,
    { title, section: kind },
    <ListFrame
      list={{ base, state }}
      title={title}
      total={total.more ? null : total.count}
      actions={
        draft !== null && (
          <Permitted
            role={actor.role}
            needs="documents.write"
            label={`New ${noun}`}
            act={`write ${nouns}`}
          >
            <a class="button primary" href={`${base}/new`}>
              New {noun}
            </a>
          </Permitted>
        )
      }
      tabs={{
        by: "status",
        label: `${title} by status`,
        of: [undefined, ...listing.statuses].map((value) => ({
          label: value === undefined ? "All" : capital(value),
          value,
          count: boundedText(value === status ? total : countOf(value), format) || undefined,
        })),
      }}
      filters={{ fields: FIELDS, submit: "Filter" }}
      chips={await chipsOf(view)}
      sums={<Sums view={view} />}
      bulk={{
        buttons: [
          ...buttonsFor(kind, actor.role, status),
          { label: "Download PDFs", act: "pdfs", to: `${base}/pdfs`, download: true },
        ],
        all: countedWords(boundedText(total, format), total, kind, status),
      }}
      cursors={cursors}
      empty={
        <Nothing
          c={c}
          listing={listing}
          filtered={Object.keys(filters).length > 0}
          mayWrite={mayWrite}
        />
      }
    >
      {data.length > 0 ? <Rows view={view} rows={data} /> : null}
    </ListFrame>,
  );
}

type View = {
  c: PageContext;
  listing: Listing;
  state: ListState;
  /** How many the open tab has, and what they come to; null where not all are looked at. */
  total: BoundedCount;
  sums: readonly Count[] | null;
};

/** A count, where the page itself shows more than were counted, or all that there are. */
function atLeast(
  counted: BoundedCount,
  rows: number,
  { next_cursor, previous_cursor }: Record<"next_cursor" | "previous_cursor", string | null>,
): BoundedCount {
  if (!counted.more) return counted;
  const isAll = next_cursor === null && previous_cursor === null;
  if (isAll) return { count: rows, more: false };
  return { count: Math.max(counted.count, rows), more: true };
}

const FIELDS: readonly Field[] = [
  { pointer: "/q", label: "Search", kind: "line", placeholder: "Number, customer, text" },
  { pointer: "/issued_from", label: "Issued from", kind: "day" },
  { pointer: "/issued_to", label: "To", kind: "day" },
];

/** The filters that stand in no tab, as words. */
async function chipsOf({ c, state }: View): Promise<Named[]> {
  const { format, actor } = c.var;
  const { q, customer_id, subscription_id, issued_from, issued_to, role } = state;
  const named =
    customer_id && ((await readCustomer(c.env.DB, actor, customer_id))?.name ?? customer_id);
  return [
    ["q", "Text", q],
    ["customer_id", "Customer", named],
    ["subscription_id", "Subscription", subscription_id],
    ["issued_from", "Issued from", issued_from && format.date(issued_from)],
    ["issued_to", "Issued to", issued_to && format.date(issued_to)],
    ["role", "Only", role && (role === "issuer" ? "issued by you" : "received")],
  ];
}

/** How many there are, what they come to, and what is still to be paid, each currency by itself. */
function Sums({ view: { c, listing, total, sums } }: { view: View }) {
  const { format } = c.var;
  const shown = sums ?? [];
  // What was issued and what was received is owed in opposite directions, and tests owe nothing.
  const roles = new Set(shown.map(({ role }) => role));
  const words = { issuer: "issued", recipient: "received" } as const;
  const parts = [...roles].map((role) => {
    const own = shown.filter(
      (one) => one.role === role && (!one.test || c.var.actor.mode === "test"),
    );
    return {
      role: roles.size > 1 ? `${words[role]}: ` : "",
      total: amounts(own, ({ totalMinor }) => totalMinor, format),
      due: amounts(own, ({ openMinor: due }) => due ?? 0n, format),
    };
  });
  return (
    <>
      <strong>{boundedText(total, format)}</strong>{" "}
      {countedWords("", total, listing.kind, undefined)}
      {parts.map(({ role, total: sum, due }) => (
        <>
          {sum && ` · ${role}${sum}`}
          {due && <span class="due">{` · ${due} due`}</span>}
        </>
      ))}
    </>
  );
}

/** "€120.00 and $5.00", the larger counts first; empty where it is nothing. */
function amounts(counts: readonly Count[], minor: (one: Count) => bigint, format: Format): string {
  const sums = new Map<string, bigint>();
  for (const one of counts) sums.set(one.currency, (sums.get(one.currency) ?? 0n) + minor(one));
  return [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([currency, sum]) => format.money(sum, currency))
    .join(" + ");
}

function Rows({ view, rows }: { view: View; rows: readonly Timed<Summary>[] }) {
  const { c, listing, state } = view;
  const { format } = c.var;
  const { base, title, owed, noun } = listing;
  const columns: Column[] = [
    { head: "Number", short: true },
    { head: "Customer", wide: true },
    { head: "Status" },
    { head: "Issued", sort: "issued", short: true },
    { head: lastHead(listing), short: true, ...(owed || listing.expires ? { sort: "due" } : {}) },
    { head: "Total", figure: true, sort: "total" },
    ...(owed ? [{ head: "Amount due", figure: true }] : []),
  ];
  return (
    <DataTable
      caption={title}
      columns={columns}
      form={LIST_FORM}
      sorting={sortingOf({ base, state })}
      rows={rows.map(({ row, nowMs }) => ({
        select: { id: row.id, label: `Select ${row.number ?? `draft ${noun}`}` },
        cells: [
          <a href={`${base}/${row.id}`}>{row.number ?? "Draft"}</a>,
          customerCell(c, row),
          <>
            <Badge state={statusAt(row, nowMs)} />
            {row.scope !== "" && c.var.actor.mode === "live" && (
              <span class="badge warn test">test</span>
            )}
          </>,
          row.issueDate ? format.date(row.issueDate) : "",
          lastOf(row, format),
          format.money(BigInt(row.totalMinor), row.currency),
          ...(owed ? [dueCell(row, format)] : []),
        ],
      }))}
    />
  );
}

/** Nothing is to be paid of a draft yet, and nothing more of what is paid. */
function dueCell(row: Summary, format: Format): string {
  const due = row.number === null ? 0n : openMinor(row);
  return due === 0n ? "" : format.money(due, row.currency);
}

/** The customer of what the tenant issued has a page; what it received says whom it is from. */
function customerCell(
  c: PageContext,
  { issuer, customerId, customerName: name, sellerName }: Summary,
) {
  if (issuer !== c.var.actor.tenantId) {
    return (
      <>
        {sellerName} <span class="muted">(received)</span>
      </>
    );
  }
  return <a href={`/dashboard/customers/${customerId}`}>{name}</a>;
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
