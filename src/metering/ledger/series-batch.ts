/** The D1 batch that writes a generation's series, guarded by the series' own watermark. */
import { rowsOfValues } from "../../core/rows.ts";
import { hexOf } from "./segment.ts";
import type { Block } from "./series.ts";

// Text, and built once: the measured write of a sealed generation.
const INSERT_BLOCKS = `
  INSERT INTO series_blocks (tenant, bucket, high, ts_min, ts_max, body)
  SELECT ?1, value->>0, value->>1, value->>2, value->>3, unhex(value->>4) FROM json_each(?3)
  WHERE (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1 AND fenced = 0) = ?2`;
const MOVE_SERIES_MARK = `
  UPDATE usage_watermarks SET series_up_to = ?3
  WHERE tenant = ?1 AND series_up_to = ?2 AND fenced = 0`;

/** The batch that writes a generation's series; its last statement tells whether it was new. */
export function seriesStatements(
  db: D1Database,
  generation: { tenant: string; fromSeq: number; high: number },
  blocks: readonly Block[],
): D1PreparedStatement[] {
  const rows = blocks.map(({ bucket, high, tsMin, tsMax, body }) => {
    return [bucket, high, tsMin, tsMax, hexOf(body)];
  });
  const { tenant, fromSeq, high } = generation;
  return [
    ...rowsOfValues(rows).map((some) => db.prepare(INSERT_BLOCKS).bind(tenant, fromSeq, some)),
    db.prepare(MOVE_SERIES_MARK).bind(tenant, fromSeq, high),
  ];
}
