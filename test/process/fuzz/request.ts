/** Requests from the operations of an OpenAPI document, valid and broken. Pure. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { Operation, Parameter, Schema } from "../../support/document.ts";
import { broken, type Known, NASTY, nasty, rarely, valid } from "./value.ts";

export type Request = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer | null;
};

type Body = { type: string; content: string | Buffer };

/** A frame, tables, a scan and its end, with nothing true in them. */
const JPEG_PIXEL = Buffer.from(
  "ffd8ffe000040000ffc0000b0800010001010111 00ffdb000300ffc4000300ffda0002 01ff0002ffd9".replaceAll(
    " ",
    "",
  ),
  "hex",
);

const PNG_PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" +
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** A request for an operation; `known` are ids that the product gave out. */
export function requestOf(operation: Operation, known: Known): fc.Arbitrary<Request> {
  const parts = fc.record({
    path: pathOf(operation, known),
    query: queryOf(operation, known),
    headers: headersOf(operation),
    body: operation.body ? bodyOf(operation, known) : fc.constant(null),
  });
  return parts.map(({ path, query, headers, body }) => ({
    method: operation.method,
    path: path + (query === "" ? "" : `?${query}`),
    headers:
      body === null || body.type === "" ? headers : { ...headers, "content-type": body.type },
    body: body?.content ?? null,
  }));
}

// `.` and `..` are other paths, and so is an empty segment.
const SEGMENTS = NASTY.map((value) => String(value))
  .filter((text) => !/^\.{0,2}$/.test(text) && text.isWellFormed())
  .map((text) => encodeURIComponent(text.slice(0, 1_000)));

function pathOf(operation: Operation, known: Known): fc.Arbitrary<string> {
  const segments = operation.path.split("/").map((segment, i, all): fc.Arbitrary<string> => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return fc.constant(segment);
    const before = all[i - 1] ?? "";
    const kind = before.endsWith("s") ? before : `${before}s`;
    const choice = operation.parameters.find((one) => one.in === "path" && one.name === name);
    if (choice?.schema.enum) return fc.constantFrom(...choice.schema.enum.map(String), "none");
    const ids = known.get(name === "id" || name === "link" ? kind : `${name}s`) ?? [];
    const others = [...known.values()].flat();
    return fc.oneof(
      { arbitrary: fc.constantFrom(...(ids.length > 0 ? ids : others)), weight: 12 },
      { arbitrary: fc.constantFrom(...others), weight: 1 },
      { arbitrary: fc.constantFrom(...SEGMENTS, "%ff", "%E0%A4%A", "none"), weight: 2 },
    );
  });
  return fc.tuple(...segments).map((all) => all.join("/"));
}

function queryOf(operation: Operation, known: Known): fc.Arbitrary<string> {
  const fields = operation.parameters.filter((one) => one.in === "query");
  const given = fields.map((one) => fieldOf(one, known));
  const wrong = fc.constantFrom(
    "unknown=1",
    "limit=0",
    "limit=1e3",
    "limit=",
    "cursor=bm9uZQ",
    "%=%",
  );
  const some = fc.tuple(...given, rarely(rarely(wrong, ""), ""));
  return some.map((all) => all.filter((one) => one !== "").join("&"));
}

function fieldOf({ name, schema, required = false }: Parameter, known: Known) {
  const choices = schema.anyOf ?? [schema];
  const value = fc.oneof(
    ...choices.map((choice) => ({ arbitrary: valid(choice, known, name), weight: 8 })),
    { arbitrary: nasty, weight: 1 },
  );
  const field = value.map((one) => parametersOf(name, one).join("&"));
  const twice = field.map((one) => `${one}&${one}`);
  const any = fc.oneof({ arbitrary: field, weight: 20 }, { arbitrary: twice, weight: 1 });
  return required ? any : rarely(any, "");
}

/** A list as its parameter repeated, and an object as `name[key]` for each of its keys. */
function parametersOf(name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((one) => parametersOf(name, one));
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, one]) => parametersOf(`${name}[${key}]`, one));
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [[name, text].map((part) => encodeURIComponent(part.toWellFormed())).join("=")];
}

