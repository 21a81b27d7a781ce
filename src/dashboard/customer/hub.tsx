/** /dashboard/customers/:id: what a customer owes, its documents, payments and e-mails. */
import { Hono } from "hono";
import { emailState } from "../../delivery/email/shown-letter.ts";
import { type Brought, listEmailsOf } from "../../delivery/email/store.ts";
import { AGES, type Aging } from "../../documents/account/account.ts";
import {
  listOfCustomer,
  listPaymentsOf,
  type PaidBy,
} from "../../documents/account/account-store.ts";
import { type Owed, owedBy } from "../../documents/account/owed.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { customerOf } from "../../documents/party/customer.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { listRecurring, type Recurring } from "../../documents/recurring/recurring-store.ts";
import { statementRoutes } from "../../documents/routes/statement-routes.ts";
import type { Listed } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import { seesAllOf } from "../../documents/store/viewer.ts";
import { Badge } from "../component/badge.tsx";
import { Card } from "../component/card.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { type Fact, FactList } from "../component/fact-list.tsx";
import { FormField } from "../component/field.ts";
import { type FormState, Refusal } from "../component/form.tsx";
import { isOpenTo } from "../component/open-pages.ts";
import { Permitted } from "../component/permitted.tsx";
import { repeatWords } from "../document/action-forms.tsx";
import { stateOf } from "../document/recurring.tsx";
import type { Field } from "../form/form.ts";
import { apiPath, openOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv } from "../page/request.ts";

export const customerHub = new Hono<PageEnv>();

const SHOWN = 10;
const AGE_HEADS: Readonly<Record<keyof Aging, string>> = {
  current: "Not yet due",
  days_1_30: "1–30 days",
  days_31_60: "31–60 days",
  days_61_90: "61–90 days",
  days_over_90: "Over 90 days",
};

customerHub.get("/customers/:id", (c) => hubPage(c, {}));

