/** /dashboard/emails: the log of e-mails by status, and sending again what was not sent. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { notFound } from "../../core/errors.ts";
import { emailListRoutes } from "../../delivery/email/list-routes.ts";
import { isResendable } from "../../delivery/email/resend.ts";
import { emailState } from "../../delivery/email/shown-letter.ts";
import { countEmails, listEmails } from "../../delivery/email/store.ts";
import { EMAIL_STATUSES, type EmailRow } from "../../delivery/email/table.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { CREATED_SORTS, createdPage } from "../../platform/http/sorted.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Refused } from "../component/form.tsx";
import { LIST_FORM, ListFrame, sortingOf } from "../component/list-frame.tsx";
import { type Field, textOf } from "../form/form.ts";
import type { ListState } from "../form/list-state.ts";
import { askBulk, chosen, chosenIn, fileQuery, stepBulk } from "../page/bulk.tsx";
import { allOf, countIn, leastText, statusTabs } from "../page/counted.ts";
import { listState } from "../page/list.ts";
import { apiPath, openOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv, readForm } from "../page/request.ts";
import { EmailTabs } from "./tabs.tsx";

export const emailListPages = new Hono<PageEnv>();

const BASE = "/dashboard/emails";
const ACT = "send_again";
const SEARCH: Field = {
  pointer: "/q",
  label: "Search",
  kind: "line",
  placeholder: "Subject, address",
};

emailListPages.get("/emails", async (c) => {
  const actor = allowed(c, "documents.read");
  const state = listState(c);
  const { format } = c.var;
  const filter = filterOf(state, actor);
  const sort = CREATED_SORTS.find((known) => known === state.sort);
  const [{ data, ...cursors }, counts] = await Promise.all([
    createdPage(
      { sort, cursor: state.cursor },
      (range, limit) => listEmails(c.env.DB, { ...filter, ...range }, limit),
      ({ id }) => id,
    ),
    countEmails(c.env.DB, actor),
  ]);
  const { q, status, document } = state;
  // Counted are all of them: those with a text, or of a document, are not.
  const isWhole = q === undefined && document === undefined;
  const resends = may(actor.role, "documents.write");
  return page(
    c,
    { title: "E-mails", section: "emails" },
    <ListFrame
      list={{ base: BASE, state }}
      title={{ part: <EmailTabs current="/emails" role={actor.role} /> }}
      tabs={statusTabs("E-mails by status", EMAIL_STATUSES, isWhole ? counts : null, format)}
      filters={{ fields: [SEARCH], submit: "Search" }}
      chips={[
        ["q", "Text", q],
        ["document", "Document", document],
      ]}
      bulk={{
        buttons: resends ? [{ label: "Resend", act: ACT }] : [],
        all: allOf(isWhole ? countIn(counts, status) : null, status, "e-mails", format),
      }}
      cursors={cursors}
      empty={<NoEmails origin={originOf(c)} />}
    >
      {data.length > 0 ? <Messages c={c} rows={data} state={state} /> : null}
    </ListFrame>,
  );
});

function NoEmails({ origin }: { origin: string }) {
  return (
    <EmptyState
      title="No e-mails found"
      command={
        `curl -X POST ${origin}/api/invoices/INVOICE/send ` +
        `-H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json' -d '{}'`
      }
    >
      <p>
        Open a final <a href="/dashboard/invoices">invoice</a> or{" "}
        <a href="/dashboard/quotes">quote</a> and send it: its letter shows here.
      </p>
    </EmptyState>
  );
}

function filterOf({ q, status, document, ids }: ListState, viewer: Actor) {
  return {
    viewer,
    text: q?.slice(0, 200),
    documentId: document?.slice(0, 200),
    status: EMAIL_STATUSES.find((known) => known === status),
    ids: ids?.split(","),
  };
}

type RowsProps = { c: PageContext; rows: readonly EmailRow[]; state: ListState };

function Messages({ c, rows, state }: RowsProps) {
  const { format } = c.var;
  return (
    <DataTable
      caption="E-mails"
      columns={[
        { head: "Created", short: true, sort: "created" },
        { head: "Subject", wide: true },
        { head: "To", wide: true },
        { head: "About", short: true },
        { head: "Status" },
      ]}
      form={LIST_FORM}
      sorting={sortingOf({ base: BASE, state })}
      rows={rows.map((row) => ({
        select: { id: row.id, label: `Select ${row.subject}` },
        cells: [
          format.time(row.createdMs),
          <a href={`${BASE}/${row.id}`}>{row.subject}</a>,
          row.recipients.join(", "),
          row.documentKind ? (
            <a href={`/dashboard/${KINDS[row.documentKind].path}/${row.documentId}`}>
              {row.documentNumber}
            </a>
          ) : (
            ""
          ),
          <Badge state={emailState(row)} />,
        ],
      }))}
    />
  );
}

emailListPages.get("/emails/export", (c) => {
  allowed(c, "documents.read");
  return openOperation(c, emailListRoutes, { path: apiPath(["exports", "emails"], fileQuery(c)) });
});

const bulkOf = (filter: ListState) => ({
  base: BASE,
  section: "emails" as const,
  act: ACT,
  filter,
  words: { doing: "Sending again", done: "e-mails queued again" },
});

emailListPages.get("/emails/bulk", (c) => {
  allowed(c, "documents.write");
  const { act, filter } = chosen(c);
  if (act !== ACT) throw notFound("act");
  return review(c, filter, null);
});

emailListPages.post("/emails/bulk", async (c) => {
  allowed(c, "documents.write");
  const sent = await readForm(c);
  if (textOf(sent, "act") !== ACT) throw notFound("act");
  const filter = chosenIn(sent);
  return stepBulk(c, {
    ...bulkOf(filter),
    routes: emailListRoutes,
    path: "emails",
    sent,
    again: (refused) => review(c, filter, refused),
  });
});

/** What is looked at to say in numbers for how many it is. */
const MOST_LOOKED_AT = 200;

async function review(c: PageContext, filter: ListState, refused: Refused | null) {
  const { actor, format } = c.var;
  const asked = filterOf(filter, actor);
  const rows = await listEmails(c.env.DB, asked, MOST_LOOKED_AT);
  const more = rows.length >= MOST_LOOKED_AT;
  const total = { count: rows.filter(isResendable).length, more };
  const others = { count: rows.length - total.count, more };
  const noun = total.count === 1 && !more ? "e-mail" : "e-mails";
  return askBulk(c, {
    ...bulkOf(filter),
    title: total.count === 0 ? "Resend e-mails" : `Resend ${leastText(total, format)} ${noun}`,
    total,
    consequence: "Each is sent as it was written, to the same addresses and with the same files.",
    note:
      others.count > 0
        ? `${leastText(others, format)} stay as they are: only failed and suppressed ones are ` +
          "resent."
        : null,
    danger: false,
    refused,
  });
}
