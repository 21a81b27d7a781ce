/** Archives of an export as somebody gives them to `npm run archive -- load`. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { loadArchives } from "../../scripts/lib/archive/load.ts";
import type { Target } from "../../scripts/lib/import/target.ts";
import { UserError } from "../../scripts/lib/process.ts";
import { zipOf } from "../../src/platform/http/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "load-archives-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Part = { cursor: string | null; next: string | null; low: number; high: number };

/** An archive with one run of events; `change` edits its manifest. */
async function archiveOf(name: string, part: Part, change: object = {}, packed?: Buffer) {
  const { cursor, next, low, high } = part;
  const events = Array.from({ length: high - low + 1 }, (_, i) => `{"event_seq":${low + i}}\n`);
  const bytes = packed ?? gzipSync(events.join(""));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const about = { kind: "events", bytes: bytes.length, sha256, count: events.length };
  const file = { name: `events/${low}.gz`, ...about, runs: [[low, high, 0, bytes.length]] };
  const manifest = { format: "boxcostpro-export", version: 1, tenant_id: "ten_a", files: [file] };
  const whole = { ...manifest, cursor, events_up_to: 6, next_cursor: next, ...change };
  const files = [
    { name: file.name, bytes },
    { name: "manifest.json", bytes: Buffer.from(JSON.stringify(whole)) },
  ];
  async function* each() {
    yield* files;
  }
  const path = join(folder, `${name}.zip`);
  writeFileSync(path, Buffer.from(await new Response(zipOf(each())).arrayBuffer()));
  return path;
}

const FIRST: Part = { cursor: null, next: "b", low: 1, high: 2 };
const MIDDLE: Part = { cursor: "b", next: "c", low: 3, high: 4 };
const LAST: Part = { cursor: "c", next: null, low: 5, high: 6 };

/** What an installation would be sent; it takes everything. */
function target(): { to: Target; sent: number[] } {
  const sent: number[] = [];
  const call = async (_: string, path: string, body?: string) => {
    if (path.includes("part=events")) {
      const lines = (body ?? "").split("\n").filter((line) => line !== "");
      for (const line of lines) sent.push((JSON.parse(line) as { event_seq: number }).event_seq);
    }
    return { events_up_to: sent.at(-1) ?? 0 };
  };
  return { to: { call } as unknown as Target, sent };
}

it("takes them in any order, and twice", async () => {
  const paths = [
    await archiveOf("last", LAST),
    await archiveOf("first", FIRST),
    await archiveOf("middle", MIDDLE),
    join(folder, "first.zip"),
  ];
  const { to, sent } = target();
  expect((await loadArchives(to, paths)).events).toBe(6);
  expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
});

it("says which it cannot read, and sends nothing of them", async () => {
  const [first, middle, last] = [
    await archiveOf("first", FIRST),
    await archiveOf("middle", MIDDLE),
    await archiveOf("last", LAST),
  ];
  const one: Part = { cursor: null, next: null, low: 1, high: 6 };
  const bomb = gzipSync(Buffer.alloc(40_000_000));
  const cut = join(folder, "cut.zip");
  const broken = join(folder, "broken.zip");
  const bytes = Buffer.from(await (await fetchFile(last)).arrayBuffer());
  writeFileSync(cut, bytes.subarray(0, bytes.length - 30));
  bytes.writeUInt32LE(0xffff_fff0, bytes.length - 6);
  writeFileSync(broken, bytes);
  const cases: [string[], string][] = [
    [[first, last], "an archive before one of these is missing"],
    [[middle, last], "the first archive of the export is missing"],
    [[first, middle], "the last archive of the export is missing"],
    [[await archiveOf("newer", one, { version: 2 })], "is of a newer version (2)"],
    [[await archiveOf("null", one, { files: [null] })], "is no export of a tenant"],
    [[await archiveOf("none", one, { files: undefined })], "is no export of a tenant"],
    [[await archiveOf("bomb", one, {}, bomb)], "does not hold events 1 to 6"],
    [[await archiveOf("text", one, {}, Buffer.from("no gzip"))], "does not hold events 1 to 6"],
    [[cut], "is no whole archive"],
    [[broken], "is broken"],
  ];
  for (const [paths, said] of cases) {
    const { to, sent } = target();
    const error = await loadArchives(to, paths).catch((thrown: unknown) => thrown);
    expect([said, error instanceof UserError, String(error)]).toEqual([
      said,
      true,
      expect.stringContaining(said),
    ]);
    expect(sent).toEqual([]);
  }
});

async function fetchFile(path: string): Promise<Blob> {
  const { openAsBlob } = await import("node:fs");
  return openAsBlob(path);
}
