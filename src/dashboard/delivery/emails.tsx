/** /dashboard/emails: the log of e-mails, and a message with its letter and files. */
import { Hono } from "hono";
import { notFound } from "../../core/errors.ts";
import { attachmentOf, INBOX, waitingOf } from "../../delivery/email/send.ts";
import { emailState, LETTER_IMAGES, shownLetter } from "../../delivery/email/shown-letter.ts";
import { listEmails, ownEmail } from "../../delivery/email/store.ts";
import { EMAIL_STATUSES, type EmailRow } from "../../delivery/email/table.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { type Fact, FactList } from "../component/fact-list.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Pager } from "../component/pager.tsx";
import type { Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { readPage } from "../page/list.ts";
import { page } from "../page/page.tsx";
import { allowed, allowFraming, originOf, type PageEnv } from "../page/request.ts";
import { EmailTabs } from "./tabs.tsx";

export const emailPages = new Hono<PageEnv>();

const FILTERS: readonly Field[] = [
  { pointer: "/q", label: "Search", kind: "line", placeholder: "subject, address" },
  {
    pointer: "/status",
    label: "Status",
    kind: "choice",
    options: [
      { value: "", label: "Any" },
      ...EMAIL_STATUSES.map((value) => ({ value: value as string, label: value })),
    ],
  },
];

emailPages.get("/emails", async (c) => {
  const actor = allowed(c, "documents.read");
  const { q = "", status = "", cursor } = c.req.query();
  const filter = {
    tenant: actor.tenantId,
    text: q.trim().slice(0, 200) || undefined,
    status: EMAIL_STATUSES.find((known) => known === status),
  };
  const { data, next_cursor } = await readPage(
    cursor,
    (before, limit) => listEmails(c.env.DB, { ...filter, before: before ?? undefined }, limit),
    ({ id }) => id,
  );
  return page(
    c,
    { title: "E-mails", section: "emails" },
    <>
      <EmailTabs current="/emails" role={actor.role} />
      <FilterForm fields={FILTERS} values={{ q, status }} submit="Filter" />
      {data.length > 0 ? (
        <Messages rows={data} format={c.var.format} />
      ) : (
        <EmptyState
          title="No e-mails found"
          command={
            `curl -X POST ${originOf(c)}/api/invoices/INVOICE/send ` +
            `-H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json' -d '{}'`
          }
        >
          <p>
            Open a final <a href="/dashboard/invoices">invoice</a> or{" "}
            <a href="/dashboard/quotes">quote</a> and send it: its letter shows here.
          </p>
        </EmptyState>
      )}
      <Pager
        path="/dashboard/emails"
        query={new URLSearchParams({ q, status })}
        nextCursor={next_cursor}
      />
    </>,
  );
});

function Messages({ rows, format }: { rows: readonly EmailRow[]; format: Format }) {
  return (
    <DataTable
      caption="E-mails"
      columns={[
        { head: "Created", short: true },
        { head: "Subject", wide: true },
        { head: "To", wide: true },
        { head: "Status" },
      ]}
      rows={rows.map((row) => ({
        cells: [
          format.time(row.createdMs),
          <a href={`/dashboard/emails/${row.id}`}>{row.subject}</a>,
          row.recipients.join(", "),
          <Badge state={emailState(row)} />,
        ],
      }))}
    />
  );
}

emailPages.get("/emails/:id", async (c) => {
  const actor = allowed(c, "documents.read");
  const row = await ownEmail(c.env.DB, actor.tenantId, c.req.param("id"));
  const { format } = c.var;
  const waits = await waitingOf(c.env, actor.tenantId, actor.realMs);
  const path = `/dashboard/emails/${row.id}`;
  const isKept = row.provider === INBOX;
  const facts: Fact[] = [
    ["From", row.fromName],
    ["To", row.recipients.join(", ")],
    ["Cc", row.cc.join(", ") || null],
    ["Reply to", row.replyTo],
    ["Created", format.time(row.createdMs)],
    [isKept ? "Kept" : "Sent", row.sentMs === null ? null : format.time(row.sentMs)],
    ["Provider", isKept ? "none: nothing left this installation" : row.provider],
    ["Reason", waits(row) ?? row.reason],
  ];
  return page(
    c,
    { title: row.subject, section: "emails" },
    <>
      <h1>
        {row.subject} <Badge state={emailState(row)} />
      </h1>
      <FactList label="Envelope" facts={facts}>
        <dt>Attachments</dt>
        <dd>
          {row.attachments.map(({ name }, n) => (
            <div>
              <a href={`${path}/files/${n}`}>{name}</a>
            </div>
          ))}
        </dd>
        {row.documentKind && (
          <>
            <dt>About</dt>
            <dd>
              <a href={`/dashboard/${KINDS[row.documentKind].path}/${row.documentId}`}>
                {row.documentNumber}
              </a>
            </dd>
          </>
        )}
      </FactList>
      <section>
        <h2>Message</h2>
        <iframe class="letter" src={`${path}/letter`} title={row.subject} />
      </section>
    </>,
  );
});

emailPages.get("/emails/:id/letter", async (c) => {
  const actor = allowed(c, "documents.read");
  const row = await ownEmail(c.env.DB, actor.tenantId, c.req.param("id"));
  allowFraming(c, `sandbox; default-src 'none'; style-src 'unsafe-inline'; ${LETTER_IMAGES}`);
  return c.html(await shownLetter(c.env, row));
});

emailPages.get("/emails/:id/files/:n", async (c) => {
  const actor = allowed(c, "documents.read");
  const row = await ownEmail(c.env.DB, actor.tenantId, c.req.param("id"));
  const n = Number(c.req.param("n"));
  if (!row.attachments[n]) throw notFound("file");
  const { name, type, bytes } = await attachmentOf(c.env, row, n);
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": type,
    "Content-Disposition": `attachment; filename=${name}`,
  });
});
