/** /api/usage/imports/{id}/file: an import that is read from a file. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { MARKS } from "../../metering/file/decimal-mark.ts";
import { ENCODINGS } from "../../metering/file/encoding.ts";
import { FORMATS } from "../../metering/file/format.ts";
import { shownBody } from "../../metering/file/shown.ts";
import { DATE_FORMS } from "../../metering/file/time-form.ts";
import type { ImportFile } from "../../metering/import/file-store.ts";
import {
  type FileLook,
  lookAtFile,
  MAX_FILE_BYTES,
  MAX_LINE_ERRORS,
  putFile,
  readFile,
} from "../../metering/import/import-file.ts";
import type { FileOptions } from "../../metering/import/table.ts";
import { insistMayReadAll } from "../../metering/read/reader.ts";
import { readBytes } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { tenantQuery } from "../correction/correction-routes.ts";
import { actorFor, insistMay } from "../correction/permit.ts";

export const importFileRoutes = createApi<AppEnv>();

const PATH = "/api/usage/imports/{id}/file";
const idParam = z.object({ id: z.string().max(100) });
const file = { schema: { type: "string", format: "binary" } } as const;

const option = (description: string, most = 2_000) =>
  z.string().max(most).optional().openapi({ description });

/** How a file is read, as the import command's options of the same names say it. */
const optionFields = {
  format: z.enum(FORMATS).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  separator: option("of CSV: one character, or `tab`", 3),
  decimal: z.enum(MARKS).optional(),
  dates: z.enum(DATE_FORMS).optional().openapi({
    description: "the order of a date's parts, or what is counted since 1970",
  }),
  zone: option("of times without an offset, such as Europe/Berlin", 50),
  map: option("`field=column,…`; `#2` is the second column"),
  set: option("`field=value,…` that all records share"),
};
const optionsSchema = z
  .strictObject({ ...optionFields, client_field: z.number().int().min(1).max(9).optional() })
  .openapi("UsageImportFileOptions");

