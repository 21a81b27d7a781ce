/** The files of documents in R2: kept as they came, under their issuer and document. */
import { Buffer } from "node:buffer";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { AttachmentType } from "../code/attachment-type.ts";
import type { Attachment } from "../model/particulars.ts";

export const MAX_ATTACHMENTS = 5;
/** Of all files of a document together, so that its PDF still fits into an e-mail. */
export const MAX_ATTACHED_BYTES = 2_000_000;

type StoredFile = NonNullable<Attachment["file"]>;

/** Keeps a file under a name that nothing has had. */
export async function keepFile(
  env: Env,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: AttachmentType,
): Promise<StoredFile> {
  await env.FILES.put(key, bytes, { httpMetadata: { contentType: type } });
  return { type, size: bytes.length, sha256: await sha256Hex(bytes), key };
}

/** Where a document's files lie; no other document's do. */
export function fileKey(tenant: string, documentId: string, id: string): string {
  return `attachment/${tenant}/${documentId}/${id}`;
}

/** A file, or null where it was lost. */
export async function loadFile(env: Env, { key }: StoredFile): Promise<Uint8Array | null> {
  const stored = await env.FILES.get(key);
  return stored ? new Uint8Array(await stored.arrayBuffer()) : null;
}

/** Contents of attachments as base64, in their order; null for links and for what was lost. */
export function loadContents(
  env: Env,
  attachments: readonly Attachment[],
): Promise<(string | null)[]> {
  return Promise.all(
    attachments.map(async ({ file }) => {
      const bytes = file && (await loadFile(env, file));
      return bytes && Buffer.from(bytes).toString("base64");
    }),
  );
}

/** Takes files away for good. */
export async function dropFiles(env: Env, files: readonly StoredFile[]): Promise<void> {
  if (files.length > 0) await env.FILES.delete(files.map(({ key }) => key));
}
