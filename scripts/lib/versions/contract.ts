/**
 * What callers depend on in the API's document: operations, parameters, bodies, answers and
 * messages, without what is only for readers. It is kept of each version, in scripts/lib/versions/
 * kept/, so that a later document can be held against it. Pure.
 */

import type { Schema } from "../../../src/dashboard/reference/document.ts";

export type { Schema };

export type Bodies = Record<string, Schema>;

export type Contract = {
  /** By method and path, or by type of message. */
  operations: Record<string, OperationContract>;
  /** The data of messages, by type. */
  messages: Record<string, Bodies>;
  schemas: Record<string, Schema>;
};

export type OperationContract = {
  /** What clients call it. */
  id: string;
  /** By place and name, as "query limit". */
  parameters: Record<string, { required: boolean; schema: Schema }>;
  /** By content type; `required` where there must be one. */
  body?: { required: boolean; types: Bodies };
  /** Of answers that are no problems, by status and content type. */
  answers: Record<string, Bodies>;
};

type Content = Record<string, { schema?: Schema }>;
type Parameter = {
  name?: string;
  in?: string;
  required?: boolean;
  schema?: Schema;
  $ref?: string;
};
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
};
export type ApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, Schema>; parameters?: Record<string, Parameter> };
};

/** Of the schemas' own words, those that say what a value may be. */
const KEPT = new Set<string>([
  "$ref",
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "items",
  "additionalProperties",
  "anyOf",
  "oneOf",
  "allOf",
] satisfies (keyof Schema)[]);

/** The contract of a document. */
export function contractOf({ paths, webhooks, components }: ApiDocument): Contract {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, OperationContract] => [
      `${method.toUpperCase()} ${path}`,
      operationContract(operation, components.parameters ?? {}),
    ]),
  );
  const messages = Object.entries(webhooks).map(([type, { post }]): [string, Bodies] => [
    type,
    bodiesOf(post.requestBody?.content),
  ]);
  const schemas = Object.entries(components.schemas).map(([name, one]) => [name, schemaOf(one)]);
  return {
    operations: Object.fromEntries(operations.sort(byName)),
    messages: Object.fromEntries(messages.sort(byName)),
    schemas: Object.fromEntries(schemas) as Contract["schemas"],
  };
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function operationContract(operation: Operation, named: Record<string, Parameter>) {
  const { operationId, parameters = [], requestBody, responses } = operation;
  const all = parameters.map((one) => (one.$ref ? (named[lastOf(one.$ref)] ?? one) : one));
  const answers = Object.entries(responses)
    .filter(([status]) => /^[1-3]/.test(status))
    .map(([status, { content }]) => [status, bodiesOf(content)]);
  return {
    id: operationId,
    parameters: Object.fromEntries(
      all.map(({ name, in: place, required = false, schema = {} }) => [
        `${place} ${name}`,
        { required, schema: schemaOf(schema) },
      ]),
    ),
    ...(requestBody
      ? {
          body: {
            required: requestBody.required ?? false,
            types: bodiesOf(requestBody.content),
          },
        }
      : {}),
    answers: Object.fromEntries(answers) as Record<string, Bodies>,
  };
}

function lastOf(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function bodiesOf(content: Content = {}): Bodies {
  const schemas = Object.entries(content).map(([type, { schema }]) => [type, schemaOf(schema)]);
  return Object.fromEntries(schemas) as Bodies;
}

function schemaOf(schema: Schema = {}): Schema {
  const kept = Object.entries(schema).filter(([word]) => KEPT.has(word));
  return Object.fromEntries(kept.map(([word, value]) => [word, inside(word, value)]));
}

function inside(word: string, value: unknown): unknown {
  if (word === "properties") {
    const entries = Object.entries(value as Record<string, Schema>);
    return Object.fromEntries(entries.map(([name, one]) => [name, schemaOf(one)]));
  }
  if (word === "anyOf" || word === "oneOf" || word === "allOf") {
    return (value as Schema[]).map(schemaOf);
  }
  if (word === "required") return [...(value as string[])].sort();
  const isSchema = word === "items" || (word === "additionalProperties" && value !== true);
  return isSchema && typeof value === "object" ? schemaOf(value as Schema) : value;
}

/** A contract as it is kept: JSON with a line for each operation, message and schema. */
export function contractText(contract: Contract): string {
  const parts = Object.entries(contract).map(([part, entries]) => {
    const lines = Object.entries(entries as Record<string, unknown>).map(
      ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    );
    return `${JSON.stringify(part)}: {\n${lines.join(",\n")}\n}`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}
