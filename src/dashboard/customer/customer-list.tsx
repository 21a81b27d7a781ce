/** /dashboard/customers: the list with its search, sorted, and as a file. */
import { Hono } from "hono";
import { CUSTOMER_SORTS, customerPage } from "../../documents/party/customer-list.ts";
import { documentListRoutes } from "../../documents/routes/list-routes.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { LIST_FORM, ListFrame, sortingOf } from "../component/list-frame.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Field } from "../form/form.ts";
import type { ListState } from "../form/list-state.ts";
import { fileQuery } from "../page/bulk.tsx";
import { listState } from "../page/list.ts";
import { apiPath, openOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv } from "../page/request.ts";

export const customerListPages = new Hono<PageEnv>();

const BASE = "/dashboard/customers";
const SEARCH: Field = { pointer: "/q", label: "Search", kind: "line", placeholder: "Name, e-mail" };

customerListPages.get("/customers", async (c) => {
  const actor = allowed(c, "documents.read");
  const state = listState(c);
  const { q, cursor } = state;
  const sort = CUSTOMER_SORTS.find((known) => known === state.sort);
  const text = q?.slice(0, 200) ?? null;
  const { data, ...cursors } = await customerPage(c.env, actor, { text, sort, cursor });
  return page(
    c,
    { title: "Customers", section: "customers" },
    <ListFrame
      list={{ base: BASE, state }}
      title="Customers"
      actions={
        <Permitted
          role={actor.role}
          needs="documents.write"
          label="New customer"
          act="add customers"
        >
          <a class="button primary" href={`${BASE}/new`}>
            New customer
          </a>
        </Permitted>
      }
      filters={{ fields: [SEARCH], submit: "Search" }}
      chips={[["q", "Text", q]]}
      bulk={{ buttons: [], all: "customers" }}
      cursors={cursors}
      empty={<Nothing origin={originOf(c)} searched={q !== undefined} />}
    >
      {data.length > 0 ? <Customers c={c} rows={data} state={state} /> : null}
    </ListFrame>,
  );
});

type RowsProps = { c: PageContext; rows: readonly CustomerRow[]; state: ListState };

function Customers({ c, rows, state }: RowsProps) {
  return (
    <DataTable
      caption="Customers"
      columns={[
        { head: "Name", wide: true, sort: "name" },
        { head: "E-mail", wide: true },
        { head: "Country" },
        { head: "Your reference" },
        { head: "Documents" },
        { head: "Added", short: true, sort: "created" },
      ]}
      form={LIST_FORM}
      sorting={sortingOf({ base: BASE, state })}
      rows={rows.map((row) => ({
        select: { id: row.id, label: `Select ${row.name}` },
        cells: [
          <a href={`${BASE}/${row.id}`}>{row.name}</a>,
          row.email ?? "",
          row.party.address.country ?? "",
          row.reference ?? "",
          <a href={`/dashboard/invoices?customer_id=${row.id}`}>Invoices</a>,
          c.var.format.day(row.createdMs),
        ],
      }))}
    />
  );
}

customerListPages.get("/customers/export", (c) => {
  allowed(c, "documents.read");
  const path = apiPath(["exports", "customers"], fileQuery(c));
  return openOperation(c, documentListRoutes, { path });
});

function Nothing({ origin, searched }: { origin: string; searched: boolean }) {
  if (searched) return <EmptyState title="No customers found" />;
  return (
    <EmptyState
      title="No customers yet"
      command={
        `curl ${origin}/api/customers -H 'Authorization: Bearer YOUR_KEY' ` +
        `-H 'Content-Type: application/json' ` +
        `-d '{"name": "Acme Ltd", "email": "books@acme.example"}'`
      }
    >
      <p>Quotes and invoices are addressed to customers. Add the first one here or by API.</p>
    </EmptyState>
  );
}
