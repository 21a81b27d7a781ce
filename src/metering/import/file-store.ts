/** Rows of the files that imports are read from. Owns `usage_import_files`. */
import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import {
  type FileOptions,
  type LineError,
  usageImportEvents,
  usageImportFiles,
  usageImports,
} from "./table.ts";

/** A file, how it is read, and how far it was. */
export type ImportFile = {
  importId: string;
  name: string;
  bytes: number;
  digest: string;
  options: FileOptions;
  lines: number;
  events: number;
  wrong: number;
  errors: LineError[];
  readThousandths: number;
};

/** How far a file was read. */
export type FileProgress = Pick<
  ImportFile,
  "lines" | "events" | "wrong" | "errors" | "readThousandths"
>;

const UNREAD: FileProgress = { lines: 0, events: 0, wrong: 0, errors: [], readThousandths: 0 };

/** The file of an import, or null. */
export async function readImportFile(db: D1Database, importId: string): Promise<ImportFile | null> {
  const [row] = await orm(db)
    .select()
    .from(usageImportFiles)
    .where(eq(usageImportFiles.importId, importId));
  return row ?? null;
}

/** Gives an import a file, in place of the one that it had. */
export function putImportFile(
  db: D1Database,
  file: Pick<ImportFile, "importId" | "name" | "bytes" | "digest">,
): D1PreparedStatement {
  const row = { ...file, keptBytes: file.bytes, options: {}, ...UNREAD };
  const { importId: _, ...change } = row;
  const put = orm(db)
    .insert(usageImportFiles)
    .values(row)
    .onConflictDoUpdate({ target: usageImportFiles.importId, set: change });
  return statement(db, put);
}

/** Begins reading anew, in another way: what was put aside of the import is let go. */
export function beginReading(
  db: D1Database,
  importId: string,
  options: FileOptions,
): D1PreparedStatement[] {
  return [
    dropStaged(db, importId),
    statement(
      db,
      orm(db)
        .update(usageImportFiles)
        .set({ options, ...UNREAD })
        .where(eq(usageImportFiles.importId, importId)),
    ),
  ];
}

/** Lets go of the events of an import that do not count. */
export function dropStaged(db: D1Database, importId: string): D1PreparedStatement {
  const { importId: owner, seq } = usageImportEvents;
  return statement(
    db,
    orm(db)
      .delete(usageImportEvents)
      .where(and(eq(owner, importId), isNull(seq))),
  );
}

/** Notes that the bytes of an import's file are gone. */
export function noteDropped(db: D1Database, importId: string): D1PreparedStatement {
  const { importId: owner, keptBytes } = usageImportFiles;
  const update = orm(db)
    .update(usageImportFiles)
    .set({ keptBytes: 0 })
    .where(and(eq(owner, importId), ne(keptBytes, 0)));
  return statement(db, update);
}

/** Notes how far a file was read. */
export function noteProgress(
  db: D1Database,
  importId: string,
  progress: FileProgress,
): D1PreparedStatement {
  const update = orm(db)
    .update(usageImportFiles)
    .set(progress)
    .where(eq(usageImportFiles.importId, importId));
  return statement(db, update);
}

/** The name of an import of the tenant that counts and was read from the same bytes, or null. */
export async function countedBefore(
  db: D1Database,
  tenant: string,
  { importId, digest }: Pick<ImportFile, "importId" | "digest">,
): Promise<string | null> {
  const [row] = await orm(db)
    .select({ name: usageImports.name })
    .from(usageImportFiles)
    .innerJoin(usageImports, eq(usageImports.id, usageImportFiles.importId))
    .where(
      and(
        eq(usageImportFiles.digest, digest),
        ne(usageImportFiles.importId, importId),
        eq(usageImports.tenant, tenant),
        sql`${usageImports.status} IN ('committing', 'committed')`,
      ),
    )
    .limit(1);
  return row?.name ?? null;
}
