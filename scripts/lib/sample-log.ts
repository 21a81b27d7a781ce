/** An access log for whoever has none: the same each time, shuffled as real ones are. Pure. */
const PATHS = [
  "/",
  "/pricing",
  "/docs/start",
  "/api/v1/quotes",
  "/api/v1/invoices",
  "/favicon.ico",
];
const FIRST_MS = Date.UTC(2026, 2, 2, 6);
const MEAN_GAP_MS = 90_000;
/** How far a line may stand from its place in time. */
const SHUFFLE_MS = 600_000;

/** `count` lines in the Combined format, over as many times 90 seconds. */
export function sampleLog(count: number): string[] {
  const random = mulberry32(20260302);
  const visits = Array.from({ length: count }, (_, i) => {
    const atMs = FIRST_MS + i * MEAN_GAP_MS + Math.floor(random() * MEAN_GAP_MS);
    return { atMs, place: atMs + random() * SHUFFLE_MS, line: sampleLine(atMs, random) };
  });
  return visits.sort((a, b) => a.place - b.place).map(({ line }) => line);
}

function sampleLine(atMs: number, random: () => number): string {
  const pick = (n: number) => Math.floor(random() * n);
  const status = random() < 0.9 ? 200 : 304;
  const bytes = status === 304 ? "-" : String(200 + pick(60_000));
  const path = PATHS[pick(PATHS.length)];
  const agent = `"https://example.com/" "Mozilla/5.0 (sample)"`;
  return (
    `198.51.100.${1 + pick(40)} - - [${logTime(atMs)}] ` +
    `"GET ${path} HTTP/1.1" ${status} ${bytes} ${agent}`
  );
}

/** 02/Mar/2026:06:00:00 +0000 */
function logTime(atMs: number): string {
  const [, day, month, year, clock] =
    /^\w+, (\d\d) (\w+) (\d+) ([\d:]+)/.exec(new Date(atMs).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/** A small generator with a seed: the log must be the same each time. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
