/** /dashboard/usage/imports: usage from files, looked at before it counts, and undone. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { previewImport } from "../../billing/import/import.ts";
import { importFileRoutes } from "../../billing/import/import-file-routes.ts";
import { importRoutes } from "../../billing/import/import-routes.ts";
import { Problem } from "../../core/errors.ts";
import { BACK_DAYS } from "../../metering/event/window.ts";
import { readImportFile } from "../../metering/import/file-store.ts";
import { importOf } from "../../metering/import/import.ts";
import { fileOf, MAX_FILE_BYTES } from "../../metering/import/import-file.ts";
import { type Import, listImports } from "../../metering/import/import-store.ts";
import type { FileOptions } from "../../metering/import/table.ts";
import { readsAll } from "../../metering/read/reader.ts";
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
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { bodyOf, type Field, type Sent } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  originOf,
  type PageContext,
  type PageEnv,
  readFileForm,
  readForm,
  seeOther,
  type FileForm as Uploaded,
} from "../page/request.ts";
import { FileResult, FileSettings, fileForm } from "./import-file.tsx";
import { optionsOf } from "./import-options.ts";
import { UsageTabs } from "./tabs.tsx";

export const importPages = new Hono<PageEnv>();

const PATH = "/usage/imports";
const NAME: Field = {
  pointer: "/name",
  label: "Name",
  kind: "line",
  placeholder: "2025, from the old system",
  hint: "The file's name unless you give another",
};
const FILE = "/file";
/** Operations that one press runs: they read or commit 50,000 events, or take 2,000 back. */
const ROUNDS = 10;
/** By this header the script says that it asks for one operation after the other. */
const STEP_HEADER = "x-step";

importPages.get(PATH, (c) => listPage(c, allowed(c, "usage.read"), {}));

importPages.post(PATH, async (c) => {
  const actor = allowed(c, "usage.void");
  const uploaded = await readFileForm(c, FILE, MAX_FILE_BYTES);
  const given = bodyOf([NAME], uploaded.sent);
  const values = { ...given, name: given.name ?? nameOfFile(uploaded.name) };
  let id = "";
  try {
    const path = apiPath(["usage", "imports"]);
    const made = await runOperation(c, importRoutes, { method: "POST", path, body: values });
    id = String(made.id);
  } catch (error) {
    return listPage(c, actor, { values, refused: refusalOf(error) });
  }
  return putFile(c, actor, id, uploaded);
});

function nameOfFile(name: string): string | undefined {
  const bare = name
    .replace(/\.\w{1,6}$/, "")
    .trim()
    .slice(0, 80);
  return bare === "" ? undefined : bare;
}

/** Gives an import the file that was uploaded, where there is one. */
async function putFile(
  c: PageContext,
  actor: Actor,
  id: string,
  { name, bytes }: Uploaded,
): Promise<Response> {
  if (name === "" && bytes.length === 0) return seeOther(c, `${PATH}/${id}`, "created");
  try {
    const path = apiPath(["usage", "imports", id, "file"], { name: name.slice(0, 200) });
    const type = "application/octet-stream";
    await runOperation(c, importFileRoutes, { method: "PUT", path, body: bytes, type });
    return c.redirect(`/dashboard${PATH}/${id}`, 303);
  } catch (error) {
    return importPage(c, actor, id, { refused: refusedHere(error) });
  }
}

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
        Usage from a file, however old, is staged under a name first, where it counts for nothing.
        You see its first lines, its errors and what it would bill before you commit it, and can
        revert it afterwards. Running systems record usage of the last {BACK_DAYS} days themselves.
      </p>
      {data.length > 0 ? <Imports c={c} rows={data} /> : <EmptyState title="No imports yet" />}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
      />
      <Permitted role={actor.role} needs="usage.void" label="Start an import" act="import usage">
        <section class="card narrow">
          <h2>Start an import</h2>
          <Refusal refused={refused} fields={[NAME.pointer]} />
          <Form action={`/dashboard${PATH}`} token={c.var.session.formToken} upload>
            <FileInput />
            <Fields fields={[NAME]} body={values ?? {}} refused={refused} />
            <button type="submit" class="primary">
              Start
            </button>
          </Form>
        </section>
      </Permitted>
    </>,
  );
}

