/** /docs: the OpenAPI document as one page, without scripts and without outside requests. */
import { ERRORS } from "../../core/errors.ts";
import { notesOf, type Schema, schemaText } from "./schema-text.ts";

type Content = Record<string, { schema?: Schema }>;
type Parameter = { name: string; in: string; required?: boolean; schema?: Schema };
type Reference = { $ref: string };
type Operation = {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
};

/** What the page reads of an OpenAPI 3.1 document. */
export type ApiDocument = {
  info: { title: string; version: string; description?: string };
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

type Entry = { method: string; path: string; operation: Operation };

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem }
h2 { margin-top: 3rem } section { border-top: 1px solid var(--line); padding: .5rem 0 1rem }
h3 { margin: .8rem 0 .2rem; font-size: 1rem } code, pre { font: 13px/1.5 ui-monospace, monospace }
pre { overflow-x: auto; padding: .7rem; border: 1px solid var(--line); border-radius: 6px }
table { border-collapse: collapse } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0 }
summary { cursor: pointer } nav ul { columns: 16rem; padding-left: 1rem } a { color: inherit }
.method { text-transform: uppercase; font-weight: 600 }
`;

/** The page of all operations, problems and schemas, grouped by tag. */
export function ReferencePage({ document }: { document: ApiDocument }) {
  const { title, version, description = "" } = document.info;
  const groups = groupByTag(document);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}: API</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <h1>
          {title} <small>{version}</small>
        </h1>
        {description.split("\n\n").map((paragraph) => (
          <p>{paragraph}</p>
        ))}
        <p>
          The same as a document for machines: <a href="/openapi.json">/openapi.json</a>
        </p>
        <nav aria-label="Operations">
          {groups.map(([tag, entries]) => (
            <details open>
              <summary>{tag}</summary>
              <ul>
                {entries.map(({ operation }) => (
                  <li>
                    <a href={`#${operation.operationId}`}>{operation.summary}</a>
                  </li>
                ))}
              </ul>
            </details>
          ))}
        </nav>
        <main>
          {groups.map(([tag, entries]) => (
            <>
              <h2>{tag}</h2>
              {entries.map((entry) => (
                <OperationSection entry={entry} />
              ))}
            </>
          ))}
          <h2 id="problems">Problems</h2>
          <Problems />
          <h2>Schemas</h2>
          {Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => (
            <section id={`schema-${name}`}>
              <h3>{name}</h3>
              <pre tabindex={0}>{schemaText(schema)}</pre>
            </section>
          ))}
        </main>
      </body>
    </html>
  );
}

function groupByTag(document: ApiDocument): [string, Entry[]][] {
  const groups = new Map<string, Entry[]>();
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "Other";
      groups.set(tag, [...(groups.get(tag) ?? []), { method, path, operation }]);
    }
  }
  return [...groups];
}

function OperationSection({ entry }: { entry: Entry }) {
  const { method, path, operation } = entry;
  return (
    <section id={operation.operationId ?? `${method}-${path}`}>
      <h3>{operation.summary}</h3>
      <code>
        <span class="method">{method}</span> {path}
      </code>
      {operation.description ? <p>{operation.description}</p> : null}
      <Parameters list={(operation.parameters ?? []).filter((parameter) => "name" in parameter)} />
      {operation.requestBody ? (
        <details open>
          <summary>Request</summary>
          <Bodies content={operation.requestBody.content} />
        </details>
      ) : null}
      {Object.entries(operation.responses).map(([status, response]) =>
        status < "400" ? (
          <details open>
            <summary>
              {status} {response.description}
            </summary>
            <Bodies content={response.content ?? {}} />
          </details>
        ) : null,
      )}
    </section>
  );
}

function Parameters({ list }: { list: Parameter[] }) {
  if (list.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col">In</th>
          <th scope="col">Type</th>
          <th scope="col">Notes</th>
        </tr>
      </thead>
      <tbody>
        {list.map((parameter) => (
          <tr>
            <td>
              <code>
                {parameter.name}
                {parameter.required ? "" : "?"}
              </code>
            </td>
            <td>{parameter.in}</td>
            <td>
              <code>{schemaText(parameter.schema ?? {})}</code>
            </td>
            <td>{notesOf(parameter.schema ?? {})}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Problems() {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Code</th>
          <th scope="col">Status</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(ERRORS).map(([code, { status, title }]) => (
          <tr>
            <td>
              <code>{code}</code>
            </td>
            <td>{status}</td>
            <td>{title}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Bodies({ content }: { content: Content }) {
  return (
    <>
      {Object.entries(content).map(([type, { schema }]) => (
        <>
          <small>{type}</small>
          <pre tabindex={0}>{schema ? schemaText(schema) : ""}</pre>
        </>
      ))}
    </>
  );
}
