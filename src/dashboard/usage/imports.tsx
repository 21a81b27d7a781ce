/** /dashboard/usage/imports: usage that is older than the recording window. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { previewImport } from "../../billing/import/import.ts";
import { importRoutes } from "../../billing/import/import-routes.ts";
import { invalidField } from "../../core/errors.ts";
import { BACK_DAYS } from "../../metering/event/window.ts";
import { importOf } from "../../metering/import/import.ts";
import { type Import, listImports } from "../../metering/import/import-store.ts";
import { Badge } from "../component/badge.tsx";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import {
  ActionButton,
  Fields,
  Form,
  type FormState,
  Refusal,
  type Refused,
} from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import type { Question } from "../component/question.tsx";
import { bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  originOf,
  type PageContext,
  type PageEnv,
  readForm,
  readUpload,
  seeOther,
} from "../page/request.ts";
import { UsageTabs } from "./tabs.tsx";

export const importPages = new Hono<PageEnv>();

const PATH = "/usage/imports";
const NAME: Field = {
  pointer: "/name",
  label: "Name",
  kind: "line",
  required: true,
  placeholder: "2025, from the old system",
};
const MAX_FILE_BYTES = 900_000;
/** Operations that one press runs: they commit some 10,000 events, or take 2,000 back. */
const ROUNDS = 10;

importPages.get(PATH, (c) => listPage(c, allowed(c, "usage.read"), {}));

importPages.post(PATH, async (c) => {
  const actor = allowed(c, "usage.void");
  const values = bodyOf([NAME], await readForm(c));
  try {
    const { id } = await runOperation(c, importRoutes, {
      method: "POST",
      path: apiPath(["usage", "imports"]),
      body: values,
    });
    return seeOther(c, `${PATH}/${id}`, "created");
  } catch (error) {
    return listPage(c, actor, { values, refused: refusalOf(error) });
  }
});

async function listPage(c: PageContext, actor: Actor, { values, refused }: FormState) {
  const { cursor } = c.req.query();
  const { data, next_cursor } = await readPage(
    cursor,
    (before, limit) => listImports(c.env.DB, actor.tenantId, { before, limit }),
    ({ id }) => id,
  );
  return page(
    c,
    { title: "Imports", section: "usage", status: refused ? 422 : 200 },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <p class="lead">
        Usage older than {BACK_DAYS} days is staged under a name first, where it counts for nothing.
        You see what it would bill before you commit it, and can revert it afterwards.
      </p>
      {data.length > 0 ? <Imports c={c} rows={data} /> : <EmptyState title="No imports yet" />}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
      />
      {may(actor.role, "usage.void") && (
        <section class="card narrow">
          <h2>Start an import</h2>
          <Refusal refused={refused} fields={[NAME.pointer]} />
          <Form action={`/dashboard${PATH}`} token={c.var.session.formToken}>
            <Fields fields={[NAME]} body={values ?? {}} refused={refused} />
            <button type="submit" class="primary">
              Start
            </button>
          </Form>
        </section>
      )}
    </>,
  );
}

function Imports({ c, rows }: { c: PageContext; rows: readonly Import[] }) {
  const { format } = c.var;
  const figure = (head: string) => ({ head, figure: true });
  return (
    <DataTable
      caption="Imports"
      columns={[
        { head: "Name", wide: true },
        ...["Staged", "Counted", "Refused", "Reverted"].map(figure),
        { head: "Started" },
        { head: "Status" },
      ]}
      rows={rows.map((row) => ({
        cells: [
          <a href={`/dashboard${PATH}/${row.id}`}>{row.name}</a>,
          ...[row.staged, row.recorded, row.refused, row.voided].map((n) => format.count(n)),
          format.day(row.createdMs),
          <Badge state={row.status} />,
        ],
      }))}
    />
  );
}

importPages.get(`${PATH}/:id`, (c) =>
  importPage(c, allowed(c, "usage.read"), c.req.param("id"), null),
);

importPages.post(`${PATH}/:id/events`, async (c) => {
  const actor = allowed(c, "usage.void");
  const id = c.req.param("id");
  const sent = await readUpload(c, "file", MAX_FILE_BYTES);
  try {
    const path = apiPath(["usage", "imports", id, "events"]);
    const body = { events: eventsIn(new TextDecoder().decode(sent)) };
    await runOperation(c, importRoutes, { method: "POST", path, body });
    return seeOther(c, `${PATH}/${id}`, "saved");
  } catch (error) {
    return importPage(c, actor, id, refusalOf(error));
  }
});

/** The events of a file with a JSON object a line. Errors: 422 naming the line that is no JSON. */
function eventsIn(text: string): unknown[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, n) => {
    try {
      return JSON.parse(line);
    } catch {
      throw invalidField(`/events/${n}`, "is no JSON");
    }
  });
}