/** The customer's page, with why a statement was refused where it was. Errors: 404. */
async function hubPage(c: PageContext, { values, refused }: FormState) {
  const actor = allowed(c, "documents.read");
  const row = await customerOf(c.env, actor, c.req.param("id") ?? "");
  // Sums, and what lists everything, are for whoever sees all that is addressed to the customer.
  const isWhole = seesAllOf(actor, row.id);
  const repeats = isOpenTo(actor.confinement, "/recurring-invoices");
  const whose = { tenant: row.tenant, customerId: row.id };
  const [owed, documents, payments, issuer, recurring] = await Promise.all([
    isWhole ? owedBy(c.env, actor, row.id) : [],
    listOfCustomer(c.env.DB, actor, row.id, SHOWN),
    isWhole ? listPaymentsOf(c.env.DB, whose, SHOWN) : [],
    issuerOf(c.env, actor),
    // One more than is shown, which says that there are more.
    repeats
      ? listRecurring(c.env.DB, row.tenant, { before: null, limit: SHOWN + 1, customerId: row.id })
      : [],
  ]);
  const emails = await listEmailsOf(
    c.env.DB,
    row.tenant,
    documents.map(({ id }) => id),
    SHOWN,
  );
  const path = `/dashboard/customers/${row.id}`;
  const currency = row.currency ?? issuer.currency;
  return page(
    c,
    { title: row.name, section: "customers", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href="/dashboard/customers">Customers</a>
      </p>
      <div class="head">
        <h1>{row.name}</h1>
        <HeadActs c={c} row={row} path={path} />
      </div>
      {isWhole && <Figures c={c} owed={owed} currency={currency} />}
      <div class="hub">
        <div>
          <Ages c={c} owed={owed} />
          <Documents c={c} rows={documents} customerId={row.id} />
          <Repeating c={c} rows={recurring} customerId={row.id} />
          <Payments c={c} rows={payments} />
          <Emails c={c} rows={emails} />
        </div>
        <div>
          {isWhole && (
            <StatementForm
              path={path}
              currencies={currenciesOf(currency, owed, documents)}
              values={values}
              refused={refused}
            />
          )}
          <Profile row={row} path={path} isWhole={isWhole} />
        </div>
      </div>
    </>,
  );
}

customerHub.get("/customers/:id/statement.pdf", async (c) => {
  allowed(c, "documents.read");
  const { from = "", to = "", currency = "" } = c.req.query();
  const values = { from, to, currency };
  try {
    const path = apiPath(["customers", c.req.param("id"), "statement.pdf"], values);
    return await openOperation(c, statementRoutes, { path });
  } catch (error) {
    const { detail, errors } = refusalOf(error);
    const ofForm = errors.map((one) => ({ ...one, pointer: one.pointer.replace(/^\/query/, "") }));
    return hubPage(c, { values, refused: { detail, errors: ofForm } });
  }
});

type RowProps = { c: PageContext; row: CustomerRow; path: string };

function HeadActs({ c, row, path }: RowProps) {
  const query = new URLSearchParams({ customer_id: row.id });
  return (
    <div class="actions">
      <Permitted
        role={c.var.actor.role}
        needs="documents.write"
        label="New invoice"
        act="write invoices or change customers"
      >
        <a class="button" href={`${path}/edit`}>
          Edit
        </a>
        <a class="button" href={`/dashboard/quotes/new?${query}`}>
          New quote
        </a>
        <a class="button primary" href={`/dashboard/invoices/new?${query}`}>
          New invoice
        </a>
      </Permitted>
    </div>
  );
}

function Figures({ c, owed, currency }: { c: PageContext; owed: Owed[]; currency: string }) {
  const { format } = c.var;
  const nothing = { currency, owedMinor: 0, overdueMinor: 0, heldMinor: 0 };
  const shown = owed.length > 0 ? owed : [nothing];
  const inWords = (one: Pick<Owed, "currency">) => (shown.length > 1 ? ` in ${one.currency}` : "");
  const money = (minor: number, of: string) => format.money(BigInt(minor), of);
  return (
    <dl class="cards">
      {shown.map((one) => (
        <>
          <Card name={`Owed${inWords(one)}`} value={money(one.owedMinor, one.currency)} />
          <Card name={`Overdue${inWords(one)}`} value={money(one.overdueMinor, one.currency)} />
          <Card name={`Credit balance${inWords(one)}`} value={money(one.heldMinor, one.currency)} />
        </>
      ))}
    </dl>
  );
}

function Ages({ c, owed }: { c: PageContext; owed: readonly Owed[] }) {
  const open = owed.filter(({ owedMinor }) => owedMinor > 0);
  if (open.length === 0) return null;
  return (
    <DataTable
      caption="What is owed, by age"
      visibleCaption
      columns={[
        { head: "Currency" },
        ...AGES.map((age) => ({ head: AGE_HEADS[age], figure: true })),
      ]}
      rows={open.map(({ currency, aging }) => ({
        cells: [currency, ...AGES.map((age) => c.var.format.money(BigInt(aging[age]), currency))],
      }))}
    />
  );
}

type DocumentsProps = { c: PageContext; rows: readonly Listed[]; customerId: string };

function Documents({ c, rows, customerId }: DocumentsProps) {
  const { format, actor } = c.var;
  const query = new URLSearchParams({ customer_id: customerId });
  if (rows.length === 0) {
    return <EmptyState title="No documents yet">Quotes and invoices show here.</EmptyState>;
  }
  return (
    <section>
      <div class="with-link">
        <h2>Documents</h2>
        <a href={`/dashboard/invoices?${query}`}>All invoices</a>
      </div>
      <DataTable
        caption="Documents"
        columns={[
          { head: "Document", wide: true },
          { head: "Issued" },
          { head: "Due" },
          { head: "Status" },
          { head: "Total", figure: true },
        ]}
        rows={rows.map((row) => {
          const { path, noun } = KINDS[row.kind];
          const name = row.number ?? `Draft ${noun}`;
          return {
            cells: [
              <a href={`/dashboard/${path}/${row.id}`}>{name}</a>,
              row.issueDate === null ? "" : format.date(row.issueDate),
              row.dueDate === null ? "" : format.date(row.dueDate),
              <Badge state={statusAt(row, actor.nowMs)} />,
              format.money(BigInt(row.totalMinor), row.currency),
            ],
          };
        })}
      />
    </section>
  );
}

type RepeatingProps = { c: PageContext; rows: readonly Recurring[]; customerId: string };

/** Invoices that repeat for the customer: how often, the next one's day and amount. */
function Repeating({ c, rows, customerId }: RepeatingProps) {
  if (rows.length === 0) return null;
  const { format } = c.var;
  const query = new URLSearchParams({ customer_id: customerId });
  const all = `/dashboard/recurring-invoices?${query}`;
  return (
    <section>
      <div class="with-link">
        <h2>Recurring invoices</h2>
        <a href={all}>{rows.length > SHOWN ? "All recurring invoices" : "Pause or end them"}</a>
      </div>
      <DataTable
        caption="Recurring invoices"
        columns={[
          { head: "How often", wide: true },
          { head: "Next on" },
          { head: "Status" },
          { head: "Amount", figure: true },
        ]}
        rows={rows.slice(0, SHOWN).map((row) => ({
          cells: [
            <a href={`${all}#${row.id}`}>{repeatWords(row)[0]}</a>,
            row.active && row.nextOn !== null ? format.date(row.nextOn) : "",
            <Badge state={stateOf(row)} />,
            format.money(BigInt(row.totalMinor), row.currency),
          ],
        }))}
      />
    </section>
  );
}

function Payments({ c, rows }: { c: PageContext; rows: readonly PaidBy[] }) {
  if (rows.length === 0) return null;
  const { format } = c.var;
  return (
    <section>
      <div class="with-link">
        <h2>Payments</h2>
      </div>
      <DataTable
        caption="Payments"
        columns={[
          { head: "Paid on" },
          { head: "Invoice" },
          { head: "Method", wide: true },
          { head: "Amount", figure: true },
        ]}
        rows={rows.map((row) => ({
          cells: [
            format.date(row.paidOn),
            <a href={`/dashboard/invoices/${row.invoiceId}`}>{row.number}</a>,
            row.method,
            format.money(BigInt(row.amountMinor), row.currency),
          ],
        }))}
      />
    </section>
  );
}

function Emails({ c, rows }: { c: PageContext; rows: readonly Brought[] }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <div class="with-link">
        <h2>E-mails</h2>
      </div>
      <DataTable
        caption="E-mails"
        columns={[{ head: "Subject", wide: true }, { head: "Created" }, { head: "Status" }]}
        rows={rows.map((row) => ({
          cells: [
            <a href={`/dashboard/emails/${row.id}`}>{row.subject}</a>,
            c.var.format.time(row.createdMs),
            <Badge state={emailState(row)} />,
          ],
        }))}
      />
    </section>
  );
}

