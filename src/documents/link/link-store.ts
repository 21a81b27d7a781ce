/** Rows of links, and the key that signs them. */
import { and, asc, eq, gt, isNotNull, isNull, sql } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { assignments, sqlStatement } from "../../platform/db/sql.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { randomToken, seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { SealedPart } from "../../platform/runtime/sealed-part.ts";
import { opened } from "../../platform/runtime/secret.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { documentLinks, documents, type LinkRow, linkKeys } from "../store/table.ts";

const KEY_BYTES = 32;

/** What the key is sealed in. */
const CONTEXT = "link key";

/**
 * The installation's signing key, made on first use; of two at once the first one's stays. It is
 * kept sealed where there is a secret to seal it with, and one of an earlier version is sealed now.
 * Errors: 503 `service.secret_lost`; without its row a new key is made, and earlier links end.
 */
export async function signingKey(env: Env): Promise<string> {
  const { DB: db, DELIVERY_SECRET: secret } = env;
  const row = (await readKeyRow(db)) ?? (await makeKeyRow(env));
  if (row.sealed) return opened(env, CONTEXT, row.secret);
  if (secret) {
    const change = { secret: await seal(secret, CONTEXT, row.secret), sealed: true };
    await orm(db).update(linkKeys).set(change).where(eq(linkKeys.sealed, false));
  }
  return row.secret;
}

/** The key as the one who changes the installation's secret walks it: one row, or none. */
export const SEALED_LINK_KEY: SealedPart = {
  name: "link key",
  atOnce: 200,

  async read(db, after) {
    const row = after === "" ? await readKeyRow(db) : undefined;
    if (!row?.sealed) return [];
    return [{ id: String(row.id), texts: [{ context: CONTEXT, sealed: row.secret }] }];
  },

  write(db, { texts }, [secret = ""]) {
    const asRead = eq(linkKeys.secret, texts[0]?.sealed ?? "");
    return statement(db, orm(db).update(linkKeys).set({ secret }).where(asRead));
  },
};

type LinkKey = typeof linkKeys.$inferSelect;

async function readKeyRow(db: D1Database): Promise<LinkKey | undefined> {
  const [row] = await orm(db).select().from(linkKeys);
  return row;
}

async function makeKeyRow({ DB: db, DELIVERY_SECRET: sealing }: Env): Promise<LinkKey> {
  const plain = randomToken(KEY_BYTES);
  const secret = sealing ? await seal(sealing, CONTEXT, plain) : plain;
  const row = { id: 1, secret, sealed: sealing !== undefined && sealing !== "" };
  await orm(db).insert(linkKeys).values(row).onConflictDoNothing();
  const kept = await readKeyRow(db);
  if (!kept) throw new Error("no signing key");
  return kept;
}

/** The statement of a new link. */
export function insertLink(db: D1Database, row: LinkRow): D1PreparedStatement {
  return statement(db, orm(db).insert(documentLinks).values(row));
}

const LINKS = preparedRead<"documentId" | "after" | "limit", LinkRow>((queries) =>
  queries
    .select()
    .from(documentLinks)
    .where(
      and(
        eq(documentLinks.documentId, sql.placeholder("documentId")),
        gt(documentLinks.id, sql.placeholder("after")),
      ),
    )
    .orderBy(asc(documentLinks.id))
    .limit(sql.placeholder("limit")),
);

/** A document's links, the first one first. */
export function listLinks(
  db: D1Database,
  documentId: string,
  { after, limit }: Slice,
): Promise<LinkRow[]> {
  return rowsOfRead(LINKS(db, { documentId, after: after ?? "", limit }));
}

/** True where a document has a link of this id. */
export async function hasLink(db: D1Database, documentId: string, id: string): Promise<boolean> {
  const [row] = await orm(db)
    .select({ id: documentLinks.id })
    .from(documentLinks)
    .where(and(eq(documentLinks.documentId, documentId), eq(documentLinks.id, id)));
  return row !== undefined;
}

/** The statement that ends a link; one that has ended keeps the time at which it did. */
export function revokeLink(db: D1Database, id: string, atMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(documentLinks)
    .set({ revokedMs: atMs })
    .where(and(eq(documentLinks.id, id), isNull(documentLinks.revokedMs)));
  return statement(db, query);
}

export type LinkTarget = LinkRow & { kind: DocumentKind; scope: string };

/** A link with the kind and scope of what it shows, or null. */
export async function readLink(db: D1Database, id: string): Promise<LinkTarget | null> {
  const [row] = await orm(db)
    .select({ link: documentLinks, kind: documents.kind, scope: documents.scope })
    .from(documentLinks)
    .innerJoin(documents, eq(documents.id, documentLinks.documentId))
    .where(eq(documentLinks.id, id));
  return row ? { ...row.link, kind: row.kind, scope: row.scope } : null;
}

/**
 * A final document's own address as if it were a link, or null: it has no row, and no end but the
 * one in its token.
 */
export async function readOwnLink(db: D1Database, documentId: string): Promise<LinkTarget | null> {
  const { id, issuer, kind, scope, createdMs } = documents;
  const [row] = await orm(db)
    .select({ id, issuer, kind, scope, createdMs })
    .from(documents)
    .where(and(eq(id, documentId), isNotNull(documents.number)));
  if (!row) return null;
  return {
    ...row,
    documentId,
    expiresMs: 0,
    revokedMs: null,
    views: 0,
    viewedMs: null,
    firstViewedMs: null,
  };
}

/** Adds views to many links at once; `counts` are pairs of id and count. */
export function addViews(
  db: D1Database,
  counts: readonly (readonly [string, number])[],
  atMs: number,
): D1PreparedStatement {
  const firstViewedMs = sql`coalesce(${documentLinks.firstViewedMs}, ${atMs})`;
  const set = {
    viewedMs: sql`${atMs}`,
    firstViewedMs,
    views: sql`${documentLinks.views} + seen.n`,
  };
  return sqlStatement(
    db,
    sql`UPDATE ${documentLinks} SET ${assignments(documentLinks, set)}
      FROM (SELECT value ->> 0 AS id, value ->> 1 AS n
            FROM json_each(${JSON.stringify(counts)})) AS seen
      WHERE ${documentLinks.id} = seen.id`,
  );
}
