/** The client's types, made from the API's own document. */
import { refName, type Schema } from "../../src/dashboard/reference/document.ts";
import { commentOf, typeText } from "./type-text.ts";

type Parameter = { name: string; in: string; required?: boolean; schema: Schema; $ref?: string };
type Content = Record<string, { schema: Schema }>;
type Operation = {
  operationId: string;
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
};
export type ApiDocument = {
  info: { "x-api-version": string };
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, Schema> };
};

type Named = { method: string; path: string; operation: Operation };

/** The text of client/src/api.ts. */
export function clientTypes(document: ApiDocument): string {
  const operations = operationsOf(document);
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeText(schema)};\n`,
  );
  const table = operations.map(
    ({ method, path, operation }) =>
      `  ${operation.operationId}: ["${method.toUpperCase()}", "${path}"],\n`,
  );
  return [
    "// Made by `npm run client:types` from the API's own document, /openapi.json.\n",
    "/** The version of the API that these types are of, and that the client asks for. */\n" +
      `export const API_VERSION = "${document.info["x-api-version"]}";\n`,
    ...schemas,
    `export const OPERATIONS = {\n${table.join("")}} as const;\n`,
    `export type Operations = {\n${operations.map(operationText).join("")}};\n`,
    `export type WebhookEvent =\n${webhooksOf(document).join("\n")};\n`,
  ].join("\n");
}

/** Calls of the API that answer; the live socket is no such call. */
function operationsOf({ paths }: ApiDocument): Named[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/"))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    )
    .filter(({ operation }) => answersOf(operation).length > 0);
}

function answersOf({ responses }: Operation): { content?: Content }[] {
  return Object.entries(responses).flatMap(([status, answer]) =>
    /^20[0-4]$/.test(status) ? [answer] : [],
  );
}

function operationText({ operation }: Named): string {
  const { operationId, summary, requestBody } = operation;
  const lines = [
    ...parametersText(operation, "path", "params"),
    ...parametersText(operation, "query", "query"),
  ];
  if (requestBody) {
    const mark = requestBody.required ? "" : "?";
    lines.push(`    body${mark}: ${bodyText(requestBody.content)};\n`);
  }
  const results = new Set(answersOf(operation).map(({ content }) => resultText(content)));
  lines.push(`    result: ${[...results].join(" | ")};\n`);
  const comment = summary ? commentOf({ description: summary }, "  ") : "";
  return `${comment}  ${operationId}: {\n${lines.join("")}  };\n`;
}

function parametersText(operation: Operation, place: string, name: string): string[] {
  const given = (operation.parameters ?? []).filter((one) => one.in === place);
  if (given.length === 0) return [];
  const required = given.filter((one) => one.required).map((one) => one.name);
  const properties = Object.fromEntries(given.map((one) => [one.name, one.schema]));
  const text = typeText({ type: "object", properties, required }, "    ");
  return [`    ${name}${required.length > 0 ? "" : "?"}: ${text};\n`];
}

function bodyText(content: Content): string {
  const json = content["application/json"];
  return json ? typeText(json.schema, "    ") : "Blob";
}

function resultText(content: Content | undefined): string {
  const [type = ""] = Object.keys(content ?? {});
  if (type === "") return "undefined";
  if (/\bjson$/.test(type)) return typeText(content?.[type]?.schema, "    ");
  return /^text\/|\bxml$/.test(type) ? "string" : "Uint8Array";
}

function webhooksOf({ webhooks }: ApiDocument): string[] {
  return Object.values(webhooks).map(({ post }) => {
    const schema = post.requestBody?.content["application/json"]?.schema;
    return `  | ${schema?.$ref ? refName(schema.$ref) : typeText(schema, "    ")}`;
  });
}