const HEADERS: readonly Record<string, string>[] = [
  { prefer: "respond-async" },
  { prefer: "return=minimal" },
  { range: "bytes=0-9" },
  { range: "bytes=-5" },
  { range: "bytes=9999999-" },
  { range: "bytes=5-1,x" },
  { "if-none-match": "*" },
  { "if-none-match": 'W/"x", "y"' },
  { "if-range": '"x"', range: "bytes=0-9" },
  { accept: "text/html" },
  { "x-request-id": "fuzz 1" },
  { "x-request-id": "x".repeat(65) },
  { "x-forwarded-host": "evil.example" },
  { forwarded: "host=evil.example;proto=https" },
  { origin: "https://evil.example" },
  { "accept-language": "*;q=2, \u00ff" },
  { "content-encoding": "gzip" },
  { "boxcost-tenant": "ten_operator" },
  { "boxcost-tenant": "ten_none" },
  { "boxcost-tenant": "%ff" },
];

function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const keys = fc.oneof(
    fc.uuid(),
    fc.constantFrom("k1", "k2", "", "x".repeat(256), "a b", "\u00fc", "k1, k2"),
  );
  const key = keys.map((value) => ({ "idempotency-key": value }));
  const extra = fc.constantFrom(...HEADERS);
  const write = operation.method !== "GET";
  return fc.oneof(
    { arbitrary: fc.constant({}), weight: 10 },
    { arbitrary: extra, weight: 2 },
    { arbitrary: write ? key : extra, weight: 1 },
  );
}

function bodyOf(operation: Operation, known: Known): fc.Arbitrary<Body> {
  const contents = Object.entries(operation.body ?? {});
  const good = contents.map(([type, { schema }]) => goodBody(type, schema, known));
  return fc.oneof(
    { arbitrary: fc.oneof(...good), weight: 14 },
    { arbitrary: badBody(), weight: 1 },
  );
}

function goodBody(type: string, schema: Schema, known: Known): fc.Arbitrary<Body> {
  const bodyOfText = (content: string | Buffer) => ({ type, content });
  if (type.startsWith("image/")) {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const damaged = bytes.map((some) => Buffer.concat([PNG_PIXEL.subarray(0, 50), some]));
    const cut = fc
      .tuple(fc.constantFrom(PNG_PIXEL, JPEG_PIXEL), fc.nat({ max: 70 }))
      .map(([picture, length]) => picture.subarray(0, length));
    // Its sides and its form, each of which may be anything.
    const resized = fc
      .tuple(fc.integer({ min: 16, max: 28 }), fc.nat({ max: 255 }))
      .map(([at, byte]) => Buffer.from(Uint8Array.from(PNG_PIXEL).with(at, byte)));
    const whole = fc.constantFrom(PNG_PIXEL, JPEG_PIXEL);
    return fc.oneof(whole, damaged, cut, resized).map(bodyOfText);
  }
  const value = valid(schema, known);
  const maybeBroken = fc.oneof(
    { arbitrary: value, weight: 5 },
    { arbitrary: value.chain(broken), weight: 2 },
  );
  if (type !== "application/x-ndjson") return maybeBroken.map(asJson).map(bodyOfText);
  const lines = fc.array(fc.oneof(maybeBroken.map(asJson), fc.constant("{")), { maxLength: 5 });
  return lines.map((all) => all.join("\n")).map(bodyOfText);
}

function asJson(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

/** What is no body of any operation. */
function badBody(): fc.Arbitrary<Body> {
  const json = [
    "",
    "{",
    "nul",
    "null",
    "[]",
    '"text"',
    "1e400",
    '{"a":1,}',
    '{"a":1,"a":2}',
    '{"__proto__":{"role":"owner"}}',
    "[".repeat(50_000),
    `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
    `{"a":"${"x".repeat(1_100_000)}"}`,
    Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    "\ufeff{}",
  ];
  const types = ["text/plain", "application/xml", "multipart/form-data", "", "application/json; x"];
  return fc.oneof(
    fc.constantFrom(...json).map((content) => ({ type: "application/json", content })),
    fc.constantFrom(...types).map((type) => ({ type, content: '{"a":1}' })),
  );
}
