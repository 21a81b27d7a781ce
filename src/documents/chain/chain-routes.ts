/** /api/documents/chain: how final documents are chained, and whether they are what was issued. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { canonicalJson } from "../../core/canonical-json.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import {
  chainFaultSchema,
  chainHeadSchema,
  chainPlaceSchema,
} from "../../platform/schema/chain.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { DOCUMENT_KINDS, type DocumentKind } from "../kind/registry.ts";
import { readDocumentOfAnyKind } from "../store/store.ts";
import { documentsBehind, type Series, type SeriesName } from "./chain-store.ts";
import { linkOf, type SealedDocument } from "./content.ts";
import { placeInChain, sealIssuer, verifyDocuments, type WalkPlace } from "./seal.ts";

export const documentChainRoutes = createApi<AppEnv>();

const seriesFields = {
  kind: z.enum(DOCUMENT_KINDS),
  year: z.string().openapi({ example: "2026" }),
  test_tenant_id: z.string().nullable().openapi({
    description: "of documents for a test tenant, which have numbers of their own",
  }),
};
const seriesSchema = z.object(seriesFields);

const showName = ({ kind, year, scope }: SeriesName) => ({
  kind,
  year,
  test_tenant_id: scope === "" ? null : scope,
});

const chainedSeriesSchema = chainHeadSchema
  .extend({
    ...seriesFields,
    length: z.number().int().openapi({ description: "documents that it has" }),
  })
  .openapi("DocumentSeries");

function showSeries(row: Series): z.infer<typeof chainedSeriesSchema> {
  return {
    ...showName(row),
    length: row.last,
    seq: row.sealedSeq,
    hash: row.sealedHash,
    sealed_at: row.sealedSeq === 0 ? null : timeText(row.sealedMs),
  };
}

const KEY_PARTS = 3;

function seriesOf(cursor: string | undefined): SeriesName | null {
  if (cursor === undefined) return null;
  const [scope = "", kind = "", year = ""] = decodeCursor(cursor, KEY_PARTS).map(String);
  return { scope, kind: kind as DocumentKind, year };
}

documentChainRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/documents/chain",
    operationId: "listDocumentSeries",
    summary: "List the number series of documents, each with the head of its chain",
    description:
      "Each final document carries a hash over the one before it in its series and over all of " +
      "it that never changes. Keep the heads elsewhere, too.",
    tags: ["Audit"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(chainedSeriesSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const { tenantId, realMs } = allow(c, "documents.read", "own", "documents");
    const { cursor, limit: asked } = c.req.valid("query");
    const limit = pageLimit(asked);
    const rows = await sealIssuer(c.env.DB, tenantId, {
      after: seriesOf(cursor),
      most: limit + 1,
      nowMs: realMs,
    });
    return c.json(
      pageOf(rows, limit, ({ scope, kind, year }) => [scope, kind, year], showSeries),
      200,
    );
  },
);

const placeSchema = chainPlaceSchema
  .extend({
    ...seriesFields,
    document_id: z.string(),
    length: z.number().int().openapi({ description: "documents of its series so far" }),
    previous_hash: z.string().openapi({ description: "empty for the first one" }),
    fault: chainFaultSchema.nullable().openapi({
      description: "null where it is what was issued, as its hash made again says",
    }),
  })
  .openapi("DocumentPlace");

documentChainRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/documents/{id}/chain",
    operationId: "getDocumentPlace",
    summary: "Read a final document's place in its chain",
    description: "Its number and hash are what anybody can verify it by, at `/verify`.",
    tags: ["Audit"],
    security,
    request: { params: z.object({ id: z.string().max(64) }) },
    responses: { 200: jsonReply(placeSchema, "Its place"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { id } = c.req.valid("param");
    const document = await readDocumentOfAnyKind(c.env.DB, actor, id);
    if (document?.number === null) {
      throw new Problem("resource.conflict", "a draft has no place in a chain: finalize it first");
    }
    const place = document && (await placeInChain(c.env.DB, id, actor.realMs));
    if (!place) throw notFound("document");
    const { seq, hash, length, previousHash, fault } = place;
    const shown = { seq, hash, length, previous_hash: previousHash, fault };
    return c.json({ document_id: id, ...showName(place), ...shown }, 200);
  },
);

const walkSchema = z
  .object({
    checked: z.number().int().openapi({ description: "documents of this step" }),
    next_cursor: z.string().nullable().openapi({
      description: "null at the end; else ask again with it as `cursor`",
    }),
    faults: z
      .array(
        chainFaultSchema.extend({
          series: seriesSchema,
          number: z.string().nullable().openapi({ example: "INV-2026-001" }),
        }),
      )
      .openapi({ description: "the first 20 of this step" }),
  })
  .openapi("DocumentChainWalk");

const WALK_PARTS = 4;

function walkPlaceOf(cursor: string | undefined): WalkPlace | null {
  if (cursor === undefined) return null;
  const [scope, kind, year, seq] = decodeCursor(cursor, WALK_PARTS);
  const name = { scope: String(scope), kind: String(kind) as DocumentKind, year: String(year) };
  return { ...name, seq: Number(seq) || 0 };
}

documentChainRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/documents/chain/verify",
    operationId: "verifyDocuments",
    summary: "Verify the chains of all final documents",
    description: "Makes the hashes of up to 400 documents again and compares, series by series.",
    tags: ["Audit"],
    security,
    request: { body: jsonBody(z.strictObject({ cursor: z.string().max(300).optional() })) },
    responses: { 200: jsonReply(walkSchema, "What was found"), ...problems() },
  }),
  async (c) => {
    const { tenantId, realMs } = allow(c, "documents.read", "own", "documents");
    const from = walkPlaceOf(c.req.valid("json").cursor);
    const { checked, next, faults } = await verifyDocuments(c.env.DB, tenantId, from, realMs);
    const cursor = next && encodeCursor([next.scope, next.kind, next.year, next.seq]);
    const shown = faults.map(({ series, ...fault }) => ({ ...fault, series: showName(series) }));
    return c.json({ checked, next_cursor: cursor, faults: shown }, 200);
  },
);

type Exported = { series: Series; document: SealedDocument };
const columns: ExportColumn<Exported>[] = [
  { name: "kind", text: ({ series }) => series.kind },
  { name: "year", text: ({ series }) => series.year },
  { name: "test_tenant_id", text: ({ series }) => series.scope || null },
  { name: "seq", text: ({ document }) => String(document.seq), number: true },
  { name: "id", text: ({ document }) => document.id },
  { name: "number", text: ({ document }) => document.number },
  { name: "hash", text: ({ document }) => document.hash },
  { name: "content", text: ({ document }) => linkOf(document).text },
];

/** Series that one file has the heads of. */
const MOST_SERIES = 1_000;
const PAGE = 30;

documentChainRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/document-chain",
    operationId: "exportDocumentChain",
    summary: "Export all final documents as they are chained",
    description:
      "Series by series. `content` is what is hashed: all of the document that never changes, as " +
      "JSON in one form. As NDJSON it begins with a line that has the head of each series; `npm " +
      "run audit -- verify --documents --file FILE` checks it without the installation.",
    tags: ["Audit"],
    security,
    request: {
      query: z.strictObject({
        ...formatQuery,
        kind: z.enum(DOCUMENT_KINDS).optional(),
        year: z.string().max(4).optional(),
        test_tenant_id: z.string().max(64).optional(),
        after_seq: z.coerce.number().int().min(0).default(0).openapi({
          description: "of each series, only documents behind this one",
        }),
        limit: z.coerce.number().int().min(1).optional().openapi({
          description: "documents in the file; without it, all, or it breaks off beyond 7,000",
        }),
      }),
    },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const { tenantId, realMs } = allow(c, "documents.read", "own", "documents");
    const { format, kind, year, test_tenant_id: scope, ...range } = c.req.valid("query");
    const all = { after: null, most: MOST_SERIES, nowMs: realMs };
    const series = (await sealIssuer(c.env.DB, tenantId, all)).filter(
      (one) =>
        one.kind === (kind ?? one.kind) &&
        one.year === (year ?? one.year) &&
        one.scope === (scope ?? one.scope),
    );
    const heads = series.map((one) => ({
      ...showName(one),
      seq: one.sealedSeq,
      hash: one.sealedHash,
    }));
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    return sendExport<Exported>(c, {
      format,
      name: "document-chain",
      columns,
      page: PAGE,
      head: canonicalJson({ document_chain: { tenant_id: tenantId, series: heads } }),
      read: async (last, most) => {
        const wanted = Math.min(most, left);
        const found = await readOn(c.env.DB, {
          series,
          first: range.after_seq,
          last,
          most: wanted,
        });
        left -= found.length;
        return found;
      },
    });
  },
);

type Reading = { series: readonly Series[]; first: number; last: Exported | null; most: number };

/** The documents behind one, from its series into the next ones; of each behind the first ones. */
async function readOn(
  db: D1Database,
  { series: all, first, last, most }: Reading,
): Promise<Exported[]> {
  const found: Exported[] = [];
  let after = last?.document.seq ?? first;
  for (const series of all.slice(last ? all.indexOf(last.series) : 0)) {
    const range = { after, until: series.sealedSeq, most: most - found.length };
    const documents = await documentsBehind(db, series, range);
    found.push(...documents.map((document) => ({ series, document })));
    if (found.length === most) break;
    after = first;
  }
  return found;
}
