/** Which files in R2 rows name: logos, files of documents, e-mails and open imports. Pure. */
import type { TableRow } from "./rows.ts";

const KEYS = /"key":"((?:attachment|mail)\/[^"\\]{1,300})"/g;
const LOGO = /"logoKey":"([0-9a-f]{64})"/g;
const SHA256 = /^[0-9a-f]{64}$/;

/** The keys of the files that rows name, each once. */
export function keysOf(tenant: string, rows: readonly TableRow[]): string[] {
  const keys = new Set<string>();
  for (const { table, row } of rows) {
    if (table === "usage_import_files") keys.add(`import/${tenant}/${row.import_id}`);
    if (SHA256.test(String(row.logo_key ?? ""))) addLogo(keys, String(row.logo_key));
    for (const value of [row.particulars, row.attachments, row.branding]) {
      if (typeof value !== "string") continue;
      for (const [, key] of value.matchAll(KEYS)) if (key) keys.add(key);
      for (const [, hash] of value.matchAll(LOGO)) if (hash) addLogo(keys, hash);
    }
  }
  return [...keys];
}

/** A logo as it was uploaded, and as a PDF takes it. */
function addLogo(keys: Set<string>, hash: string): void {
  keys.add(`logo/${hash}`);
  keys.add(`logo/${hash}.json`);
}

/** The tenant that a key names; null for one that names none. */
export function ownerOf(key: string): string | null {
  return /^(?:attachment|import)\/([^/]+)\//.exec(key)?.[1] ?? null;
}

/** True for the key of a file that an export may hold. */
export function isFileKey(key: string): boolean {
  return /^(?:logo\/[0-9a-f]{64}(?:\.json)?|(?:attachment|mail|import)\/[\w./-]{1,300})$/.test(key);
}
