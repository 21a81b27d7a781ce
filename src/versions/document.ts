/** The API's document as an older version has it. Pure, but for the document, which it changes. */
import { type ApiVersion, NEWEST_VERSION } from "../core/api-version.ts";
import type { Change, FieldChange } from "./change.ts";
import { changesSince } from "./registry.ts";

type Schema = {
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: unknown[];
};

type Document = {
  info: object;
  components?: { schemas?: Record<string, unknown> };
  webhooks?: Record<string, unknown>;
};

type Webhook = { post?: { requestBody?: { content?: Record<string, { schema?: Schema }> } } };

/** Says in `document`, which is the newest version's, what `version` takes and answers. */
export function documentAt(document: Document, version: ApiVersion): void {
  Object.assign(document.info, { "x-api-version": version });
  if (version === NEWEST_VERSION) return;
  for (const change of changesSince(version).toReversed()) takeBack(document, change);
}

function takeBack({ components, webhooks }: Document, { operations, events }: Change): void {
  const shapes = operations.flatMap(({ asks, answers }) => [
    ...(asks ? [asks] : []),
    ...(answers ? [answers.shape] : []),
  ]);
  for (const { schema, fields } of new Set(shapes)) {
    olderSchema(components?.schemas?.[schema] as Schema | undefined, fields);
  }
  for (const [type, fields] of Object.entries(events)) {
    const { post } = (webhooks?.[type] ?? {}) as Webhook;
    const message = post?.requestBody?.content?.["application/json"]?.schema;
    olderSchema(message?.properties?.data, fields);
  }
}

function olderSchema(schema: Schema | undefined, fields: readonly FieldChange[]): void {
  if (!schema?.properties) return;
  const changes = new Map(fields.map((change) => [change.field, change]));
  const nameOf = (name: string) => changes.get(name)?.was ?? name;
  for (const [name, property] of Object.entries(schema.properties)) {
    const values = Object.entries(changes.get(name)?.values ?? {});
    const older = new Map<unknown, unknown>(values.map(([was, is]) => [is, was]));
    if (property.enum) property.enum = property.enum.map((value) => older.get(value) ?? value);
  }
  const entries = Object.entries(schema.properties);
  schema.properties = Object.fromEntries(entries.map(([name, one]) => [nameOf(name), one]));
  if (schema.required) schema.required = schema.required.map(nameOf);
}
