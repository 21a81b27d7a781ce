/** Sends an export into another installation: rows, files, and events by their sequences. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Manifest, ManifestFile } from "../../../src/retention/export/export.ts";
import { EXPORT_VERSION, MOST_LOAD_BYTES } from "../../../src/retention/export/limits.ts";
import type { Target } from "../import/target.ts";
import { UserError } from "../process.ts";
import { progressBar } from "../progress.ts";
import { Archive } from "./unzip.ts";

type Named = ManifestFile & { archive: Archive };
/** A part of a file of events. */
type Run = { low: number; high: number; file: Named; offset: number; bytes: number };

/** What was sent. */
export type Loaded = { tenant_id: string; rows: number; events: number; files: number };

/**
 * Reads archives of one export, in any order, into the installation. What was sent before stays, so
 * it goes on after a kill. Errors: `UserError` where they are not whole, or not of one tenant.
 */
export async function loadArchives(target: Target, paths: readonly string[]): Promise<Loaded> {
  const archives = paths.map((path) => new Archive(path));
  const manifests = archives.map((archive) => manifestOf(archive));
  const tenant = manifests[0]?.tenant_id ?? "";
  if (manifests.some((one) => one.tenant_id !== tenant)) {
    throw new UserError("these archives are of different tenants");
  }
  insistAll(manifests);
  const files = manifests.flatMap((manifest, i) =>
    manifest.files.map((file): Named => ({ ...file, archive: archives[i] as Archive })),
  );
  for (const file of files) insistWhole(file);
  const upTo = Math.max(...manifests.map((one) => one.events_up_to));
  const path = `/api/tenant-load?of=${tenant}&part=`;
  const send = (part: string, body?: string | Buffer) =>
    target.call<{ events_up_to: number }>("PUT", path + part, body as string, JSON.parse);
  const of = (kind: ManifestFile["kind"]) => files.filter((file) => file.kind === kind);
  const all = [...of("rows"), ...of("last")];
  const progress = progressBar("Loading", files.length + all.length + 1);
  let done = 0;
  const advance = () => progress.advance(++done);
  // All of them before any is kept: a tenant that cannot come leaves nothing.
  for (const file of all) {
    await send("check", file.archive.read(file.name));
    advance();
  }
  for (const file of of("rows")) {
    await send("rows", file.archive.read(file.name));
    advance();
  }
  for (const file of of("file")) {
    const key = encodeURIComponent(file.name.slice("files/".length));
    await send(`file&key=${key}`, file.archive.read(file.name));
    advance();
  }
  const events = await sendEvents(of("events"), send);
  if (events < upTo) throw new UserError(`the archives lack events from ${events + 1} on`);
  for (const file of of("last")) await send("last", file.archive.read(file.name));
  await send("end");
  progress.end();
  for (const archive of archives) archive.close();
  const rows = all.reduce((sum, { count }) => sum + count, 0);
  return { tenant_id: tenant, rows, events, files: of("file").length };
}

/** Errors: `UserError` where the export has archives that are not among these. */
function insistAll(manifests: readonly Manifest[]): void {
  if (!manifests.some((one) => one.next_cursor === null)) {
    throw new UserError("the last archive of the export is missing: npm run archive -- export");
  }
  const ends = new Set(manifests.map((one) => one.next_cursor));
  // Those of earlier versions do not say where they begin.
  const known = manifests.filter((one) => one.cursor !== undefined);
  if (known.length > 0 && !known.some(({ cursor }) => cursor === null)) {
    throw new UserError("the first archive of the export is missing: name all of the export");
  }
  if (known.some(({ cursor }) => cursor !== null && !ends.has(cursor))) {
    throw new UserError("an archive before one of these is missing: name all of the export");
  }
}

function manifestOf(archive: Archive): Manifest {
  const manifest = parsedManifest(archive);
  if (manifest?.format !== "boxcostpro-export" || !isWhole(manifest)) {
    throw new UserError(`${archive.path} is no export of a tenant`);
  }
  if (manifest.version > EXPORT_VERSION) {
    throw new UserError(
      `${archive.path} is of a newer version (${manifest.version}) than this one reads ` +
        `(${EXPORT_VERSION}): bring this installation up to date first`,
    );
  }
  return manifest;
}

function parsedManifest(archive: Archive): Manifest | null {
  const text = archive.read("manifest.json").toString("utf8");
  try {
    return JSON.parse(text) as Manifest | null;
  } catch {
    return null;
  }
}

function isWhole({ version, tenant_id, files, events_up_to }: Partial<Manifest>): boolean {
  const isFile = (file: ManifestFile | null) =>
    typeof file?.name === "string" && typeof file.kind === "string" && Number(file.count) >= 0;
  return (
    Number.isSafeInteger(version) &&
    typeof tenant_id === "string" &&
    Number.isSafeInteger(events_up_to) &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

/** The text of a run. Errors: `UserError` where it is not what an export writes. */
function textOf({ file, low, high, offset, bytes }: Run): string {
  try {
    const packed = file.archive.read(file.name, offset, bytes);
    return gunzipSync(packed, { maxOutputLength: MOST_LOAD_BYTES }).toString("utf8");
  } catch {
    const events = `events ${low} to ${high}`;
    throw new UserError(`${file.name} of ${file.archive.path} does not hold ${events}`);
  }
}

function insistWhole({ archive, name, sha256 }: Named): void {
  const read = createHash("sha256").update(archive.read(name)).digest("hex");
  if (read !== sha256) throw new UserError(`${name} of ${archive.path} was changed`);
}

/** By their sequences, whatever file they are in; those that are in two are sent once. */
async function sendEvents(
  files: readonly Named[],
  send: (part: string, body: string) => Promise<{ events_up_to: number }>,
): Promise<number> {
  const runs = files.flatMap((file) =>
    (file.runs ?? []).map(([low = 0, high = 0, offset = 0, bytes = 0]): Run => {
      return { low, high, file, offset, bytes };
    }),
  );
  let at = 0;
  for (const run of runs.sort((a, b) => a.low - b.low)) {
    const { low, high } = run;
    if (high <= at) continue;
    if (low > at + 1) throw new UserError(`the archives lack events ${at + 1} to ${low - 1}`);
    const lines = textOf(run)
      .split("\n")
      .slice(at + 1 - low);
    const { events_up_to } = await send(`events&from_seq=${at}`, lines.join("\n"));
    if (events_up_to < high) throw new UserError(`the installation took no events after ${at}`);
    at = high;
  }
  return at;
}