function optionsOf({ client_field, ...options }: z.infer<typeof optionsSchema>): FileOptions {
  const given = Object.entries({ ...options, clientField: client_field });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

const fileSchema = z
  .object({
    name: z.string(),
    bytes: z.number().int(),
    lines: z.number().int().openapi({ description: "that were read" }),
    events: z.number().int().openapi({ description: "that were put aside" }),
    wrong: z.number().int().openapi({ description: "lines and events that cannot be taken" }),
    errors: z
      .array(z.object({ line: z.number().int(), text: z.string(), reason: z.string() }))
      .openapi({ description: `the first ${MAX_LINE_ERRORS} of them` }),
    read_percent: z.number(),
  })
  .openapi("UsageImportFile");

function fileBody(row: ImportFile): z.infer<typeof fileSchema> {
  const { name, bytes, lines, events, wrong, errors, readThousandths } = row;
  return { name, bytes, lines, events, wrong, errors, read_percent: readThousandths / 10 };
}

const lookSchema = z
  .object({
    file: fileSchema,
    encoding: z.enum(ENCODINGS),
    format: z.enum(FORMATS),
    separator: z.string().nullable(),
    decimal: z.enum(MARKS).nullable(),
    dates: z.enum(DATE_FORMS).nullable(),
    columns: z
      .array(
        z.object({ name: z.string(), values: z.array(z.string()), field: z.string().nullable() }),
      )
      .openapi({ description: "with some values, and the field that each may be" }),
    shown: z
      .array(z.looseObject({ line: z.number().int() }))
      .openapi({ description: "the first lines as they would be recorded, or why not" }),
    fault: z.string().nullable().openapi({
      description: "why nothing of it can be read in this way",
    }),
    counted_before: z.string().nullable().openapi({
      description: "the import that was read from the same bytes, and counts",
    }),
  })
  .openapi("UsageImportFileLook");

function lookBody(look: FileLook): z.infer<typeof lookSchema> {
  const { format, separator, decimal, dates, columns } = look.guess;
  return {
    file: fileBody(look.file),
    encoding: look.encoding as z.infer<typeof lookSchema>["encoding"],
    format,
    separator,
    decimal,
    dates,
    columns,
    shown: look.shown.map(shownBody) as z.infer<typeof lookSchema>["shown"],
    fault: look.fault,
    counted_before: look.countedBefore,
  };
}

importFileRoutes.openapi(
  createRoute({
    method: "put",
    path: PATH,
    operationId: "putUsageImportFile",
    summary: "Give an open import the file that it is read from",
    description:
      `Its bytes, ${MAX_FILE_BYTES} at most: CSV of any separator and encoding, an event a line ` +
      "as JSON, a web server's access log, or the rejects of an earlier import. The answer says " +
      "what its head tells of it.",
    tags: ["Usage"],
    security,
    request: {
      params: idParam,
      query: z.strictObject({ ...tenantQuery, name: option("of the file", 200) }),
      body: {
        content: { "application/octet-stream": file, "text/csv": file, "text/plain": file },
        required: true,
      },
    },
    responses: { 200: jsonReply(lookSchema, "What it is"), ...problems(404, 409, 413) },
  }),
  async (c) => {
    const author = allow(c, "usage.void", "tenants");
    const { tenant_id, name = "" } = c.req.valid("query");
    const actor = await actorFor(c.env, author, tenant_id);
    const bytes = await readBytes(c, MAX_FILE_BYTES);
    const look = await putFile(c.env, actor, c.req.valid("param").id, { name, bytes });
    return c.json(lookBody(look), 200);
  },
);

importFileRoutes.openapi(
  createRoute({
    method: "get",
    path: PATH,
    operationId: "getUsageImportFile",
    summary: "The first lines of an import's file as they would be recorded",
    tags: ["Usage"],
    security,
    request: {
      params: idParam,
      query: z.strictObject({
        ...tenantQuery,
        ...optionFields,
        client_field: z.coerce.number().int().min(1).max(9).optional(),
      }),
    },
    responses: { 200: jsonReply(lookSchema, "What it is, read in this way"), ...problems(404) },
  }),
  async (c) => {
    const { tenant_id, ...options } = c.req.valid("query");
    const actor = await actorFor(c.env, allow(c, "usage.read", "tenants", "usage"), tenant_id);
    insistMayReadAll(actor);
    const look = await lookAtFile(c.env, actor, c.req.valid("param").id, optionsOf(options));
    return c.json(lookBody(look), 200);
  },
);

importFileRoutes.openapi(
  createRoute({
    method: "post",
    path: `${PATH}/read`,
    operationId: "readUsageImportFile",
    summary: "Put the next thousands of a file's events aside, where they count for nothing",
    description:
      "Ask again until `done`; it goes on where it stopped. Other options than before begin " +
      "anew, and let go what was put aside. Lines that cannot be taken are counted, and the " +
      "first of them named with the reason.",
    tags: ["Usage"],
    security,
    request: {
      params: idParam,
      query: z.strictObject(tenantQuery),
      body: jsonBody(optionsSchema),
    },
    responses: {
      200: jsonReply(
        fileSchema.extend({ done: z.boolean().openapi({ description: "false: ask again" }) }),
        "How far it is",
      ),
      ...problems(404, 409, 413),
    },
  }),
  async (c) => {
    const author = allow(c, "usage.void", "tenants");
    const actor = await actorFor(c.env, author, c.req.valid("query").tenant_id);
    const { id } = c.req.valid("param");
    const insist = (metrics: readonly string[]) =>
      insistMay(c.env, actor, "import", async () => metrics);
    const read = await readFile(c.env, actor, id, optionsOf(c.req.valid("json")), insist);
    return c.json({ ...fileBody(read.file), done: read.done }, 200);
  },
);
