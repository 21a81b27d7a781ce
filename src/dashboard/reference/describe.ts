/** Completes the API's document for people: tags, examples of bodies and answers, code. Pure. */
import { codeSamples } from "./code-sample.ts";
import type { ApiDocument, Content, Operation, Parameter } from "./document.ts";
import { type Examples, examplesFor } from "./example.ts";
import { messageMeanings } from "./message.ts";
import { ID_PREFIXES, idExample } from "./named-example.ts";
import { queryExamples, requestExamples } from "./request-example.ts";
import { MESSAGES, tagGroups } from "./tags.ts";

/** Adds all of it to `document`; `url` is where its reader reached the installation. */
export function describeDocument(document: ApiDocument, url: string): void {
  const examples = examplesFor(document.components.schemas);
  const bodies = requestExamples();
  const queries = queryExamples();
  document.servers = [{ url, description: "This installation" }];
  describeTags(document);
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      shortenSummary(operation);
      const query = queries[operation.operationId] ?? {};
      for (const parameter of operation.parameters ?? []) {
        if (parameter.in === "query") parameter.example ??= query[parameter.name];
      }
      describeParameters(operation, path, examples);
      describeBodies(operation, bodies[operation.operationId], examples);
      describeAnswers(operation, examples);
      const inClient = path.startsWith("/api/") && isAnswered(operation);
      const call = { url, method, path, operation, inClient, shown: Object.keys(query) };
      operation["x-codeSamples"] = codeSamples(call);
    }
  }
  const meanings = messageMeanings();
  for (const [type, { post }] of Object.entries(document.webhooks)) {
    post.tags = [MESSAGES];
    post.summary = type;
    post.description = meanings[type] ?? `Sent to the endpoints that want ${type}.`;
    describeParameters(post, "", examples);
    describeContent(post.requestBody?.content, examples, "Webhook");
    describeAnswers(post, examples);
  }
}

function describeTags(document: ApiDocument): void {
  const groups = tagGroups();
  const known = new Set(groups.flatMap(({ tags }) => tags.map(([name]) => name)));
  const used = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ tags = [] }) => tags);
  const others = [...new Set(used)].filter((tag) => !known.has(tag));
  document.tags = [
    ...groups.flatMap(({ tags }) => tags.map(([name, description]) => ({ name, description }))),
    ...others.map((name) => ({ name })),
  ];
  document["x-tagGroups"] = groups.map(({ name, tags }) => ({
    name,
    tags: tags.map(([tag]) => tag),
  }));
  if (others.length > 0) document["x-tagGroups"].push({ name: "More", tags: others });
}

/** What a summary says behind its first clause goes to the description. */
function shortenSummary(operation: Operation): void {
  const [summary = "", ...more] = (operation.summary ?? "").split("; ");
  if (more.length === 0) return;
  operation.summary = summary;
  const rest = `${sentence(more.join("; "))}.`;
  operation.description = [rest, operation.description].filter(Boolean).join("\n\n");
}

/** Begins with a capital, unless it begins with code. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Calls of the API that answer; the live socket is no such call. */
function isAnswered({ responses }: Operation): boolean {
  return Object.keys(responses).some((status) => /^20[0-4]$/.test(status));
}

function describeParameters(operation: Operation, path: string, examples: Examples): void {
  for (const parameter of operation.parameters ?? []) {
    if (parameter.$ref) continue;
    if (parameter.description) parameter.description = sentence(parameter.description);
    parameter.example ??= parameterExample(parameter, path, examples);
  }
}

const WEBHOOK_HEADERS: Readonly<Record<string, string>> = {
  "webhook-id": "evt_01m8nsznj0m1v521xvtyb7zfk5",
  "webhook-timestamp": "1796117400",
  "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
};

function parameterExample({ name, in: place, schema }: Parameter, path: string, of: Examples) {
  if (place === "header") return WEBHOOK_HEADERS[name] ?? of(schema ?? {}, name);
  if (place === "query") return of(schema ?? {}, name);
  const before =
    path
      .slice(0, path.indexOf(`{${name}}`))
      .split("/")
      .filter(Boolean)
      .at(-1) ?? "";
  const prefix = ID_PREFIXES[before];
  if (prefix !== undefined && (name === "id" || name === "link")) return idExample(prefix);
  return PATH_EXAMPLES[`${before}.${name}`] ?? of(schema ?? {}, name);
}

const PATH_EXAMPLES: Readonly<Record<string, string>> = {
  "attachments.name": "timesheet.pdf",
  "events.id": "order-1042",
  "metrics.name": "tokens",
};

function describeBodies(operation: Operation, body: unknown, examples: Examples): void {
  for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
    if (!/\bjson$/.test(type) || media.example !== undefined) continue;
    media.example = body ?? examples(media.schema ?? {});
    if (type.endsWith("-batch+json")) media.example = [media.example];
  }
}

function describeAnswers(operation: Operation, examples: Examples): void {
  for (const [status, { content }] of Object.entries(operation.responses)) {
    if (status.startsWith("2")) describeContent(content, examples, "");
  }
}

function describeContent(content: Content | undefined, examples: Examples, within: string): void {
  for (const [type, media] of Object.entries(content ?? {})) {
    if (!/\bjson$/.test(type) || !media.schema || media.example !== undefined) continue;
    media.example = examples(media.schema, "", within);
  }
}
