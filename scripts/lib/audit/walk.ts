/**
 * Walks through an export of the audit log or of final documents (NDJSON) and makes each hash
 * again, from the file alone. The first line says what it is, where it begins, and its head.
 */
import { linkOf, type SealedEntry } from "../../../src/accounts/audit/sealed-entry.ts";
import {
  BEGINNING,
  endFault,
  type Fault,
  follow,
  type Link,
  type Place,
} from "../../../src/core/chain.ts";
import { sha256Hex } from "../../../src/platform/runtime/crypto.ts";
import { UserError } from "../process.ts";

/** What the first line of an audit log says. */
export type AuditChain = {
  tenant_id: string;
  after: Place;
  until: { seq: number };
  head: Place;
};

/** A number series of documents, with the head of its chain. */
export type SeriesHead = Place & { kind: string; year: string; test_tenant_id: string | null };
/** What the first line of an export of documents says. */
export type DocumentChain = { tenant_id: string; series: SeriesHead[] };

export type FileHead = { audit_chain: AuditChain } | { document_chain: DocumentChain };

/** A fault, with the name of what it is in where there are several chains. */
export type Found = Fault & { in?: string; number?: string | null };
export type Walk = { checked: number; faults: Found[] };

type ChainedDocument = {
  kind: string;
  year: string;
  test_tenant_id: string | null;
  seq: number;
  id: string;
  number: string;
  hash: string | null;
  content: string;
};

/** The first line of an export. Errors: `UserError` for any other. */
export function headOf(line: string): FileHead {
  const read = parsed<FileHead>(line);
  if (read && typeof read === "object" && ("audit_chain" in read || "document_chain" in read)) {
    return read;
  }
  throw new UserError(
    "this is no export of the audit log or of documents: export it as NDJSON, whole, from " +
      "/api/exports/audit or /api/exports/document-chain",
  );
}

/** Heads that were kept elsewhere: the hashes by number, of which there should be one each. */
export type Kept = ReadonlyMap<number, ReadonlySet<string>>;

/**
 * Walks through entries of an audit log; `kept` are heads that were kept elsewhere. Answers where
 * it ended, too, so that a walk can go on in the next file.
 */
export async function walkEntries(
  lines: AsyncIterable<string>,
  { chain, kept, done }: { chain: AuditChain; kept: Kept; done: (seq: number) => void },
): Promise<Walk & { place: Place }> {
  const walk: Walk = { checked: 0, faults: [] };
  let place: Place = chain.after;
  for await (const line of lines) {
    const link = await linkOf(entryIn(line), sha256Hex);
    place = await step(walk, place, link);
    const known = kept.get(link.seq);
    if (known && (known.size > 1 || !known.has(link.hash ?? ""))) {
      const detail = "its hash is not the one that was kept elsewhere";
      walk.faults.push({ kind: "changed", seq: link.seq, id: link.id, detail });
    }
    done(link.seq);
  }
  const isWhole = chain.until.seq === chain.head.seq;
  const end = isWhole ? chain.head : { seq: chain.until.seq, hash: place.hash };
  const last = endFault(place, end);
  if (last) walk.faults.push(last);
  for (const seq of isWhole ? kept.keys() : []) {
    if (seq <= chain.head.seq) continue;
    const detail = `the head that was kept elsewhere is number ${seq}`;
    walk.faults.push({ kind: "missing", seq, id: null, detail });
  }
  return { ...walk, place };
}

/**
 * Walks through documents, series by series. `from` is where each begins, and `isWhole` says
 * whether the lines go on to the ends of the series.
 */
export async function walkDocuments(
  lines: AsyncIterable<string>,
  { series, from = BEGINNING, isWhole = true, done }: DocumentWalk,
): Promise<Walk & { place: Place }> {
  const walk: Walk = { checked: 0, faults: [] };
  const places = new Map(series.map((head) => [nameOf(head), from]));
  let place = from;
  for await (const line of lines) {
    const document = parsed<ChainedDocument>(line);
    if (!document) throw new UserError(`this is no line of an export: ${line.slice(0, 80)}`);
    const { seq, id, hash, content, number } = document;
    const name = nameOf(document);
    const link: Link = { seq, id, hash, text: content };
    place = await step(walk, places.get(name) ?? from, link, { in: name, number });
    places.set(name, place);
    done();
  }
  for (const head of isWhole ? series : []) {
    const last = endFault(places.get(nameOf(head)) ?? from, head);
    if (last) walk.faults.push({ ...last, in: nameOf(head) });
  }
  return { ...walk, place };
}

export type DocumentWalk = {
  series: readonly SeriesHead[];
  from?: Place;
  isWhole?: boolean;
  done: () => void;
};

async function step(walk: Walk, place: Place, link: Link, about = {}): Promise<Place> {
  const next = await follow(place, link, sha256Hex);
  if (next.fault) walk.faults.push({ ...next.fault, ...about });
  walk.checked++;
  return next.place;
}

/** A series as people read it: `invoice 2026`. */
export function nameOf({ kind, year, test_tenant_id }: Omit<SeriesHead, "seq" | "hash">): string {
  const test = test_tenant_id === null ? "" : ` of ${test_tenant_id}`;
  return `${kind.replaceAll("_", " ")} ${year}${test}`;
}

function entryIn(line: string): SealedEntry {
  const entry = parsed<SealedEntry>(line);
  if (entry && typeof entry.seq === "number" && typeof entry.id === "string") return entry;
  throw new UserError(`this is no line of an export: ${line.slice(0, 80)}`);
}

function parsed<T>(line: string): T | null {
  try {
    return JSON.parse(line) as T;
  } catch {
    return null;
  }
}
