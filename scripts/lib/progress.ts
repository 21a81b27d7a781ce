/** A progress bar on standard error, where a person looks at it; silent elsewhere. */
const WIDTH = 30;
/** A terminal shows no more than this of it. */
const REDRAW_MS = 100;

export type Progress = { advance: (done: number, count?: () => string) => void; end: () => void };

/** `count` stands in place of `done/total`. */
export function progressBar(label: string, total: number): Progress {
  const out = process.stderr;
  if (!out.isTTY) return { advance: () => {}, end: () => {} };
  let drawnMs = 0;
  return {
    advance: (done, count = () => `${done}/${total}`) => {
      const nowMs = performance.now();
      if (nowMs - drawnMs < REDRAW_MS && done < total) return;
      drawnMs = nowMs;
      const share = total === 0 ? 1 : Math.min(done / total, 1);
      const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "·");
      const percent = `${Math.floor(share * 100)}`.padStart(3);
      const text = `${label.padEnd(24)} ${bar} ${percent} %  ${count()}`;
      out.write(`\r${text}\u001b[K`);
    },
    end: () => void out.write("\n"),
  };
}

/** What is done in a second, and how long the rest takes at this rate. */
export function rateText(doneShare: number, count: number, elapsedMs: number): string {
  const perSecond = Math.round((count / Math.max(elapsedMs, 1)) * 1_000);
  const leftSeconds = Math.round((elapsedMs / 1_000) * (1 / Math.max(doneShare, 1e-9) - 1));
  const minutes = Math.floor(leftSeconds / 60);
  const seconds = String(leftSeconds % 60).padStart(2, "0");
  return `${perSecond.toLocaleString("en")}/s  ${minutes}:${seconds} left`;
}
