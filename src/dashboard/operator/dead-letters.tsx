/** /dashboard/dead-letters: messages that a queue gave up; run again, or dropped (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { type ListedLetter, listDeadLetters, readDeadLetter } from "../../watch/dead-letter.ts";
import { stuckRoutes } from "../../watch/stuck-routes.ts";
import { CopyText } from "../component/copy-text.tsx";
import { type Column, DataTable, type TableRow } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ActionButton } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import type { Format } from "../form/format.ts";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv, readForm, seeOther } from "../page/request.ts";

export const deadLetterPages = new Hono<PageEnv>();

/** What kinds of messages ask for, in words. */
const KIND_WORDS: Readonly<Record<string, string>> = {
  news: "What follows from an announcement",
  due: "Due work",
  "hand-out": "Handing out due work",
  sweep: "A part of the minute's sweep",
  claim: "Handing out due work",
  deliver: "A webhook delivery",
  mail: "An e-mail",
  record: "Asynchronous usage",
  body: "Asynchronous usage, not read yet",
};

export const letterColumns: readonly Column[] = [
  { head: "What", wide: true },
  { head: "About" },
  { head: "Tenant", wide: true },
  { head: "Given up", short: true },
  { head: "Size", figure: true },
  { head: "Act" },
];

type Shown = { names: ReadonlyMap<string, string>; format: Format; token: string };

/** A dead letter's row, with what can be done about it. */
export function letterRow(letter: ListedLetter, { names, format, token }: Shown): TableRow {
  const { id, kind, tenant, ref, atMs, bytes } = letter;
  const path = `/dashboard/dead-letters/${id}`;
  return {
    cells: [
      <a href={path}>{KIND_WORDS[kind] ?? kind}</a>,
      ref === null ? "" : <CopyText text={ref} />,
      tenant === null ? (
        ""
      ) : (
        <a href={`/dashboard/tenants/${tenant}`}>{names.get(tenant) ?? tenant}</a>
      ),
      format.time(atMs),
      `${format.count(bytes)} B`,
      <div class="row-acts">
        <ActionButton action={`${path}/run`} token={token} label="Run again" />
        <ActionButton action={`${path}/drop`} token={token} label="Drop" danger asks />
      </div>,
    ],
  };
}

deadLetterPages.get("/dead-letters", async (c) => {
  allowed(c, "operator.tenants");
  const { data, next_cursor } = await readPage(
    c.req.query("cursor"),
    (after, limit) => listDeadLetters(c.env.DB, { after, limit }),
    ({ id }) => id,
  );
  const names = await tenantNames(c.env.DB, [
    ...new Set(data.flatMap(({ tenant }) => tenant ?? [])),
  ]);
  const { format, session } = c.var;
  return page(
    c,
    { title: "Dead letters", section: "health" },
    <>
      <h1>Dead letters</h1>
      <p class="lead">
        Messages that a queue gave up after all its retries. Once their cause is gone, run them
        again: whatever is done twice counts once.
      </p>
      {data.length === 0 ? (
        <EmptyState title="No dead letters">
          <p>A message that its queue gives up is kept here until it is run again or dropped.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Dead letters"
          columns={letterColumns}
          rows={data.map((letter) =>
            letterRow(letter, { names, format, token: session.formToken }),
          )}
        />
      )}
      <Pager
        path="/dashboard/dead-letters"
        query={new URLSearchParams(c.req.query())}
        nextCursor={next_cursor}
      />
    </>,
  );
});

deadLetterPages.get("/dead-letters/:id", async (c) => {
  allowed(c, "operator.tenants");
  const { id, kind, queue, atMs, body } = await readDeadLetter(c.env.DB, c.req.param("id"));
  const { format, session } = c.var;
  const path = `/dashboard/dead-letters/${id}`;
  const title = KIND_WORDS[kind] ?? kind;
  return page(
    c,
    { title, section: "health" },
    <>
      <div class="head">
        <h1>{title}</h1>
        <div class="row-acts">
          <ActionButton
            action={`${path}/run`}
            token={session.formToken}
            label="Run again"
            primary
          />
          <ActionButton
            action={`${path}/drop`}
            token={session.formToken}
            label="Drop"
            danger
            asks
          />
        </div>
      </div>
      <p>
        Fell into <code>{queue}</code> at {format.time(atMs)}.{" "}
        <a href="/dashboard/dead-letters">All dead letters</a>
      </p>
      <pre class="message">{shownMessage(body)}</pre>
    </>,
  );
});

const MOST_SHOWN = 20_000;

function shownMessage(body: string): string {
  const text = JSON.stringify(JSON.parse(body), null, 2);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}\n…`;
}

deadLetterPages.post("/dead-letters/:id/run", async (c) => {
  allowed(c, "operator.tenants");
  await readForm(c);
  const path = apiPath(["dead-letters", c.req.param("id"), "run"]);
  await runOperation(c, stuckRoutes, { method: "POST", path });
  return seeOther(c, "/dead-letters", "again");
});

deadLetterPages.post("/dead-letters/:id/drop", async (c) => {
  allowed(c, "operator.tenants");
  const sent = await readForm(c);
  const { id, kind } = await readDeadLetter(c.env.DB, c.req.param("id"));
  const asked = await ask(c, sent, () => ({
    title: "Drop this dead letter?",
    consequences: [
      `${KIND_WORDS[kind] ?? kind}: what it asks for is not done by this message any more.`,
    ],
    act: "Drop dead letter",
  }));
  if (asked) return asked;
  await runOperation(c, stuckRoutes, { method: "DELETE", path: apiPath(["dead-letters", id]) });
  return seeOther(c, "/dead-letters", "removed");
});
