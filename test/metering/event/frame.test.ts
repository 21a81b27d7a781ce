/** Frames say what the same lines say as text, wherever they are read. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bodyOfUsers,
  bodyWithin,
  cutBody,
  joinBodies,
  lineAt,
  linesOf,
  scannerOf,
  tuplesOf,
} from "../../../src/metering/event/body.ts";
import { FRAME, FrameWriter, Scratch } from "../../../src/metering/event/frame.ts";
import { hash32, hashUnits32, isAscii } from "../../../src/metering/event/hash.ts";
import { DEFAULT_SOURCE, type LineTuple, parseLine } from "../../../src/metering/event/line.ts";
import { lines } from "./arbitrary.ts";

const BASE = Date.UTC(2026, 10, 24);
const uuid = "018f3c2e-7d1a-4c3b-9e5f-00a1b2c3d4e5";

/** What frames keep of a line: no void, no capped quantity, and one time of receipt. */
function keptOf([id, metric, micro, atMs, user, metadata, source, receivedMs]: LineTuple) {
  const given = receivedMs ? atMs : null;
  return { id, metric, micro, atMs: given, user: user || 0, metadata: metadata || 0, source };
}

function frameOf(tuples: readonly LineTuple[]): Uint8Array {
  const frames = new FrameWriter(FRAME.events, BASE, 1);
  const scratch = new Scratch();
  for (const tuple of tuples) {
    const { id, metric, micro, atMs, user, metadata, source } = keptOf(tuple);
    const json = metadata === 0 ? "" : JSON.stringify(metadata);
    scratch.empty();
    frames.begin((id.length + metric.length + json.length + 40 + String(user).length) * 3);
    frames.id(scratch.span(id));
    frames.measure({ metric, micro, atMs });
    if (user !== 0) frames.user(scratch.span(user as string));
    if (source) frames.source(source);
    if (json !== "") frames.metadata(scratch.span(json));
    frames.end();
  }
  return frames.take();
}

/** The line that the same event has as text, received at the frame's time. */
function lineOf(tuple: LineTuple): string {
  const { id, metric, micro, atMs, user, metadata, source } = keptOf(tuple);
  const own = source && source !== DEFAULT_SOURCE ? source : 0;
  const line: unknown[] = [id, metric, micro, atMs ?? BASE, user, metadata, own];
  if (atMs !== null) return JSON.stringify([...line, BASE]);
  while (line.at(-1) === 0 && line.length > 4) line.pop();
  return JSON.stringify(line);
}

describe("a body of frames", () => {
  it("is read as its lines are, whole, by user, by time, and one at a time", () => {
    fc.assert(
      fc.property(lines, fc.boolean(), (texts, asUuid) => {
        const tuples = texts.map(parseLine).map((tuple): LineTuple => {
          const [id, ...rest] = tuple;
          return [asUuid && id.length % 2 === 0 ? uuid : id, ...rest];
        });
        const body = frameOf(tuples);
        const expected = tuples.map(lineOf);
        const text = expected.join("\n");
        expect(linesOf(body)).toEqual(expected);
        expect(tuplesOf(body)).toEqual(expected.map(parseLine));
        const users = [tuples[0]?.[4] || "", "größe"];
        const byIndex = (a: { index: number }, b: { index: number }) => a.index - b.index;
        expect(bodyOfUsers(body, users)).toEqual(bodyOfUsers(text, users).sort(byIndex));
        const half = tuples[0]?.[3] ?? 0;
        expect(bodyWithin(body, 0, half + 1)).toEqual(bodyWithin(text, 0, half + 1).sort(byIndex));
        expect(lineAt(body, 1)).toBe(expected[1] ?? null);
        const [scanned, plain] = [scannerOf(body), scannerOf(text)];
        while (plain.next()) {
          expect(scanned.next()).toBe(true);
          const { id, metric, micro, atMs, user, metadata, voids } = scanned;
          expect({ id, metric, micro, atMs, user, metadata, voids }).toEqual({
            id: plain.id,
            metric: plain.metric,
            micro: plain.micro,
            atMs: plain.atMs,
            user: plain.user,
            metadata: plain.metadata,
            voids: plain.voids,
          });
        }
        expect(scanned.next()).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("is cut between frames, and joined with others and with text", () => {
    const line = (i: number): LineTuple => [`id-${i}`, "m", i, BASE + i, "u", { i }, 0, BASE];
    const many = Array.from({ length: 4_500 }, (_, i) => line(i));
    const body = frameOf(many);
    const pieces = cutBody(body, many.length, 2_000);
    expect(pieces.map(({ n }) => n)).toEqual([2_000, 2_000, 500]);
    expect(pieces.flatMap((piece) => tuplesOf(piece.body))).toEqual(many);
    const voided = JSON.stringify(["v", "m", -1, BASE, 0, 0, 0, 0, 7]);
    const texts = ['["a","m",1,5]', voided, '["b","m",2,6]'];
    const joined = joinBodies([
      { n: 1, body: texts[0] ?? "" },
      { n: 500, body: pieces[2]?.body ?? "" },
      { n: 1, body: texts[1] ?? "" },
      { n: 1, body: texts[2] ?? "" },
    ]);
    const all = [texts[0], ...many.slice(4_000).map((tuple) => JSON.stringify(tuple)), voided];
    expect(linesOf(joined)).toEqual([...all, texts[2]]);
    const scanner = scannerOf(joined);
    const voids: number[] = [];
    while (scanner.next()) voids.push(scanner.voids);
    expect([voids.length, voids[501]]).toEqual([503, 7]);
  });

  it("takes 24 bytes an event with a UUID and a user", () => {
    const many = Array.from({ length: 2_000 }, (_, i): LineTuple => {
      const tail = ((i * 2_654_435_761) % 2 ** 32).toString(16).padStart(12, "0");
      return [`018f3c2e-7d1a-4c3b-9e5f-${tail}`, "m", 1_000_000, BASE, `user-${(i * 7) % 9_000}`];
    });
    expect(frameOf(many).length / many.length).toBeLessThan(24);
  });
});

describe("a hash of bytes", () => {
  it("is that of the text", () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), fc.integer(), (text, seed) => {
        const bytes = encoder.encode(`xx${text}y`);
        const to = 2 + text.length;
        expect(isAscii(bytes, 2, to)).toBe(true);
        expect(hashUnits32(bytes, 2, to, seed)).toBe(hash32(text, seed));
      }),
    );
    expect(isAscii(encoder.encode("größe"), 0, 6)).toBe(false);
  });
});