importPages.post(`${PATH}/:id/:action{commit|revert}`, async (c) => {
  const actor = allowed(c, "usage.void");
  const { id, action } = c.req.param();
  const sent = await readForm(c);
  try {
    const asked = await ask(c, sent, () => importQuestion(c, actor, id, action));
    if (asked) return asked;
    const path = apiPath(["usage", "imports", id, action]);
    for (let round = 0; round < ROUNDS; round++) {
      const { done } = await runOperation(c, importRoutes, { method: "POST", path });
      if (done) {
        return seeOther(c, `${PATH}/${id}`, action === "commit" ? "committed" : "reverted");
      }
    }
    return seeOther(c, `${PATH}/${id}`, "unfinished");
  } catch (error) {
    return importPage(c, actor, id, refusalOf(error));
  }
});

async function importQuestion(
  c: PageContext,
  actor: Actor,
  id: string,
  action: string,
): Promise<Question> {
  const { name, staged, recorded } = await importOf(c.env, actor, id);
  const count = (n: number) => `${c.var.format.count(n)} ${n === 1 ? "event" : "events"}`;
  if (action === "commit") {
    return {
      title: `Commit ${name}?`,
      consequences: [
        `${count(staged)} count from now on. Closed periods settle them with their next closing.`,
      ],
      act: "Commit import",
      undo: "You can revert the import afterwards.",
      harmless: true,
    };
  }
  return {
    title: `Revert ${name}?`,
    consequences: [
      `Voids ${count(recorded)} that count now, and discards ${count(staged)} that do not yet.`,
    ],
    act: "Revert import",
  };
}

async function importPage(c: PageContext, actor: Actor, id: string, refused: Refused | null) {
  const imported = await importOf(c.env, actor, id);
  const { format, session } = c.var;
  const path = `/dashboard${PATH}/${id}`;
  const mayWrite = may(actor.role, "usage.void");
  const waits = imported.status === "open" || imported.status === "committing";
  const button = { token: session.formToken };
  return page(
    c,
    {
      title: imported.name,
      section: "usage",
      status: refused ? 422 : 200,
      undo: mayWrite ? { committed: { action: `${path}/revert` } } : {},
    },
    <>
      <p class="muted">
        <a href={`/dashboard${PATH}`}>Imports</a>
      </p>
      <div class="head">
        <h1>
          {imported.name} <Badge state={imported.status} />
        </h1>
        {mayWrite && (
          <div class="actions">
            {waits && (
              <ActionButton {...button} action={`${path}/commit`} label="Commit" asks primary />
            )}
            {(imported.status !== "reverted" || imported.recorded > 0) && (
              <ActionButton {...button} action={`${path}/revert`} label="Revert" asks danger />
            )}
          </div>
        )}
      </div>
      <Refusal refused={refused} fields={[]} />
      <dl class="cards">
        <Card name="Staged" value={format.count(imported.staged)} />
        <Card name="Counted" value={format.count(imported.recorded)} />
        <Card name="Refused" value={format.count(imported.refused)} />
        <Card name="Reverted" value={format.count(imported.voided)} />
      </dl>
      {imported.status === "open" && (
        <Settlements c={c} {...(await previewImport(c.env, actor, id))} />
      )}
      {mayWrite && imported.status === "open" && <AddEvents c={c} path={path} id={id} />}
    </>,
  );
}

type SettledProps = { c: PageContext } & Awaited<ReturnType<typeof previewImport>>;

/** What each closed period would settle if the import counted. */
function Settlements({ c, outside, differences, leftOut, imported }: SettledProps) {
  const { format } = c.var;
  if (imported.staged === 0) return null;
  return (
    <section>
      {differences.length > 0 && (
        <DataTable
          caption="What it would settle"
          visibleCaption
          columns={[
            { head: "Period" },
            { head: "Calculation", wide: true },
            { head: "Amount", figure: true },
          ]}
          rows={differences.map(({ period, line, differenceMinor }) => ({
            cells: [
              format.span(period.startMs, period.endMs),
              line.arithmetic,
              format.money(differenceMinor, period.currency),
            ],
          }))}
        />
      )}
      <p class="muted">
        {differences.length + leftOut === 0 && "No closed period would be billed otherwise. "}
        {leftOut > 0 &&
          `${format.count(leftOut)} of the closed periods cannot be settled now, and will be ` +
            "once the operator has put right what fails. "}
        {format.count(outside)} of the events lie in no closed period.
      </p>
    </section>
  );
}

function AddEvents({ c, path, id }: { c: PageContext; path: string; id: string }) {
  return (
    <section>
      <Form action={`${path}/events`} token={c.var.session.formToken} class="card narrow" upload>
        <h2>Put events aside</h2>
        <div class="field">
          <label for="file">File</label>
          <input id="file" type="file" name="file" />
          <p class="hint">
            an event a line as JSON, with id, metric_name, quantity and timestamp; at most 2,000 and
            900,000 bytes a file
          </p>
        </div>
        <button type="submit">Add them</button>
      </Form>
      <EmptyState
        title="More of them"
        command={
          `curl ${originOf(c)}/api/usage/imports/${id}/events ` +
          `-H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json' -d ` +
          `'{"events": [{"id": "1", "metric_name": "api_calls", "quantity": 5, ` +
          `"timestamp": "2025-01-31T12:00:00Z"}]}'`
        }
      >
        <p>Your code can send as many as you have, 2,000 at a time.</p>
      </EmptyState>
    </section>
  );
}
