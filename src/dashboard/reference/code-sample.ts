/**
 * A request of each operation in curl, TypeScript and Python, made from the operation and its
 * examples. TypeScript takes the client where it has the call.
 */
import type { CodeSample, Content, Operation, Parameter } from "./document.ts";
import { pythonLiteral, scriptLiteral } from "./literal.ts";

export type Call = {
  /** Where the installation is reached. */
  url: string;
  method: string;
  path: string;
  operation: Operation;
  /** Of the parameters that may be left out, those that a first request is better with. */
  shown: readonly string[];
  /** True where the client has the operation. */
  inClient: boolean;
};

/** What stands for the caller's key: its environment. */
export const KEY_VARIABLE = "BOXCOST_KEY";

/** The three samples of an operation. */
export function codeSamples(call: Call): CodeSample[] {
  const request = requestOf(call);
  const socket = Object.hasOwn(call.operation.responses, "101");
  const script = socket ? socketScript : call.inClient ? clientScript : fetchScript;
  return [
    { lang: "bash", label: "curl", source: curl(request, socket) },
    { lang: "typescript", label: "TypeScript", source: script(request) },
    { lang: "python", label: "Python", source: socket ? socketPython(request) : python(request) },
  ];
}

type Body =
  | { kind: "json"; type: string; value: unknown }
  | { kind: "file"; type: string; file: string };

type Request = {
  call: Call;
  method: string;
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: Body | null;
  authorized: boolean;
  /** The file that an answer of bytes or text is written to. */
  output: string | null;
  /** True for a list in pages. */
  paged: boolean;
};

function requestOf(call: Call): Request {
  const { operation, method } = call;
  const isShown = ({ required, name }: Parameter) =>
    required === true || name === "limit" || call.shown.includes(name);
  const given = (place: string) =>
    Object.fromEntries(
      (operation.parameters ?? [])
        .filter((one) => one.in === place && one.example !== undefined && isShown(one))
        .map((one): [string, unknown] => [one.name, one.example]),
    );
  const answer = answerOf(operation);
  return {
    call,
    method: method.toUpperCase(),
    params: given("path"),
    query: given("query"),
    body: bodyOf(operation.requestBody?.content),
    authorized: Boolean(operation.security?.length),
    output: outputOf(answer),
    paged: isPage(answer),
  };
}

function bodyOf(content: Content | undefined): Body | null {
  const [type = "", { example = undefined } = {}] = Object.entries(content ?? {})[0] ?? [];
  if (type === "") return null;
  if (/\bjson$/.test(type)) return { kind: "json", type, value: example };
  return { kind: "file", type, file: `file.${EXTENSIONS[type] ?? "bin"}` };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "application/xml": "xml",
  "image/jpeg": "jpg",
  "image/png": "png",
  "text/csv": "csv",
  "text/html": "html",
  "text/xml": "xml",
};

function answerOf({ responses }: Operation): Content {
  const ok = Object.entries(responses).find(([status]) => /^20\d$/.test(status));
  return ok?.[1].content ?? {};
}

function outputOf(answer: Content): string | null {
  const [type = ""] = Object.keys(answer);
  if (type === "" || /\bjson$/.test(type)) return null;
  return `answer.${EXTENSIONS[type] ?? "bin"}`;
}

function isPage(answer: Content): boolean {
  const example = answer["application/json"]?.example;
  return typeof example === "object" && example !== null && "next_cursor" in example;
}

function addressOf({ call, params, query }: Request): string {
  const path = call.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? name)),
  );
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return call.url + path + (search === "" ? "" : `?${search}`);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(request: Request, socket: boolean): string {
  const { method, body, output } = request;
  const verb = method === "GET" || (method === "POST" && body) ? "" : ` -X ${method}`;
  const parts = [`curl${verb} ${shellQuoted(addressOf(request))}`];
  if (request.authorized) parts.push(`-H "Authorization: Bearer $${KEY_VARIABLE}"`);
  if (socket) {
    const key = '"Sec-WebSocket-Key: $(openssl rand -base64 16)"';
    parts.push("--http1.1 -N -H 'Connection: Upgrade' -H 'Upgrade: websocket'");
    parts.push(`-H 'Sec-WebSocket-Version: 13' -H ${key}`);
  }
  if (body) parts.push(`-H 'Content-Type: ${body.type}'`);
  if (body?.kind === "json") parts.push(`-d ${shellQuoted(JSON.stringify(body.value, null, 2))}`);
  if (body?.kind === "file") parts.push(`--data-binary @${body.file}`);
  if (output) parts.push(`-o ${output}`);
  return parts.join(" \\\n  ");
}

function clientScript(request: Request): string {
  const { call, params, query, body, output, paged } = request;
  const name = JSON.stringify(call.operation.operationId);
  const input = [
    ...named("params", params),
    ...named("query", query),
    ...(body ? [`  body: ${scriptBody(body)},\n`] : []),
  ];
  const given = input.length === 0 ? "" : `, {\n${input.join("")}}`;
  const imports = ['import { Client } from "@boxcostpro/client";'];
  if (output) imports.unshift('import { writeFile } from "node:fs/promises";');
  if (body?.kind === "file") imports.unshift('import { readFile } from "node:fs/promises";');
  const client =
    "const client = new Client({\n" +
    `  url: ${JSON.stringify(call.url)},\n  key: process.env.${KEY_VARIABLE} ?? "",\n});\n`;
  const act = paged
    ? `for await (const one of client.each(${name}${given})) {\n  console.log(one);\n}`
    : output
      ? `const bytes = await client.call(${name}${given});\nawait writeFile("${output}", bytes);`
      : hasAnswer(call.operation)
        ? `const answer = await client.call(${name}${given});\nconsole.log(answer);`
        : `await client.call(${name}${given});`;
  return `${imports.join("\n")}\n\n${client}${act}\n`;
}

