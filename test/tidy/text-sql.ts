/** The files of the product that prepare SQL which is written as text, and why each does. */
export const TEXT_SQL: Readonly<Record<string, string>> = {
  "src/platform/db/db.ts": "makes statements of what drizzle has built",
  "src/platform/db/sql.ts": "makes statements of SQL over declared columns",
  "src/platform/db/query-count.ts": "passes on what others prepare",
  "src/platform/db/gather.ts": "puts what others prepare into one batch",
  "src/metering/ledger/drain.ts": "the measured write of every drained slice",
  "src/metering/ledger/ledger.ts": "the measured reads of ranges, segments and series",
  "src/metering/ledger/compact.ts": "reads and moves the bodies of many segments at once",
  "src/metering/ledger/series-batch.ts": "the measured write of a sealed generation's blocks",
  "src/metering/ledger/watermark.ts": "read when an object wakes, before it can count",
  "src/metering/ledger/announce.ts": "follows every drain that announces something",
  "src/metering/move/copy.ts": "copies whatever table a ledger declares, by its columns",
  "src/metering/move/move.ts": "compares and sets the rows by which one move is done once",
  "src/metering/ledger/alert.ts": "stands in the batch of every slice that raises alerts",
};
