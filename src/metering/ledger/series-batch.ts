/** The D1 batch that writes a generation's series, guarded by the series' own watermark. */
import { hexOf } from "./segment.ts";
import type { Block } from "./series.ts";

// Text, and built once: the measured write of a sealed generation.
const INSERT_BLOCKS = `
  INSERT INTO series_blocks (tenant, bucket, high, ts_min, ts_max, body)
  SELECT ?1, value->>0, ?3, value->>1, value->>2, unhex(value->>3) FROM json_each(?4)
  WHERE (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1) = ?2`;
const MOVE_SERIES_MARK = `
  UPDATE usage_watermarks SET series_up_to = ?3 WHERE tenant = ?1 AND series_up_to = ?2`;

/** Hexadecimal digits that one bound value carries at most. */
const SERIES_CHARS = 500_000;

/** The batch that writes a generation's series; its last statement tells whether it was new. */
export function seriesStatements(
  db: D1Database,
  generation: { tenant: string; fromSeq: number; high: number },
  blocks: readonly Block[],
): D1PreparedStatement[] {
  const rows = blocks.map(({ bucket, tsMin, tsMax, body }) => [bucket, tsMin, tsMax, hexOf(body)]);
  const groups: (typeof rows)[] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    chars += String(row[3]).length;
    if (chars > SERIES_CHARS) {
      groups.push([]);
      chars = String(row[3]).length;
    }
    groups.at(-1)?.push(row);
  }
  const { tenant, fromSeq, high } = generation;
  return [
    ...groups.map((group) =>
      db.prepare(INSERT_BLOCKS).bind(tenant, fromSeq, high, JSON.stringify(group)),
    ),
    db.prepare(MOVE_SERIES_MARK).bind(tenant, fromSeq, high),
  ];
}
