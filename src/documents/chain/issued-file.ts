/**
 * Files that were made of final documents, by what they hold: whoever has such a file can be told
 * of which document it is. R2 has an object for each, named by the file's hash; not the file.
 */
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";

async function pathOf(file: Uint8Array | string): Promise<string> {
  return `issued/${await sha256Hex(file as Uint8Array<ArrayBuffer> | string)}`;
}

/** Notes that a file was made of a final document. Safe to repeat. Errors: whatever R2 throws. */
export async function noteIssuedFile(
  env: Env,
  documentId: string,
  file: Uint8Array | string,
): Promise<void> {
  const path = await pathOf(file);
  if (await env.FILES.head(path)) return;
  await env.FILES.put(path, documentId);
}

/** The document that a file was made of, byte for byte; null where none was. */
export async function documentOfFile(env: Env, file: Uint8Array): Promise<string | null> {
  const noted = await env.FILES.get(await pathOf(file));
  return noted ? noted.text() : null;
}