function FileInput() {
  return (
    <div class="field">
      <label for="f-file">File</label>
      <input
        id="f-file"
        type="file"
        name={FILE}
        accept=".csv,.tsv,.txt,.log,.ndjson,.jsonl,text/*"
        aria-describedby="f-file-hint"
      />
      <p class="hint" id="f-file-hint">
        CSV from a spreadsheet, NDJSON, or a web server's access log; 10 MB and 50,000 events at
        most
      </p>
    </div>
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
  importPage(c, allowed(c, "usage.read"), c.req.param("id"), {
    rereads: c.req.query("step") === "columns",
  }),
);

importPages.post(`${PATH}/:id/file`, async (c) => {
  const actor = allowed(c, "usage.void");
  const uploaded = await readFileForm(c, FILE, MAX_FILE_BYTES);
  const { id } = await importOf(c.env, actor, c.req.param("id"));
  return putFile(c, actor, id, uploaded);
});

// No operation of the API changes anything here: the first lines, read as the form says.
importPages.post(`${PATH}/:id/look`, async (c) => {
  const actor = allowed(c, "usage.void");
  return importPage(c, actor, c.req.param("id"), { sent: await readForm(c) });
});

importPages.post(`${PATH}/:id/:action{read|go-on}`, async (c) => {
  const actor = allowed(c, "usage.void");
  const { id, action } = c.req.param();
  const sent = await readForm(c);
  const isStep = c.req.header(STEP_HEADER) !== undefined;
  try {
    const body = await optionsFor(c, actor, id, action === "read" ? sent : null);
    const path = apiPath(["usage", "imports", id, "file", "read"]);
    for (let round = 0; round < (isStep ? 1 : ROUNDS); round++) {
      const read = await runOperation(c, importFileRoutes, { method: "POST", path, body });
      const to = `/dashboard${PATH}/${id}`;
      if (isStep) return c.json({ percent: Number(read.read_percent), done: read.done, to });
      if (read.done) return c.redirect(to, 303);
    }
    return seeOther(c, `${PATH}/${id}`, "unfinished");
  } catch (error) {
    const refused = refusedHere(error);
    // The script sends the form as it is then, and what was refused is shown.
    return isStep ? c.json({ refused: true }) : importPage(c, actor, id, { sent, refused });
  }
});

/** What is refused here is shown here: also what is the operator's to import, and too much. */
function refusedHere(error: unknown): Refused {
  const isShown = error instanceof Problem && [403, 413].includes(error.status);
  return isShown ? { detail: error.message, errors: [] } : refusalOf(error);
}

/** As the operation takes them: by the form, or as the file was read so far. */
async function optionsFor(
  c: PageContext,
  actor: Actor,
  id: string,
  sent: Sent | null,
): Promise<Record<string, unknown>> {
  const asked = ({ clientField, ...options }: FileOptions) =>
    clientField === undefined ? options : { ...options, client_field: clientField };
  if (!sent) return asked((await fileOf(c.env, actor, id)).options);
  const { look, body } = await fileForm(c, actor, id, sent);
  return asked(optionsOf(body, look.guess.columns));
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
    return importPage(c, actor, id, { refused: refusedHere(error) });
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

/** What an import's page shows beside the import: what was sent of its file's form, and refused. */
type Shown = { sent?: Sent; refused?: Refused; rereads?: boolean };

async function importPage(c: PageContext, actor: Actor, id: string, shown: Shown) {
  const { refused, sent = null, rereads = false } = shown;
  const imported = await importOf(c.env, actor, id);
  const kept = await readImportFile(c.env.DB, imported.id);
  // Lines name whose usage they are.
  const file = kept && !readsAll(actor) ? { ...kept, errors: [] } : kept;
  const mayWrite = may(actor.role, "usage.void");
  const isOpen = imported.status === "open";
  const isUnread = file !== null && file.readThousandths === 0;
  const asksHow = file !== null && isOpen && mayWrite && (isUnread || rereads || sent !== null);
  const form = asksHow ? await fileForm(c, actor, id, sent) : null;
  const path = `/dashboard${PATH}/${imported.id}`;
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
      <Head c={c} imported={imported} path={path} hasForm={form !== null} />
      <Refusal refused={refused} fields={[]} />
      {form ? (
        <FileSettings c={c} path={path} form={form} />
      ) : (
        <Contents c={c} imported={imported} />
      )}
      {!form && file && <FileResult c={c} path={path} file={file} mayWrite={mayWrite && isOpen} />}
      {!form && isOpen && <Settlements c={c} {...(await previewImport(c.env, actor, id))} />}
      {!form && mayWrite && isOpen && !file && <AddEvents c={c} path={path} id={id} />}
    </>,
  );
}

type HeadProps = {
  c: PageContext;
  imported: Import;
  path: string;
  /** True while it is still asked how its file is read. */
  hasForm: boolean;
};

function Head({ c, imported, path, hasForm }: HeadProps) {
  const waits = imported.status === "open" || imported.status === "committing";
  const button = { token: c.var.session.formToken };
  return (
    <div class="head">
      <h1>
        {imported.name} <Badge state={imported.status} />
      </h1>
      <Permitted
        role={c.var.actor.role}
        needs="usage.void"
        label="Commit or undo"
        act="commit or undo imports"
      >
        <div class="actions">
          {waits && !hasForm && imported.staged > 0 && (
            <ActionButton {...button} action={`${path}/commit`} label="Commit" asks primary />
          )}
          {(imported.status !== "reverted" || imported.recorded > 0) && (
            <ActionButton
              {...button}
              action={`${path}/revert`}
              label={imported.recorded > 0 ? "Undo import" : "Discard"}
              asks
              danger
            />
          )}
        </div>
      </Permitted>
    </div>
  );
}

function Contents({ c, imported }: { c: PageContext; imported: Import }) {
  const { count } = c.var.format;
  return (
    <dl class="cards">
      <Card name="Staged" value={count(imported.staged)} />
      <Card name="Counted" value={count(imported.recorded)} />
      <Card name="Refused" value={count(imported.refused)} />
      <Card name="Reverted" value={count(imported.voided)} />
    </dl>
  );
}

type SettledProps = { c: PageContext } & Awaited<ReturnType<typeof previewImport>>;

/** What each closed period would settle if the import counted. */
function Settlements({ c, outside, running, differences, leftOut, imported }: SettledProps) {
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
      {running && (
        <p>
          The current period, {format.span(running.period.startMs, running.period.endMs)}, would
          bill <strong>{format.money(running.minor, running.currency)}</strong> more for{" "}
          {format.count(running.events)} of the events.
        </p>
      )}
      <p class="muted">
        {differences.length + leftOut === 0 && "No closed period would be billed otherwise. "}
        {leftOut > 0 &&
          `${format.count(leftOut)} of the closed periods cannot be settled now, and will be ` +
            "once the operator has put right what fails. "}
        {format.count(outside)} of the events lie in no period, and are not billed.
      </p>
    </section>
  );
}

function AddEvents({ c, path, id }: { c: PageContext; path: string; id: string }) {
  return (
    <section>
      <Form action={`${path}/file`} token={c.var.session.formToken} class="card narrow" upload>
        <h2>Add a file</h2>
        <FileInput />
        <button type="submit" class="primary">
          Upload
        </button>
      </Form>
      <EmptyState
        title="From your own code"
        command={
          `curl ${originOf(c)}/api/usage/imports/${id}/events ` +
          `-H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json' -d ` +
          `'{"events": [{"id": "1", "metric_name": "api_calls", "quantity": 5, ` +
          `"timestamp": "2025-01-31T12:00:00Z"}]}'`
        }
      >
        <p>It can stage as many events as an import holds, 2,000 at a time.</p>
      </EmptyState>
    </section>
  );
}