function hasAnswer(operation: Operation): boolean {
  return Object.keys(answerOf(operation)).length > 0;
}

function named(name: string, values: Record<string, unknown>): string[] {
  if (Object.keys(values).length === 0) return [];
  return [`  ${name}: ${scriptLiteral(values, "  ")},\n`];
}

function scriptBody(body: Body): string {
  if (body.kind === "file") {
    return `new Blob([await readFile("${body.file}")], { type: "${body.type}" })`;
  }
  if (body.type === "application/json") return scriptLiteral(body.value, "  ");
  const json = scriptLiteral(body.value, "  ");
  return `new Blob([JSON.stringify(${json})], { type: "${body.type}" })`;
}

function fetchScript(request: Request): string {
  const { method, body, authorized, output } = request;
  const headers = [
    ...(authorized ? [`    authorization: \`Bearer \${process.env.${KEY_VARIABLE}}\`,\n`] : []),
    ...(body ? [`    "content-type": "${body.type}",\n`] : []),
  ];
  const init = [
    ...(method === "GET" ? [] : [`  method: "${method}",\n`]),
    ...(headers.length === 0 ? [] : [`  headers: {\n${headers.join("")}  },\n`]),
    ...(body?.kind === "json"
      ? [`  body: JSON.stringify(${scriptLiteral(body.value, "  ")}),\n`]
      : []),
  ];
  const given = init.length === 0 ? "" : `, {\n${init.join("")}}`;
  const file = 'import { writeFile } from "node:fs/promises";\n\n';
  const answer = output
    ? `await writeFile("${output}", new Uint8Array(await response.arrayBuffer()));`
    : "console.log(response.status, await response.text());";
  const call = `const response = await fetch(${JSON.stringify(addressOf(request))}${given});\n`;
  return `${output ? file : ""}${call}${answer}\n`;
}

function socketScript({ call }: Request): string {
  return `import { Client } from "@boxcostpro/client";

const url = ${JSON.stringify(call.url)};
const client = new Client({ url, key: process.env.${KEY_VARIABLE} ?? "" });
const { ticket } = await client.call("createLiveTicket");
const socket = new WebSocket(\`\${url.replace(/^http/, "ws")}${call.path}?ticket=\${ticket}\`);
socket.addEventListener("message", ({ data }) => console.log(JSON.parse(data)));
`;
}

function python(request: Request): string {
  const { method, params: _, query, body, authorized, output, call } = request;
  const address = call.url + addressOf({ ...request, query: {} }).slice(call.url.length);
  const headers = {
    ...(authorized ? { Authorization: KEY_VARIABLE } : {}),
    ...(body && body.type !== "application/json" ? { "Content-Type": body.type } : {}),
  };
  const given = [
    ...(Object.keys(query).length === 0 ? [] : [`params=${pythonLiteral(query, "    ")}`]),
    ...(Object.keys(headers).length === 0 ? [] : [`headers=${pythonHeaders(headers)}`]),
    ...pythonBody(body),
  ];
  const lines = [JSON.stringify(address), ...given].map((part) => `    ${part},\n`);
  const json = body?.kind === "json" && body.type !== "application/json";
  const imports = [...(json ? ["import json"] : []), ...(authorized ? ["import os"] : [])];
  const head = imports.length === 0 ? "" : `${imports.join("\n")}\n\n`;
  const answer = output
    ? `with open("${output}", "wb") as file:\n    file.write(response.content)`
    : hasAnswer(call.operation)
      ? "print(response.json())"
      : "print(response.status_code)";
  return (
    `${head}import requests\n\nresponse = requests.${method.toLowerCase()}(\n${lines.join("")})\n` +
    `response.raise_for_status()\n${answer}\n`
  );
}

function pythonHeaders(headers: Record<string, string>): string {
  const entries = Object.entries(headers).map(([name, value]) => {
    const text = name === "Authorization" ? bearer() : JSON.stringify(value);
    return `"${name}": ${text}`;
  });
  if (entries.length < 2) return `{${entries.join("")}}`;
  return `{\n${entries.map((one) => `        ${one},\n`).join("")}    }`;
}

function bearer(): string {
  return `f"Bearer {os.environ['${KEY_VARIABLE}']}"`;
}

function pythonBody(body: Body | null): string[] {
  if (!body) return [];
  if (body.kind === "file") return [`data=open("${body.file}", "rb")`];
  const value = pythonLiteral(body.value, "    ");
  return [body.type === "application/json" ? `json=${value}` : `data=json.dumps(${value})`];
}

function socketPython({ call }: Request): string {
  return `import os

from websockets.sync.client import connect

url = ${JSON.stringify(call.url.replace(/^http/, "ws") + call.path)}
headers = {"Authorization": ${bearer()}}
with connect(url, additional_headers=headers) as socket:
    for message in socket:
        print(message)
`;
}
