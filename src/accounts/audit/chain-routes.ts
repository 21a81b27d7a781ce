/** /api/audit/…: the chain of the log, the log as a file, and whether it is what was written. */
import { createRoute, z } from "@hono/zod-openapi";
import { canonicalJson } from "../../core/canonical-json.ts";
import { BEGINNING } from "../../core/chain.ts";
import { parseTime, timeText } from "../../core/time.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import {
  chainFaultSchema,
  chainHeadSchema,
  chainPlaceSchema,
} from "../../platform/schema/chain.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { allow } from "../guard/guard.ts";
import { type AuditHead, hashAt, placeAt, rowsBehind } from "./chain-store.ts";
import { sealLog, verifyLog } from "./seal.ts";
import { ENTRY_FIELDS, entryOf, type SealedEntry } from "./sealed-entry.ts";

export const auditChainRoutes = createApi<AppEnv>();

const HEAD_HEADER = "BoxCost-Audit-Head";

const headSchema = chainHeadSchema
  .extend({
    verified_seq: z.number().int().nullable().openapi({
      description: "how far it was last found whole; null for never",
    }),
    verified_at: z.string().nullable(),
  })
  .openapi("AuditHead");

const placeOf = (head: AuditHead | null) =>
  head ? { seq: head.sealedSeq, hash: head.sealedHash } : BEGINNING;

auditChainRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/audit/head",
    operationId: "getAuditHead",
    summary: "Read the head of the audit log's chain",
    description:
      "The number and hash of its last entry. Who keeps them elsewhere can tell later whether " +
      "anything up to there was changed, removed or inserted.",
    tags: ["Audit"],
    security,
    responses: { 200: jsonReply(headSchema, "The head"), ...problems() },
  }),
  async (c) => {
    const { tenantId, realMs } = allow(c, "audit.read");
    const head = await sealLog(c.env.DB, tenantId, realMs);
    return c.json(
      {
        ...placeOf(head),
        sealed_at: head && head.sealedSeq > 0 ? timeText(head.sealedMs) : null,
        verified_seq: head?.verifiedSeq ?? null,
        verified_at: head?.verifiedMs == null ? null : timeText(head.verifiedMs),
      },
      200,
    );
  },
);

const columns: ExportColumn<SealedEntry>[] = ENTRY_FIELDS.map((name) =>
  name === "seq"
    ? { name, text: (entry) => String(entry.seq), number: true }
    : { name, text: (entry) => entry[name] },
);

/** Rows in one file: within what an export may have. */
const MOST_ROWS = 200_000;
/** Entries with what they changed are long: fewer of them at once. */
const PAGE = 500;

auditChainRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/audit",
    operationId: "exportAudit",
    summary: "Export the audit log, oldest first",
    description:
      "As NDJSON it begins with a line that says whose log it is, behind which entry it begins " +
      "(`after`), with which it ends (`until`), and the head of the chain; `npm run audit -- " +
      "verify --file FILE` checks it without the installation. `detail`, `before` and `after` " +
      `are JSON as text, as they are hashed. The head is also in the header ${HEAD_HEADER}.`,
    tags: ["Audit"],
    security,
    request: {
      query: z.strictObject({
        ...formatQuery,
        start: timeInput.optional().openapi({ description: "inclusive" }),
        end: timeInput.optional().openapi({ description: "exclusive" }),
        after_seq: z.coerce.number().int().min(0).default(0).openapi({
          description: "only entries behind this one; where a longer export goes on",
        }),
        limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(MOST_ROWS),
      }),
    },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const { tenantId, realMs } = allow(c, "audit.read");
    const { format, start, end, after_seq, limit } = c.req.valid("query");
    const db = c.env.DB;
    const head = placeOf(await sealLog(db, tenantId, realMs));
    const first = await placeOfTime(db, tenantId, start, "from");
    const last = await placeOfTime(db, tenantId, end, "until");
    const after = Math.min(Math.max(after_seq, (first ?? head.seq + 1) - 1), head.seq);
    const until = Math.max(after, Math.min(head.seq, last ?? 0, after + limit));
    const place = { seq: after, hash: (await hashAt(db, tenantId, after)) ?? "" };
    const about = { tenant_id: tenantId, after: place, until: { seq: until }, head };
    c.header(HEAD_HEADER, `${head.seq} ${head.hash}`);
    return sendExport<SealedEntry>(c, {
      format,
      name: "audit-log",
      columns,
      page: PAGE,
      head: canonicalJson({ audit_chain: about }),
      read: async (from, most) => {
        const range = { after: from?.seq ?? after, until, most };
        return (await rowsBehind(db, tenantId, range)).map(entryOf);
      },
    });
  },
);

const verifySchema = z.strictObject({
  after_seq: z.number().int().min(0).default(0).openapi({
    description: "`verified.seq` of the step before; 0 begins",
  }),
});

const walkedSchema = z
  .object({
    verified: chainPlaceSchema.openapi({ description: "how far this step came" }),
    head: chainPlaceSchema,
    done: z.boolean().openapi({ description: "false: ask again with `after_seq`" }),
    faults: z.array(chainFaultSchema).openapi({ description: "the first 20 of this step" }),
  })
  .openapi("ChainWalk");

auditChainRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/audit/verify",
    operationId: "verifyAudit",
    summary: "Verify the audit log's chain",
    description:
      "Makes the hashes of up to 5,000 entries again and compares. Where `done` is false, ask " +
      "again with the number that it came to.",
    tags: ["Audit"],
    security,
    request: { body: jsonBody(verifySchema) },
    responses: { 200: jsonReply(walkedSchema, "What was found"), ...problems() },
  }),
  async (c) => {
    const { tenantId, realMs } = allow(c, "audit.read");
    const { after_seq } = c.req.valid("json");
    const at = { after: after_seq, nowMs: realMs };
    const { to, head, done, faults } = await verifyLog(c.env.DB, tenantId, at);
    return c.json({ verified: to, head, done, faults }, 200);
  },
);

/** The place that a time leads to; without a time the first or the last there can be. */
async function placeOfTime(
  db: D1Database,
  tenant: string,
  time: string | undefined,
  side: "from" | "until",
): Promise<number | null> {
  const ms = time === undefined ? null : parseTime(time);
  if (ms === null) return side === "from" ? 1 : Number.MAX_SAFE_INTEGER;
  return placeAt(db, tenant, side === "from" ? { fromMs: ms } : { untilMs: ms });
}
