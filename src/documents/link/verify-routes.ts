/** /verify: whether a document is what was issued, for anybody who holds it. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { readBytes } from "../../platform/http/http.ts";
import { chainPlaceSchema } from "../../platform/schema/chain.ts";
import { createApi, jsonReply, problems } from "../../platform/schema/openapi.ts";
import { DOCUMENT_KINDS } from "../kind/registry.ts";
import { type Held, tokenIn, type Verified, verifyHeld } from "./verify.ts";
import { FILE_FIELD, type Typed, verifyPage } from "./verify-page.ts";

export const verifyRoutes = createApi<AppEnv>();

const verifiedSchema = chainPlaceSchema
  .extend({
    result: z.enum(["valid", "voided", "changed"]).openapi({
      description: "`voided`: it is what was issued, and was voided since",
    }),
    kind: z.enum(DOCUMENT_KINDS),
    number: z.string().openapi({ example: "INV-2026-001" }),
    issued_on: z.string().openapi({ example: "2026-11-30" }),
    issuer: z.string().openapi({ example: "Northwind Ltd" }),
    year: z.string().openapi({ example: "2026" }),
    length: z.number().int().openapi({ description: "documents of its series so far" }),
    previous_hash: z.string(),
  })
  .openapi("VerifiedDocument");

/** What is answered of a document that is known: a page for browsers that ask for one. */
const verifiedReply = (description: string) => {
  const reply = jsonReply(verifiedSchema, description);
  return { ...reply, content: { ...reply.content, "text/html": { schema: z.string() } } };
};

const LONGEST = 500;
const query = z.object({
  link: z.string().max(LONGEST).optional().openapi({ description: "a link to it, or its token" }),
  number: z.string().max(LONGEST).optional().openapi({ example: "INV-2026-001" }),
  hash: z.string().max(LONGEST).optional().openapi({
    description: "64 hexadecimal characters, as `GET /api/documents/{id}/chain` says",
  }),
});

verifyRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/verify",
    operationId: "verifyDocument",
    summary: "Verify a document by its link, or by its number and hash",
    description:
      "Needs no key, and says nothing to those who hold neither. A page for browsers that ask " +
      "for one, else JSON.",
    tags: ["Links"],
    request: { query },
    responses: {
      200: verifiedReply("The document is known"),
      ...problems(404, 410),
    },
  }),
);

const HEADERS = { "X-Robots-Tag": "noindex", "Cache-Control": "no-store", Vary: "Accept" };
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'";

/** Of a file: a PDF with all that may be attached to it. */
const MOST_FILE_BYTES = 16_000_000;
/** What a form adds around a file. */
const MOST_FORM_BYTES = MOST_FILE_BYTES + 10_000;

verifyRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/verify",
    operationId: "verifyDocumentFile",
    summary: "Verify a document by its file: the PDF or XML as it came",
    description:
      "Compared byte for byte with the files that were made here, and not kept: 404 where it is " +
      "none of them, as after a change, a signature, or a print of its own. Needs no key. " +
      `${MOST_FILE_BYTES / 1e6} MB at most, as it is, or in the field \`${FILE_FIELD}\` of a form.`,
    tags: ["Links"],
    request: {
      body: {
        required: true,
        content: {
          "application/pdf": { schema: z.string().openapi({ format: "binary" }) },
          "application/xml": { schema: z.string() },
          "multipart/form-data": {
            schema: z.object({ [FILE_FIELD]: z.string().openapi({ format: "binary" }) }),
          },
        },
      },
    },
    responses: {
      200: verifiedReply("It is a file of this document"),
      ...problems(404, 413),
    },
  }),
);

verifyRoutes.use("/verify", async (c, next) => {
  const address = c.req.header("cf-connecting-ip") ?? "local";
  const { success } = await c.env.SHIELD.limit({ key: `verify ${address}` });
  if (!success) {
    const detail = "too many documents were verified from your address; wait a minute";
    throw new Problem("request.rate_limited", detail, { retryAfterSeconds: 60 });
  }
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  await next();
});

verifyRoutes.get("/verify", async (c) => {
  const typed = typedIn(c);
  const held = heldBy(typed);
  if (asksForPage(c)) return answerPage(c, typed, held);
  if (!held) throw invalidField("/query", "has link, or number and hash");
  return c.json(show(await verifyHeld(c.env, held, Date.now())), 200);
});

verifyRoutes.post("/verify", async (c) => {
  const file = await fileIn(c);
  const held = file.length === 0 ? null : { file };
  if (asksForPage(c)) return answerPage(c, { link: "", number: "", hash: "" }, held);
  if (!held) throw invalidField(`/${FILE_FIELD}`, "is a PDF or XML");
  return c.json(show(await verifyHeld(c.env, held, Date.now())), 200);
});

const asksForPage = (c: Context<AppEnv>) => c.req.header("accept")?.includes("text/html") === true;

/** The file that a body is, or that its form has; empty where there is none. */
async function fileIn(c: Context<AppEnv>): Promise<Uint8Array> {
  const type = c.req.header("content-type") ?? "";
  if (!type.startsWith("multipart/form-data")) return readBytes(c, MOST_FILE_BYTES);
  const body = await readBytes(c, MOST_FORM_BYTES);
  const form = await new Response(body, { headers: { "content-type": type } })
    .formData()
    .catch(() => {
      throw new Problem("request.unreadable", "the body is not readable");
    });
  const file = form.get(FILE_FIELD);
  return file instanceof File ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
}

function typedIn(c: Context<AppEnv>): Typed {
  const given = (name: string) => (c.req.query(name) ?? "").trim().slice(0, LONGEST);
  return { link: given("link"), number: given("number"), hash: given("hash").toLowerCase() };
}

function heldBy({ link, number, hash }: Typed): Held | null {
  const token = link === "" ? null : tokenIn(link);
  if (token !== null) return { token };
  return /^[0-9a-f]{64}$/.test(hash) && number !== "" ? { number, hash } : null;
}

const ENDED = "The link has ended. Ask its sender for another one, or for the document's hash.";
const UNKNOWN =
  "There is no such document here. Compare what you entered with what you were given.";
const OTHER_FILE =
  "This file was not made here, or it was changed since. One that was saved anew, printed or " +
  "signed by other software is another file: verify it with its number and hash.";

async function answerPage(c: Context<AppEnv>, typed: Typed, held: Held | null) {
  c.header("Content-Security-Policy", POLICY);
  const isFirst = Object.values(typed).every((text) => text === "");
  if (isFirst && !held) return c.html(verifyPage({ typed, found: null, problem: null }));
  if (!held) {
    const problem =
      "Enter a link to the document, or its number and all 64 characters of its hash.";
    return c.html(verifyPage({ typed, found: null, problem }), 422);
  }
  try {
    const found = await verifyHeld(c.env, held, Date.now());
    return c.html(verifyPage({ typed, found, problem: null }));
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 404 && error.status !== 410)) throw error;
    const problem = error.status === 410 ? ENDED : "file" in held ? OTHER_FILE : UNKNOWN;
    return c.html(verifyPage({ typed, found: null, problem }), error.status);
  }
}

function show({ issuedOn, place, ...found }: Verified): z.infer<typeof verifiedSchema> {
  const { seq, hash, previousHash, length, year } = place;
  return { ...found, issued_on: issuedOn, year, seq, length, hash, previous_hash: previousHash };
}
