/** What is sealed under the installation's secret, as the one who changes that secret walks it. */

/** A sealed text, and the context in which it was sealed. */
export type SealedText = { context: string; sealed: string };

/** A row's id, by which rows are walked, and its sealed texts. */
export type SealedRow = { id: string; texts: readonly SealedText[] };

/** A kind of rows that hold sealed texts; each is kept by the room whose table it is. */
export type SealedPart = {
  name: string;
  /** Rows that are read at once. */
  atOnce: number;
  /** The next rows by their ids; from the first one where `after` is empty. */
  read(db: D1Database, after: string, limit: number): Promise<SealedRow[]>;
  /** The statement that puts `sealed` in place of the row's texts, unless these were changed. */
  write(db: D1Database, row: SealedRow, sealed: readonly string[]): D1PreparedStatement;
};
