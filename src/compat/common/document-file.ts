/** Where a document's PDF opens for whoever has the address, as other products' APIs show it. */
import { pdfToken } from "../../documents/link/link.ts";
import type { DocumentRow } from "../../documents/store/table.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { publicUrl } from "../../platform/runtime/public-url.ts";

/**
 * The address of a final document's PDF, which opens without a key for 30 days of the document's
 * clock; null for a draft, and where the installation has no address. It costs no query.
 */
export async function fileAddress(
  env: Env,
  { id, number }: Pick<DocumentRow, "id" | "number">,
  nowMs: number,
): Promise<string | null> {
  const address = publicUrl(env);
  if (number === null || address === null) return null;
  return `${address}/d/${await pdfToken(env, id, nowMs)}`;
}
