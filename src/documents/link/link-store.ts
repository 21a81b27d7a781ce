/** Rows of links, and the key that signs them. */
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { assignments, sqlStatement } from "../../platform/db/sql.ts";
import { randomToken } from "../../platform/runtime/crypto.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { documentLinks, documents, type LinkRow, linkKeys } from "../store/table.ts";

const KEY_BYTES = 32;

/** The installation's signing key, made on first use; of two at once the first one's stays. */
export async function signingKey(db: D1Database): Promise<string> {
  const [, rows] = await db.batch<{ secret: string }>([
    statement(
      db,
      orm(db)
        .insert(linkKeys)
        .values({ id: 1, secret: randomToken(KEY_BYTES) })
        .onConflictDoNothing(),
    ),
    statement(db, orm(db).select().from(linkKeys)),
  ]);
  const secret = rows?.results[0]?.secret;
  if (!secret) throw new Error("no signing key");
  return secret;
}

/** The statement of a new link. */
export function insertLink(db: D1Database, row: LinkRow): D1PreparedStatement {
  return statement(db, orm(db).insert(documentLinks).values(row));
}

/** A document's links, the first one first. */
export async function listLinks(db: D1Database, documentId: string): Promise<LinkRow[]> {
  return orm(db)
    .select()
    .from(documentLinks)
    .where(eq(documentLinks.documentId, documentId))
    .orderBy(asc(documentLinks.id));
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

/** Adds views to many links at once; `counts` are pairs of id and count. */
export function addViews(
  db: D1Database,
  counts: readonly (readonly [string, number])[],
  atMs: number,
): D1PreparedStatement {
  const set = { viewedMs: sql`${atMs}`, views: sql`${documentLinks.views} + seen.n` };
  return sqlStatement(
    db,
    sql`UPDATE ${documentLinks} SET ${assignments(documentLinks, set)}
      FROM (SELECT value ->> 0 AS id, value ->> 1 AS n
            FROM json_each(${JSON.stringify(counts)})) AS seen
      WHERE ${documentLinks.id} = seen.id`,
  );
}
