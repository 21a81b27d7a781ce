/** The files of the product that prepare SQL which is written as text, and why each does. */
export const TEXT_SQL: Readonly<Record<string, string>> = {
  "src/platform/db/db.ts": "makes statements of what drizzle has built",
  "src/platform/db/sql.ts": "makes statements of SQL over declared columns",
  "src/platform/db/prepared.ts": "makes statements of what drizzle has built once",
  "src/platform/db/query-count.ts": "passes on what others prepare",
  "src/platform/db/gather.ts": "puts what others prepare into one batch",
  "src/accounts/store/key-store.ts": "asks whose key it is, before an isolate answers anything",
  "src/accounts/store/account-store.ts": "the same for who is named, before recording",
  "src/metering/ledger/drain.ts": "the measured write of every drained slice",
  "src/metering/ledger/ledger.ts": "the measured reads of ranges, segments and series",
  "src/metering/ledger/archive-rows.ts": "moves many segments and their series out and back",
  "src/metering/ledger/archived.ts": "stands in the batch of every read of events",
  "src/metering/ledger/compact.ts": "reads and moves the bodies of many segments at once",
  "src/metering/ledger/series-batch.ts": "the measured write of a sealed generation's blocks",
  "src/retention/export/rows.ts": "reads and writes rows of any table as the database has them",
  "src/metering/ledger/watermark.ts": "read when an object wakes, before it can count",
  "src/metering/ledger/alert.ts": "stands in the batch of every slice that raises alerts",
};
