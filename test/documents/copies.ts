/** Many documents at once, as copies of one in the database. */
import { env } from "cloudflare:workers";

/** What copies have of their own, as SQL over the number `i` of each, from 1 on. */
export type OwnColumns = Readonly<Record<string, string>>;

/** Copies a final document; each gets a number of its own, and lines it has none. */
export async function copyDocument(id: string, count: number, own: OwnColumns): Promise<void> {
  const { results } = await env.DB.prepare("SELECT name FROM pragma_table_info('documents')").all();
  const names = results.map(({ name }) => String(name));
  // Behind what earlier copies have.
  const values: OwnColumns = {
    id: "substr(id, 1, 4) || printf('%08d', last + i) || substr(id, 13)",
    number: "number || '-' || (last + i)",
    sequence: "sequence + 1000 + last + i",
    issued_key: "NULL",
    ...own,
  };
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
       made (last) AS (SELECT count(*) FROM documents WHERE number LIKE
         (SELECT number FROM documents WHERE id = ?2) || '-%')
     INSERT INTO documents (${names})
     SELECT ${names.map((name) => values[name] ?? `"${name}"`)} FROM documents, n, made
     WHERE id = ?2`,
  )
    .bind(count, id)
    .run();
}
