/** The parts of an OpenAPI 3.1 document that tests read, with its references resolved. Pure. */
export type Schema = {
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
  example?: unknown;
};

export type Content = Record<string, { schema: Schema }>;
export type Parameter = { name: string; in: string; required?: boolean; schema: Schema };
type Ref = { $ref: string };

export type Operation = {
  method: string;
  path: string;
  parameters: Parameter[];
  body: Content | null;
  responses: Record<string, { content?: Content }>;
};

export type ApiDocument = {
  paths: Record<
    string,
    Record<
      string,
      {
        parameters?: (Parameter | Ref)[];
        requestBody?: { content: Content };
        responses: Operation["responses"];
      }
    >
  >;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
};

/** Every operation, its schemas without any reference. */
export function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, given]) => ({
      method: method.toUpperCase(),
      path,
      parameters: (given.parameters ?? []).map((one) => {
        const found = "$ref" in one ? document.components.parameters[lastOf(one.$ref)] : one;
        if (!found) throw new Error(`${method} ${path} names a parameter that is nowhere`);
        return { ...found, schema: resolved(found.schema, document) };
      }),
      body: given.requestBody ? resolvedContent(given.requestBody.content, document) : null,
      responses: Object.fromEntries(
        Object.entries(given.responses).map(([status, { content }]) => [
          status,
          content ? { content: resolvedContent(content, document) } : {},
        ]),
      ),
    })),
  );
}

function lastOf(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function resolvedContent(content: Content, document: ApiDocument): Content {
  const entries = Object.entries(content).map(([type, { schema }]) => [
    type,
    { schema: resolved(schema, document) },
  ]);
  return Object.fromEntries(entries);
}

/** The schema with what it refers to in its place, and `allOf` as the one object that it means. */
function resolved(schema: Schema, document: ApiDocument): Schema {
  const { $ref, allOf, ...rest } = schema;
  if ($ref !== undefined) {
    const target = document.components.schemas[lastOf($ref)];
    if (!target) throw new Error(`${$ref} leads nowhere`);
    return resolved({ ...target, ...rest }, document);
  }
  const own: Schema = { ...rest };
  for (const key of ["items", "additionalProperties"] as const) {
    const inner = rest[key];
    if (typeof inner === "object") own[key] = resolved(inner, document);
  }
  if (rest.properties) {
    const properties = Object.entries(rest.properties);
    own.properties = Object.fromEntries(properties.map(([k, v]) => [k, resolved(v, document)]));
  }
  return (allOf ?? []).map((part) => resolved(part, document)).reduce(merged, own);
}

function merged(a: Schema, b: Schema): Schema {
  return {
    ...a,
    ...b,
    ...(a.properties || b.properties ? { properties: { ...a.properties, ...b.properties } } : {}),
    required: [...(a.required ?? []), ...(b.required ?? [])],
  };
}

/** The schema, where an object holds nothing that it does not name. */
export function closed(schema: Schema): Schema {
  const own: Schema = { ...schema };
  if (schema.items) own.items = closed(schema.items);
  if (typeof schema.additionalProperties === "object") {
    own.additionalProperties = closed(schema.additionalProperties);
  }
  if (schema.properties) {
    const properties = Object.entries(schema.properties);
    own.properties = Object.fromEntries(properties.map(([key, value]) => [key, closed(value)]));
    own.additionalProperties ??= false;
  }
  return own;
}
