/** The file of an import: how it is read, its first lines, what of it could not be taken. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { quantityText } from "../../core/quantity.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { listMetrics } from "../../metering/catalogue/catalogue.ts";
import { itemOf } from "../../metering/event/item.ts";
import type { ColumnGuess } from "../../metering/file/guess.ts";
import type { Shown, ShownEvent } from "../../metering/file/shown.ts";
import type { ImportFile } from "../../metering/import/file-store.ts";
import { type FileLook, lookAtFile } from "../../metering/import/import-file.ts";
import { DataTable, type TableRow } from "../component/data-table.tsx";
import { FormField } from "../component/field.ts";
import { Fields, Form } from "../component/form.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { metricChoices } from "../form/choice.ts";
import type { Body, Field, Sent } from "../form/form.ts";
import type { PageContext } from "../page/request.ts";
import {
  COLUMN_FIELDS,
  columnPointer,
  faultText,
  guessedBody,
  optionFields,
  optionsOf,
  sentBody,
} from "./import-options.ts";

/** A file as its form shows it: what is chosen, and the first lines read in that way. */
export type FileForm = { look: FileLook; body: Body; fields: readonly Field[] };

/** The form of an import's file, as it was sent, else by what the file's head tells. */
export async function fileForm(
  c: PageContext,
  actor: Actor,
  id: string,
  sent: Sent | null,
): Promise<FileForm> {
  const [first, { timeZone }, metrics] = await Promise.all([
    lookAtFile(c.env, actor, id, {}),
    issuerOf(c.env, actor),
    listMetrics(c.env.DB, actor.tenantId),
  ]);
  const { columns } = first.guess;
  const body = sent ? sentBody(sent, columns) : guessedBody(first.guess, timeZone);
  const look = await lookAtFile(c.env, actor, id, optionsOf(body, columns));
  const fields = optionFields(columns.length, metricChoices(metrics, String(body.metric ?? "")));
  return { look: { ...look, guess: first.guess }, body, fields };
}

type FormProps = { c: PageContext; path: string; form: FileForm };

/** Which column is what, in which form values are, and the first lines read in that way. */
export function FileSettings({ c, path, form: { look, body, fields } }: FormProps) {
  const { columns, format } = look.guess;
  return (
    <Form action={`${path}/read`} token={c.var.session.formToken} class="import-file">
      {look.countedBefore !== null && (
        <p class="notice warn" role="alert">
          The same file was imported as “{look.countedBefore}” and counts already. Imported again,
          its usage counts twice.
        </p>
      )}
      <h2>
        {look.file.name || "File"}{" "}
        <small class="muted">
          {KINDS[format]}, {c.var.format.count(look.file.bytes)} bytes, {look.encoding}
        </small>
      </h2>
      {columns.length > 0 && <Columns columns={columns} body={body} />}
      <div class="columns">
        <Fields fields={fields} body={body} />
        <Suggestions fields={fields} />
      </div>
      <div class="actions">
        <button type="submit" formaction={`${path}/look`}>
          Update the lines below
        </button>
        <button type="submit" class="primary" data-steps>
          Check the whole file
        </button>
      </div>
      {look.fault !== null ? (
        <p class="notice bad" role="alert">
          {faultText(look.fault)}.
        </p>
      ) : (
        <FirstLines c={c} shown={look.shown} />
      )}
    </Form>
  );
}

const KINDS: Readonly<Record<FileLook["guess"]["format"], string>> = {
  csv: "CSV",
  ndjson: "NDJSON",
  log: "Access log",
  rejects: "Rejected lines of an earlier import",
};

function Columns({ columns, body }: { columns: readonly ColumnGuess[]; body: Body }) {
  return (
    <fieldset>
      <legend>Columns</legend>
      <div class="import-columns">
        {columns.map(({ name, values }, i) => (
          <div>
            <FormField
              field={{
                pointer: columnPointer(i),
                label: name || `Column ${i + 1}`,
                kind: "choice",
                options: COLUMN_FIELDS,
              }}
              body={body}
            />
            <p class="hint">{values.join(" · ") || "empty"}</p>
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function FirstLines({ c, shown }: { c: PageContext; shown: readonly Shown[] }) {
  const rows = shown.flatMap((line): TableRow[] =>
    "fault" in line
      ? [wrongRow(c, line.line, line.fault)]
      : line.events.map((event) => eventRow(c, line.line, event)),
  );
  if (rows.length === 0) return <p class="muted">The file has no lines but its header.</p>;
  return (
    <DataTable
      caption="The first lines as they would be recorded"
      visibleCaption
      columns={[
        { head: "Line", figure: true },
        { head: "Metric" },
        { head: "Quantity", figure: true },
        { head: "Time (UTC)", short: true },
        { head: "User" },
        { head: "ID and metadata", wide: true },
      ]}
      rows={rows}
    />
  );
}

function wrongRow(c: PageContext, line: number, fault: string): TableRow {
  const why = <span class="error">{faultText(fault)}</span>;
  return { class: "wrong", cells: [c.var.format.count(line), "–", "–", "–", "–", why] };
}

function eventRow(c: PageContext, line: number, { text, refused }: ShownEvent): TableRow {
  if (refused !== undefined) return wrongRow(c, line, refused);
  const item = itemOf(parseJsonExactly(text));
  if (!item) return wrongRow(c, line, "it is no event");
  const { format } = c.var;
  return {
    cells: [
      format.count(line),
      item.metric,
      format.decimal(quantityText(BigInt(item.micro))),
      item.atMs === null ? "" : utcText(item.atMs),
      item.userId ?? "",
      <>
        <code>{item.id}</code>
        {item.metadata !== "" && <div class="muted">{String(item.metadata)}</div>}
      </>,
    ],
  };
}

/** A time to the second, as files have it. */
function utcText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

type ReadProps = { c: PageContext; path: string; file: ImportFile; mayWrite: boolean };

/** How far a file was read, and the lines that could not be taken. */
export function FileResult({ c, path, file, mayWrite }: ReadProps) {
  const { format, session } = c.var;
  const isRead = file.readThousandths === 1_000;
  return (
    <section>
      <p>
        {file.name || "The file"}: {format.count(file.lines)} lines were read,{" "}
        {format.count(file.events)} events found
        {file.wrong > 0 && `, ${format.count(file.wrong)} could not be taken`}.{" "}
        {mayWrite && <a href={`${path}?step=columns`}>Read it in another way</a>}
      </p>
      {!isRead && (
        <Form action={`${path}/go-on`} token={session.formToken} class="inline">
          <progress value={file.readThousandths} max={1_000} aria-label="Read of the file">
            {file.readThousandths / 10} %
          </progress>{" "}
          <button type="submit" class="primary" data-steps>
            Go on reading
          </button>
        </Form>
      )}
      {file.errors.length > 0 && (
        <DataTable
          caption={
            file.wrong > file.errors.length
              ? `Lines that were not taken, the first ${file.errors.length} of ${file.wrong}`
              : "Lines that were not taken"
          }
          visibleCaption
          columns={[
            { head: "Line", figure: true },
            { head: "Why", wide: true },
            { head: "What it says", wide: true },
          ]}
          rows={file.errors.map(({ line, text, reason }) => ({
            cells: [format.count(line), faultText(reason), <code>{text}</code>],
          }))}
        />
      )}
    </section>
  );
}
