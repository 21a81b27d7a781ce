/** /dashboard/customers/:id/balance: what is held of a customer's money, and paying it out. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { balancesOf, listTransactions } from "../../documents/balance/balance-store.ts";
import type { BalanceCause, BalanceRow } from "../../documents/balance/table.ts";
import { customerOf } from "../../documents/party/customer.ts";
import { balanceRoutes } from "../../documents/routes/balance-routes.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FactList } from "../component/fact-list.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";

export const balancePages = new Hono<PageEnv>();

const KINDS: Readonly<Record<BalanceCause, string>> = {
  overpayment: "Overpayment",
  credit_note: "Credit note",
  applied: "Applied to an invoice",
  refund: "Refunded",
  returned: "Returned by an invoice refund",
};

const REFUND_FIELDS: readonly Field[] = [
  { pointer: "/amount", label: "Amount", kind: "decimal", required: true },
  { pointer: "/currency", label: "Currency", kind: "choice" },
  { pointer: "/booked_on", label: "Refunded on", kind: "day", hint: "empty: today" },
  { pointer: "/method", label: "Method", kind: "line", placeholder: "transfer" },
  { pointer: "/reference", label: "Reference", kind: "line" },
];

balancePages.get("/customers/:id/balance", (c) =>
  balancePage(c, allowed(c, "documents.read"), { values: {}, refused: null }),
);

balancePages.post("/customers/:id/balance", async (c) => {
  const actor = allowed(c, "documents.finalize");
  const id = c.req.param("id");
  const sent = await readForm(c);
  const values = bodyOf(REFUND_FIELDS, sent);
  const { name } = await customerOf(c.env, actor, id);
  try {
    const asked = await ask(c, sent, () => ({
      title: "Record this refund?",
      consequences: [
        `Takes ${values.amount ?? "the amount"} ${values.currency ?? ""} off the credit balance ` +
          `of ${name}. Pay it back yourself: no money is moved from here.`,
      ],
      act: "Record refund",
    }));
    if (asked) return asked;
    const path = apiPath(["customers", id, "refund-balance"]);
    await runOperation(c, balanceRoutes, { method: "POST", path, body: values });
    return seeOther(c, `/customers/${id}/balance`, "saved");
  } catch (error) {
    return balancePage(c, actor, { values, refused: refusalOf(error) });
  }
});

async function balancePage(
  c: PageContext,
  actor: Actor,
  { values, refused }: { values: Body; refused: Refused | null },
) {
  const { id: customerId, tenant, name } = await customerOf(c.env, actor, c.req.param("id") ?? "");
  const wallet = { tenant, customerId };
  const [balances, { data, next_cursor }] = await Promise.all([
    balancesOf(c.env.DB, wallet),
    readPage(
      c.req.query("cursor"),
      (before, limit) => listTransactions(c.env.DB, wallet, { currency: null, before, limit }),
      ({ id }) => id,
    ),
  ]);
  const path = `/dashboard/customers/${customerId}`;
  return page(
    c,
    { title: "Credit balance", section: "customers", status: refused ? 422 : 200 },
    <>
      <h1>Credit balance</h1>
      <p class="lead">
        Money held for <a href={path}>{name}</a> from overpayments and credit notes. Apply it to an
        open invoice on that invoice's page, or record a refund here.
      </p>
      <Balances c={c} rows={balances} />
      {balances.length > 0 && (
        <Permitted
          role={actor.role}
          needs="documents.finalize"
          label="Record a refund"
          act="record refunds"
        >
          <RefundForm c={c} path={path} balances={balances} values={values} refused={refused} />
        </Permitted>
      )}
      {data.length === 0 ? (
        <EmptyState title="No credit balance" />
      ) : (
        <DataTable
          caption="Balance transactions"
          columns={[
            { head: "Date" },
            { head: "Transaction", wide: true },
            { head: "Reference", wide: true },
            { head: "Amount", figure: true },
            { head: "Balance", figure: true },
          ]}
          rows={data.map((row) => ({
            cells: [
              c.var.format.date(row.day),
              row.invoiceId ? (
                <a href={`/dashboard/invoices/${row.invoiceId}`}>{KINDS[row.kind]}</a>
              ) : (
                KINDS[row.kind]
              ),
              [row.method, row.reference].filter(Boolean).join(" "),
              c.var.format.money(BigInt(row.amountMinor), row.currency),
              c.var.format.money(BigInt(row.endingMinor), row.currency),
            ],
          }))}
        />
      )}
      <Pager path={`${path}/balance`} query={new URLSearchParams()} nextCursor={next_cursor} />
    </>,
  );
}

type RefundProps = {
  c: PageContext;
  path: string;
  balances: readonly BalanceRow[];
  values: Body;
  refused: Refused | null;
};

function RefundForm({ c, path, balances, values, refused }: RefundProps) {
  const options = balances.map(({ currency }) => ({ value: currency, label: currency }));
  const fields = REFUND_FIELDS.map((field) =>
    field.kind === "choice" ? { ...field, options } : field,
  );
  return (
    <section class="card narrow" aria-label="Refund">
      <h2>Record a refund</h2>
      <p>Enter what you have paid back to the customer. No money is moved from here.</p>
      <Refusal refused={refused} fields={fields.map(({ pointer }) => pointer)} />
      <Form action={`${path}/balance`} token={c.var.session.formToken} class="stacked" asks>
        <Fields fields={fields} body={values} refused={refused} />
        <button type="submit">Record refund</button>
      </Form>
    </section>
  );
}

/** What is held of a customer's money, in each currency; nothing where nothing is. */
export function Balances({ c, rows }: { c: PageContext; rows: readonly BalanceRow[] }) {
  if (rows.length === 0) return null;
  const facts = rows.map(({ currency, balanceMinor }): [string, string] => [
    `Credit balance in ${currency}`,
    c.var.format.money(BigInt(balanceMinor), currency),
  ]);
  return <FactList label="Credit balance" facts={facts} />;
}