const DAY_FIELDS: readonly Field[] = [
  { pointer: "/from", label: "From", kind: "day", hint: "empty: three months back" },
  { pointer: "/to", label: "To", kind: "day", hint: "empty: today" },
];

/** The currencies that a statement may be in, the customer's own first. */
function currenciesOf(own: string, owed: readonly Owed[], rows: readonly Listed[]): string[] {
  const known = [...owed, ...rows].map(({ currency }) => currency);
  return [...new Set([own, ...known])];
}

type StatementProps = {
  path: string;
  currencies: readonly string[];
  values: FormState["values"] | undefined;
  refused: FormState["refused"] | undefined;
};

function StatementForm({ path, currencies, values, refused }: StatementProps) {
  const options = currencies.map((code) => ({ value: code, label: code }));
  const currency: Field = { pointer: "/currency", label: "Currency", kind: "choice", options };
  const fields = currencies.length > 1 ? [...DAY_FIELDS, currency] : DAY_FIELDS;
  return (
    <section class="card" aria-label="Statement of account">
      <h2>Statement of account</h2>
      <form method="get" action={`${path}/statement.pdf`} target="_blank" rel="noopener">
        <Refusal refused={refused} fields={fields.map(({ pointer }) => pointer)} />
        {fields.map((field) => (
          <FormField
            field={field}
            body={values ?? {}}
            errors={refused?.errors}
            name={field.pointer.slice(1)}
          />
        ))}
        <button type="submit">Open the PDF</button>
      </form>
    </section>
  );
}

type ProfileProps = { row: CustomerRow; path: string; isWhole: boolean };

function Profile({ row, path, isWhole }: ProfileProps) {
  const { party, email, reference, language } = row;
  const { address } = party;
  const street = [address.street, address.houseNumber].filter(Boolean).join(" ");
  const town = [address.postalCode, address.city].filter(Boolean).join(" ");
  const lines = [street, ...address.lines, town, address.country].filter(Boolean);
  const facts: Fact[] = [
    ["E-mail", email ?? party.email],
    ["Contact", party.contactName],
    ["Address", lines.length === 0 ? null : lines.join(", ")],
    ["VAT ID", party.vatId],
    ["Your ID", reference],
    ["Language", language],
    ["ID", <CopyText text={row.id} />],
  ];
  return (
    <>
      <FactList label="Details" facts={facts} />
      {isWhole && (
        <p>
          <a href={`${path}/balance`}>Credit balance and its history</a>
        </p>
      )}
    </>
  );
}
