/** /dashboard/recurring-invoices: invoices that repeat, and pausing or ending them. */
import { Hono } from "hono";
import { may } from "../../accounts/actor/roles.ts";
import { customerOf } from "../../documents/party/customer.ts";
import { recurringOf } from "../../documents/recurring/recurring.ts";
import { listRecurring, type Recurring } from "../../documents/recurring/recurring-store.ts";
import { recurringRoutes } from "../../documents/routes/recurring-routes.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ActionButton } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { repeatWords } from "./action-forms.tsx";

export const recurringPages = new Hono<PageEnv>();

const PATH = "/recurring-invoices";

recurringPages.get(PATH, async (c) => {
  const actor = allowed(c, "documents.read");
  const customerId = c.req.query("customer_id");
  const whose = customerId ? { customerId } : {};
  const customer = customerId ? await customerOf(c.env, actor, customerId) : null;
  const { data, next_cursor } = await readPage(
    c.req.query("cursor"),
    (before, limit) => listRecurring(c.env.DB, actor.tenantId, { before, limit, ...whose }),
    ({ id }) => id,
  );
  return page(
    c,
    { title: "Recurring invoices", section: "recurring" },
    <>
      <h1>Recurring invoices</h1>
      {customer && (
        <p class="chips">
          <a
            class="chip"
            href={`/dashboard${PATH}`}
            aria-label={`Customer: ${customer.name}; show everybody's`}
          >
            Customer: {customer.name} <span aria-hidden="true">×</span>
          </a>
        </p>
      )}
      {data.length === 0 ? (
        <EmptyState title="No invoice repeats yet">
          <p>
            Open an <a href="/dashboard/invoices">invoice</a> and choose Repeat: a new one like it
            is made every week, month, quarter or year.
          </p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Recurring invoices"
          columns={[
            { head: "Customer", wide: true },
            { head: "Amount", figure: true },
            { head: "How often" },
            { head: "Next on" },
            { head: "Made", figure: true },
            { head: "Status" },
            { head: "" },
          ]}
          rows={data.map((row) => ({ id: row.id, cells: cellsOf(c, row) }))}
        />
      )}
      {data.length > 0 && (
        <Permitted
          role={actor.role}
          needs="documents.finalize"
          label="Pause or end"
          act="pause or end recurring invoices"
        />
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(customerId ? { customer_id: customerId } : {})}
        nextCursor={next_cursor}
      />
    </>,
  );
});

function cellsOf(c: PageContext, row: Recurring) {
  const { format } = c.var;
  const [often, delivery] = repeatWords(row);
  const last = row.lastInvoiceId;
  return [
    <>
      <a href={`/dashboard/customers/${row.customerId}`}>{row.customerName}</a>
      <br />
      <small>
        <a href={`/dashboard/invoices/${row.templateId}`}>The invoice it repeats</a>
      </small>
    </>,
    format.money(BigInt(row.totalMinor), row.currency),
    <>
      {often}
      <br />
      <small class="muted">{delivery}</small>
    </>,
    row.active && row.nextOn !== null ? format.date(row.nextOn) : "",
    last === null ? (
      format.count(row.made)
    ) : (
      <a href={`/dashboard/invoices/${last}`} aria-label={`${row.made}, open the last one`}>
        {format.count(row.made)}
      </a>
    ),
    <>
      <Badge state={stateOf(row)} />
      {row.problem && <p class="error">{row.problem}</p>}
    </>,
    <Acts c={c} row={row} />,
  ];
}

/** Whether it goes on, as a badge names it. */
export function stateOf({ active, nextOn }: Pick<Recurring, "active" | "nextOn">): string {
  if (nextOn === null) return "ended";
  return active ? "active" : "paused";
}

function Acts({ c, row }: { c: PageContext; row: Recurring }) {
  if (!may(c.var.actor.role, "documents.finalize")) return null;
  const token = c.var.session.formToken;
  const path = `/dashboard${PATH}/${row.id}`;
  return (
    <div class="row-acts">
      {row.nextOn !== null &&
        (row.active ? (
          <ActionButton action={`${path}/pause`} token={token} label="Pause" />
        ) : (
          <ActionButton action={`${path}/resume`} token={token} label="Resume" />
        ))}
      <ActionButton action={`${path}/delete`} token={token} label="End" danger asks />
    </div>
  );
}

for (const [act, active] of [
  ["pause", false],
  ["resume", true],
] as const) {
  recurringPages.post(`${PATH}/:id/${act}`, async (c) => {
    allowed(c, "documents.finalize");
    await readForm(c);
    const path = apiPath(["recurring-invoices", c.req.param("id")]);
    await runOperation(c, recurringRoutes, { method: "PATCH", path, body: { active } });
    return seeOther(c, PATH, "saved");
  });
}

recurringPages.post(`${PATH}/:id/delete`, async (c) => {
  const actor = allowed(c, "documents.finalize");
  const id = c.req.param("id");
  const sent = await readForm(c);
  const asked = await ask(c, sent, async () => {
    const row = await recurringOf(c.env, actor, id);
    const [often] = repeatWords(row);
    return {
      title: "End this recurring invoice?",
      consequences: [
        `${often.replace("Every", "No invoice is made every")} for ${row.customerName} any more.`,
        `The ${c.var.format.count(row.made)} that it made stay as they are.`,
      ],
      act: "End it",
      undo: "To repeat it again, choose Repeat on the invoice.",
    };
  });
  if (asked) return asked;
  const path = apiPath(["recurring-invoices", id]);
  await runOperation(c, recurringRoutes, { method: "DELETE", path });
  return seeOther(c, PATH, "removed");
});
