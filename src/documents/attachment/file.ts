/** The files of documents in R2: kept as they came, under their issuer and document. */
import { Buffer } from "node:buffer";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import type { AttachmentType } from "../code/attachment-type.ts";
import type { Attachment } from "../model/particulars.ts";

export const MAX_ATTACHMENTS = 5;
/** Of all files of a document together, so that its PDF still fits into an e-mail. */
export const MAX_ATTACHED_BYTES = 2_000_000;

type StoredFile = NonNullable<Attachment["file"]>;

/** Keeps a file under a name that nothing has had. */
export async function keepFile(
  env: Env,
  tenant: string,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: AttachmentType,
): Promise<StoredFile> {
  await bucketOf(env, tenant).put(key, bytes, { httpMetadata: { contentType: type } });
  return { type, size: bytes.length, sha256: await sha256Hex(bytes), key };
}

/** Where a document's files lie; no other document's do. */
export function fileKey(tenant: string, documentId: string, id: string): string {
  return `attachment/${tenant}/${documentId}/${id}`;
}

/** A file, or null where it was lost. */
export async function loadFile(
  env: Env,
  tenant: string,
  { key }: StoredFile,
): Promise<Uint8Array | null> {
  const stored = await bucketOf(env, tenant).get(key);
  return stored ? new Uint8Array(await stored.arrayBuffer()) : null;
}

/** Contents of attachments as base64, in their order; null for links and for what was lost. */
export function loadContents(
  env: Env,
  tenant: string,
  attachments: readonly Attachment[],
): Promise<(string | null)[]> {
  return Promise.all(
    attachments.map(async ({ file }) => {
      const bytes = file && (await loadFile(env, tenant, file));
      return bytes && Buffer.from(bytes).toString("base64");
    }),
  );
}

/** Takes files away for good. */
export async function dropFiles(
  env: Env,
  tenant: string,
  files: readonly StoredFile[],
): Promise<void> {
  if (files.length > 0) await bucketOf(env, tenant).delete(files.map(({ key }) => key));
}
