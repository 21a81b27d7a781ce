/** Where a document's PDF opens for whoever has the address, as other products' APIs show it. */
import { DAY_MS } from "../../core/time.ts";
import { plainAddress } from "../../documents/link/link.ts";
import type { DocumentRow } from "../../documents/store/table.ts";
import type { Env } from "../../platform/runtime/env.ts";

/** For how long an address opens the PDF: it cannot be ended before. */
const FILE_DAYS = 7;

/**
 * The address of a final document's PDF, which opens without a key for a week of the document's
 * clock; null for a draft, and where the installation has no address. It costs no query.
 */
export async function fileAddress(
  env: Env,
  { id, number }: Pick<DocumentRow, "id" | "number">,
  nowMs: number,
): Promise<string | null> {
  return number === null ? null : plainAddress(env, id, nowMs + FILE_DAYS * DAY_MS);
}
