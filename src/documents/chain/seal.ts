/**
 * The chain of final documents: each is hashed with the one before it in its number series. It is
 * sealed soon after it got its number: before its PDF is archived, with the minute's sweep, and
 * before every read of the chain. Numbers have no gaps, so what is taken away before shows, too.
 */
import { BEGINNING, endFault, type Fault, follow, linkHash, type Place } from "../../core/chain.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import {
  documentsBehind,
  hashAt,
  type Placed,
  placeOf,
  readPlaced,
  readSeries,
  type Seal,
  type Series,
  type SeriesName,
  seriesBehind,
  unsealedSeries,
  writeSeals,
} from "./chain-store.ts";
import { linkOf, type SealedDocument } from "./content.ts";

/** Documents in memory at once: each may be more than a megabyte. */
const AT_ONCE = 20;
const SERIES_AT_ONCE = 20;
/** What one sweep seals at most; the next one goes on. */
const STEPS_OF_A_SWEEP = 40;

/** Seals what waits of all series, so many documents at most. */
export async function sealDocuments(db: D1Database, nowMs: number): Promise<void> {
  for (let steps = 0; steps < STEPS_OF_A_SWEEP; ) {
    const waiting = await unsealedSeries(db, SERIES_AT_ONCE);
    if (waiting.length === 0) return;
    for (const series of waiting) {
      await sealStep(db, series, nowMs);
      steps++;
    }
  }
}

/** Seals the series of a final document up to its end, so that it has its hash. */
export async function sealDocument(db: D1Database, id: string, nowMs: number): Promise<void> {
  const place = await placeOf(db, id);
  if (!place) return;
  for (;;) {
    const series = await readSeries(db, place);
    if (!series || series.sealedSeq >= place.sequence) return;
    await sealStep(db, series, nowMs);
  }
}

/** An issuer's series behind one, sealed to their ends. */
export async function sealIssuer(
  db: D1Database,
  issuer: string,
  { after, most, nowMs }: { after: SeriesName | null; most: number; nowMs: number },
): Promise<Series[]> {
  const found = await seriesBehind(db, issuer, { after, most });
  const sealed: Series[] = [];
  for (const series of found) sealed.push(await sealSeries(db, series, nowMs));
  return sealed;
}

/** Seals a series to its end; answers how far that is. */
async function sealSeries(db: D1Database, given: Series, nowMs: number): Promise<Series> {
  for (let series = given; ; ) {
    if (series.sealedSeq >= series.last) return series;
    await sealStep(db, series, nowMs);
    series = (await readSeries(db, series)) ?? { ...series, sealedSeq: series.last };
  }
}

async function sealStep(db: D1Database, series: Series, nowMs: number): Promise<void> {
  const range = { after: series.sealedSeq, until: series.last, most: AT_ONCE };
  const found = await documentsBehind(db, series, range);
  const seals: Seal[] = [];
  let hash = series.sealedHash;
  for (const document of found) {
    hash = await linkHash(hash, linkOf(document).text, sha256Hex);
    seals.push({ id: document.id, hash });
  }
  // Where there are no more the last ones are gone, which whoever verifies is told.
  const seq = found.length === AT_ONCE ? (found.at(-1)?.seq ?? 0) : series.last;
  await db.batch(writeSeals(db, series, seals, { seq, hash, nowMs }));
}

/** Where a walk through all series of an issuer stands; null at its beginning. */
export type WalkPlace = SeriesName & { seq: number };
/** A fault with the series it is in, and the document's own number where it is there. */
export type DocumentFault = Fault & { series: SeriesName; number: string | null };
export type DocumentWalk = {
  checked: number;
  next: WalkPlace | null;
  faults: DocumentFault[];
};

/** Documents that one call walks through, and series that it comes to. */
const WALK = 400;
const WALK_SERIES = 50;
const MOST_FAULTS = 20;

/** Walks on through an issuer's documents from a place, and says what is wrong. */
export async function verifyDocuments(
  db: D1Database,
  issuer: string,
  from: WalkPlace | null,
  nowMs: number,
): Promise<DocumentWalk> {
  const faults: DocumentFault[] = [];
  let checked = 0;
  let after = from?.seq ?? 0;
  const current = from ? await readSeries(db, { ...from, issuer }) : null;
  const rest = await seriesBehind(db, issuer, { after: from, most: WALK_SERIES });
  const series = current ? [current, ...rest] : rest;
  for (const one of series) {
    const walked = await walkSeries(db, await sealSeries(db, one, nowMs), after, WALK - checked);
    faults.push(...walked.faults);
    checked += walked.checked;
    if (!walked.done)
      return { checked, next: { ...nameOf(one), seq: walked.to }, faults: some(faults) };
    after = 0;
  }
  const last = series.at(-1);
  const next = rest.length === WALK_SERIES && last ? { ...nameOf(last), seq: last.last } : null;
  return { checked, next, faults: some(faults) };
}

const some = (faults: DocumentFault[]) => faults.slice(0, MOST_FAULTS);

async function walkSeries(db: D1Database, series: Series, after: number, most: number) {
  const faults: DocumentFault[] = [];
  const note = (fault: Fault | null, document: SealedDocument | null) => {
    if (fault) faults.push({ ...fault, series: nameOf(series), number: document?.number ?? null });
  };
  const hash = after === 0 ? "" : ((await hashAt(db, series, after)) ?? "");
  let place: Place = after === 0 ? BEGINNING : { seq: after, hash };
  for (let checked = 0; ; ) {
    if (checked >= most) return { checked, done: false, to: place.seq, faults };
    const range = { after: place.seq, until: series.sealedSeq, most: AT_ONCE };
    const found = await documentsBehind(db, series, range);
    for (const document of found) {
      const next = await follow(place, linkOf(document), sha256Hex);
      place = next.place;
      note(next.fault, document);
    }
    checked += found.length;
    if (found.length < AT_ONCE) {
      note(endFault(place, { seq: series.sealedSeq, hash: series.sealedHash }), null);
      return { checked, done: true, to: place.seq, faults };
    }
  }
}

function nameOf({ scope, kind, year }: SeriesName): SeriesName {
  return { scope, kind, year };
}

/** What is known of a final document's place in its series. */
export type DocumentPlace = SeriesName & {
  issuer: string;
  recipient: string | null;
  seq: number;
  /** How many documents its series has. */
  length: number;
  hash: string;
  previousHash: string;
  /** What is wrong with it or with what it follows; null where its hash is right. */
  fault: Fault | null;
};

/**
 * A final document's place in its chain, its hash made again of what is stored; null for a draft.
 */
export async function placeInChain(
  db: D1Database,
  id: string,
  nowMs: number,
): Promise<DocumentPlace | null> {
  const placed = await readSealed(db, id, nowMs);
  if (!placed) return null;
  const { place, series, document, previousHash } = placed;
  const { sequence: seq } = place;
  const { fault } = await follow({ seq: seq - 1, hash: previousHash }, linkOf(document), sha256Hex);
  const { hash } = document;
  const { issuer, recipient } = place;
  return {
    ...nameOf(series),
    issuer,
    recipient,
    seq,
    length: series.last,
    hash: hash ?? "",
    previousHash,
    fault,
  };
}

/** A final document in its series, which is sealed first where it is not yet. */
async function readSealed(db: D1Database, id: string, nowMs: number): Promise<Placed | null> {
  const placed = await readPlaced(db, id);
  if (!placed || placed.series.sealedSeq >= placed.place.sequence) return placed;
  await sealDocument(db, id, nowMs);
  return readPlaced(db, id);
}
