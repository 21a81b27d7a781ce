/** What the document routes share. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { Problem } from "../../core/errors.ts";
import { MAX_PAGE, matchesEtag } from "../../platform/http/http.ts";
import { allHeaders, PDF_POLICY, POLICY, stampedAnswer } from "../../platform/http/stamp.ts";
import { pageQuery } from "../../platform/schema/openapi.ts";
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import { STATUSES_TODAY } from "../kind/status.ts";
import { SORTS } from "../lifecycle/list.ts";
import { CUSTOMER_SORTS } from "../party/customer-list.ts";
import { dayInput } from "../schema/field.ts";
import { byteRange } from "./byte-range.ts";

export const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });
export const idOrNumberParam = z.object({
  id: z.string().max(200).openapi({ description: "its id, or its number" }),
});

/** What a list of documents is narrowed to. */
export const filterQuery = {
  ids: z
    .string()
    .max(9_000)
    .refine((text) => text.split(",").length <= MAX_PAGE, `names at most ${MAX_PAGE} documents`)
    .optional()
    .openapi({ description: "ids with commas between them" }),
  status: z.enum(STATUSES_TODAY).optional(),
  customer_id: z.string().max(200).optional(),
  subscription_id: z.string().max(200).optional(),
  issued_from: dayInput.optional(),
  issued_to: dayInput.optional(),
  q: z.string().min(1).max(200).optional().openapi({
    description: "words in its number, names, lines or notes, found as /api/search finds them",
  }),
  role: z
    .enum(["issuer", "recipient"])
    .optional()
    .openapi({ description: "only what the tenant issued, or only what it received" }),
};

export const sortInput = z
  .enum(SORTS)
  .optional()
  .openapi({ description: "`-` first: the reverse; newest first unless given" });

export const customerSortInput = z
  .enum(CUSTOMER_SORTS)
  .optional()
  .openapi({ description: "`-` first: the reverse; newest first unless given" });

export const listQuery = z.strictObject({ ...filterQuery, sort: sortInput, ...pageQuery });

/** A PDF as a response. */
export const pdfReply = {
  description: "The PDF",
  content: { "application/pdf": { schema: z.string().openapi({ format: "binary" }) } },
} as const;

/** What `sendPdf` answers, beside problem 416. */
export const sentPdfReplies = {
  200: pdfReply,
  206: { ...pdfReply, description: "The part of it that Range asks for" },
  304: { description: "The caller has it already" },
} as const;

/** The name of a document's PDF: `Invoice-INV-2026-001.pdf`, or with its id for a draft. */
export function pdfName(kind: DocumentKind, numberOrId: string): string {
  return `${KINDS[kind].fileName}-${numberOrId}.pdf`;
}

export type SentPdf = {
  key: string;
  bytes: Uint8Array | ReadableStream;
  disposition: "attachment" | "inline";
  name: string;
  /** Beside its own. */
  headers?: Record<string, string>;
};

const SENT = { "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes" };
const TYPE = { "Content-Type": "application/pdf" };
const etagOf = ({ key }: SentPdf) => `"${key}"`;
const dispositionOf = ({ disposition, name }: SentPdf) => `${disposition}; filename=${name}`;

/** All that answers of whole PDFs have in common, with headers of their own. */
export function wholePdfHeaders(own: Record<string, string>): Headers {
  return allHeaders({ ...SENT, ...TYPE, [POLICY]: PDF_POLICY, ...own });
}

/**
 * Sends what `sendPdf` does to a request that has no conditions and asks for no part, at less cost:
 * `headers` are `wholePdfHeaders`, made once. Nothing that was set in a context is sent.
 */
export function wholePdf(pdf: SentPdf, headers: Headers): Response {
  const answer = stampedAnswer(pdf.bytes as BodyInit, 200, headers);
  answer.headers.set("ETag", etagOf(pdf));
  answer.headers.set("Content-Disposition", dispositionOf(pdf));
  return answer;
}

/** Whether a request has conditions, or asks for a part. */
export function isConditional({ headers }: Request): boolean {
  return headers.has("if-none-match") || headers.has("range");
}

/**
 * Sends a PDF, the part of it that Range asks for, or 304 where the caller has it.
 * Errors: 416 `request.range_unsatisfiable`.
 */
export async function sendPdf(c: Context<AppEnv>, pdf: SentPdf) {
  const etag = etagOf(pdf);
  const headers = { ETag: etag, ...SENT, ...pdf.headers };
  if (matchesEtag(c, etag)) {
    if (pdf.bytes instanceof ReadableStream) await pdf.bytes.cancel();
    return c.body(null, 304, headers);
  }
  const content = { ...headers, ...TYPE, "Content-Disposition": dispositionOf(pdf) };
  const ifRange = c.req.header("if-range");
  const asked = ifRange === undefined || ifRange === etag ? c.req.header("range") : undefined;
  if (asked === undefined) return c.body(pdf.bytes as ReadableStream, 200, content);
  const bytes = new Uint8Array(await new Response(pdf.bytes as BodyInit).arrayBuffer());
  const size = bytes.length;
  const range = byteRange(asked, size);
  if (range === null) return c.body(bytes, 200, content);
  if (range === "unsatisfiable") {
    c.header("Content-Range", `bytes */${size}`);
    throw new Problem("request.range_unsatisfiable", `the file has ${size} bytes`);
  }
  const { start, end } = range;
  const part = { ...content, "Content-Range": `bytes ${start}-${end - 1}/${size}` };
  return c.body(bytes.slice(start, end), 206, part);
}
