/** Pure. What an example would send, held to the document: path, parameters, fields of a body. */
import {
  type ApiDocument,
  type Operation,
  refName,
  type Schema,
} from "../../../src/dashboard/reference/document.ts";

/** A request as an example would send it. */
export type Sent = {
  method: string;
  url: string;
  query: Record<string, unknown>;
  body: unknown;
};

/** What a request has that the document does not; empty where it has nothing so. */
export function unknownIn(document: ApiDocument, operationId: string, sent: Sent): string[] {
  const path = new URL(sent.url).pathname;
  const found = Object.entries(document.paths).find(
    ([template, methods]) =>
      matches(template, path) && methods[sent.method]?.operationId === operationId,
  );
  const operation = found?.[1][sent.method];
  if (!operation) return [`${sent.method} ${path} is not ${operationId}`];
  return [...unknownQuery(operation, sent.query), ...unknownFields(document, operation, sent.body)];
}

function matches(template: string, path: string): boolean {
  const parts = template.split("/");
  const given = path.split("/");
  return (
    parts.length === given.length &&
    parts.every((part, i) => part.startsWith("{") || part === given[i])
  );
}

function unknownQuery({ parameters = [] }: Operation, query: Sent["query"]): string[] {
  const known = parameters.filter((one) => one.in === "query").map(({ name }) => name);
  return Object.keys(query)
    .filter((name) => !known.includes(name))
    .map((name) => `no parameter ${name}`);
}

function unknownFields(document: ApiDocument, { requestBody }: Operation, body: unknown): string[] {
  if (body === null || body === undefined) return [];
  const schemas = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => schema ?? []);
  const faults = schemas.map((schema) => unknownAt(document, schema, body, ""));
  return faults.find((found) => found.length === 0) ?? faults[0] ?? ["it takes no body"];
}

/** The fields below `at` of which the schema, and each that is one of its parts, knows nothing. */
function unknownAt(document: ApiDocument, schema: Schema, value: unknown, at: string): string[] {
  const parts = partsOf(document, schema);
  if (Array.isArray(value)) {
    const items: Schema = { anyOf: parts.flatMap((part) => part.items ?? []) };
    return value.flatMap((one, i) => unknownAt(document, items, one, `${at}/${i}`));
  }
  if (typeof value !== "object" || value === null) return [];
  const isOpen = parts.every(({ properties }) => properties === undefined);
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = parts.flatMap(({ properties, additionalProperties: more }) => [
      ...(Object.hasOwn(properties ?? {}, name) ? [properties?.[name] ?? {}] : []),
      ...(typeof more === "object" ? [more] : more === true ? [{}] : []),
    ]);
    if (own.length > 0) return unknownAt(document, { anyOf: own }, inner, `${at}/${name}`);
    return isOpen ? [] : [`no field ${at}/${name}`];
  });
}

/** A schema with all that it is made of. */
function partsOf(document: ApiDocument, schema: Schema): Schema[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [] } = schema;
  const meant = $ref === undefined ? undefined : document.components.schemas[refName($ref)];
  const inner = [...allOf, ...anyOf, ...oneOf, ...(meant ? [meant] : [])];
  return [schema, ...inner.flatMap((part) => partsOf(document, part))];
}
