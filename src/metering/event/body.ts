/**
 * Bodies: journal lines in one of two forms, text (single events, and all that earlier versions
 * wrote) or frames (batches). Whoever reads one need not know which. Pure.
 */
import { readHead, textFrame } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { cutLines, type LineTuple, parseLine, parseLines } from "./line.ts";
import { LineScanner } from "./scan.ts";
import { type Found, linesOfMetrics, linesOfUsers, linesWithin } from "./search.ts";

/** Lines as text, separated by "\n", or as frames. */
export type Body = string | Uint8Array;

/** Some lines, `n` of them. */
export type Piece = { n: number; body: Body };

/** What goes through a body an event at a time. */
export type Scanner = LineScanner | FrameReader;

/** Goes through a body. */
export function scannerOf(body: Body): Scanner {
  return typeof body === "string" ? new LineScanner(body) : new FrameReader(body);
}

/** All lines of a body, parsed. */
export function tuplesOf(body: Body): LineTuple[] {
  if (typeof body === "string") return parseLines(body);
  const tuples: LineTuple[] = [];
  for (const reader = new FrameReader(body); reader.next(); ) tuples.push(reader.tuple);
  return tuples;
}

/** The lines of a body as text, each for itself. */
export function linesOf(body: Body): string[] {
  if (typeof body === "string") return body === "" ? [] : body.split("\n");
  return tuplesOf(body).map((tuple) => JSON.stringify(tuple));
}

/** One line of a body, or null where it has fewer. */
export function lineAt(body: Body, index: number): string | null {
  if (typeof body === "string") return body.split("\n")[index] ?? null;
  const reader = new FrameReader(body);
  for (let i = 0; reader.next(); i++) if (i === index) return JSON.stringify(reader.tuple);
  return null;
}

/** One line of a body, parsed, or null where it has fewer. */
export function tupleAt(body: Body, index: number): LineTuple | null {
  const line = lineAt(body, index);
  return line === null ? null : parseLine(line);
}

/** The lines of the events of some users, "" being nobody. */
export function bodyOfUsers(body: Body, users: readonly string[]): Found[] {
  if (typeof body === "string") return linesOfUsers(body, users);
  const wanted = new Set(users);
  return found(body, (reader) => wanted.has(reader.user || ""));
}

/** The lines of the events of some metrics. */
export function bodyOfMetrics(body: Body, metrics: readonly string[]): Found[] {
  if (typeof body === "string") return linesOfMetrics(body, metrics);
  const wanted = new Set(metrics);
  return found(body, ({ metric }) => wanted.has(metric));
}

/** The lines of events in [startMs, endMs). */
export function bodyWithin(body: Body, startMs: number, endMs: number): Found[] {
  if (typeof body === "string") return linesWithin(body, startMs, endMs);
  return found(body, ({ atMs }) => atMs >= startMs && atMs < endMs);
}

function found(body: Uint8Array, isWanted: (reader: FrameReader) => boolean): Found[] {
  const all: Found[] = [];
  const reader = new FrameReader(body);
  for (let index = 0; reader.next(); index++) {
    if (isWanted(reader)) all.push({ index, tuple: reader.tuple });
  }
  return all;
}

/** A body in pieces of at most `most` lines; a frame is cut no further. */
export function cutBody(body: Body, n: number, most: number): Piece[] {
  if (typeof body === "string") {
    return cutLines(body, most).map((part, i) => ({ n: Math.min(most, n - i * most), body: part }));
  }
  const pieces: Piece[] = [];
  let [from, held] = [0, 0];
  const close = (to: number) => {
    if (held > 0) pieces.push({ n: held, body: body.subarray(from, to) });
    [from, held] = [to, 0];
  };
  for (let at = 0; at < body.length; ) {
    const frame = readHead(body, at);
    if (held + frame.n > most) close(at);
    held += frame.n;
    at += frame.length;
  }
  close(body.length);
  return pieces;
}

/** Bodies as one. */
export function joinBodies(pieces: readonly Piece[]): Body {
  const [only] = pieces;
  if (only && pieces.length === 1) return only.body;
  const texts = pieces.flatMap(({ body }) => (typeof body === "string" ? [body] : []));
  if (texts.length === pieces.length) return texts.join("\n");
  return Buffer.concat(framesOf(pieces));
}

/** Pieces as frames; lines of text that follow one another share one. */
function framesOf(pieces: readonly Piece[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let [text, held] = ["", 0];
  const close = () => {
    if (held > 0) frames.push(textFrame(text, held));
    [text, held] = ["", 0];
  };
  for (const { n, body } of pieces) {
    if (typeof body === "string") {
      text += held === 0 ? body : `\n${body}`;
      held += n;
      continue;
    }
    close();
    frames.push(body);
  }
  close();
  return frames;
}
