/** A progress bar on standard error, where a person looks at it; silent elsewhere. */

const WIDTH = 30;

export type Progress = { advance: (done: number) => void; end: () => void };

export function progressBar(label: string, total: number): Progress {
  const out = process.stderr;
  if (!out.isTTY) return { advance: () => {}, end: () => {} };
  return {
    advance: (done) => {
      const share = total === 0 ? 1 : done / total;
      const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "·");
      const percent = `${Math.floor(share * 100)}`.padStart(3);
      out.write(`\r${label.padEnd(24)} ${bar} ${percent} %  ${done}/${total}`);
    },
    end: () => void out.write("\n"),
  };
}
