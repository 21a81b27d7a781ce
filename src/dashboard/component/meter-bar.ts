/** Pure. A metric against its limit: the bar ends at 100 %, and what is beyond is marked there. */
import { raw } from "hono/html";
import { htmlText } from "./html-text.ts";

/** Where the limit is, in percent of the picture's width; what is beyond has the rest. */
const LIMIT_AT = 88;
/** The most beyond the limit that is drawn to scale, in percent of it; more fills the rest. */
const MOST_BEYOND = 100;
/** Between the bar's end and what is beyond. */
const GAP = 0.6;

export type Level = "calm" | "warning" | "critical";

/** Where something stands, in percent of the picture's width, by hundredths of a percent. */
export function placeOf(basisPoints: bigint): number {
  const percent = Number(basisPoints) / 100;
  const beyond = Math.min(Math.max(percent - 100, 0), MOST_BEYOND) / MOST_BEYOND;
  const place = (Math.min(percent, 100) / 100) * LIMIT_AT + beyond * (100 - LIMIT_AT);
  return Math.round(place * 100) / 100;
}

/** The level of a share of the limit, in hundredths of a percent. */
export function levelAt(basisPoints: bigint): Level {
  if (basisPoints >= 10_000n) return "critical";
  return basisPoints >= 8_000n ? "warning" : "calm";
}

type Props = { basisPoints: bigint; thresholds: readonly number[]; label: string; text: string };

/** The bar; `thresholds` are percentages, and `text` is what is read out. */
export function MeterBar(props: Props) {
  return raw(meterBarHtml(props));
}

const BAR = 'height="10" y="3" rx="3"></rect>';

/** The same as text: a page has hundreds. A meter element could not show its thresholds. */
export function meterBarHtml({ basisPoints, thresholds, label, text }: Props): string {
  const percent = Number(basisPoints) / 100;
  const filled = Math.min(placeOf(basisPoints), LIMIT_AT);
  const beyond = Math.max(placeOf(basisPoints) - LIMIT_AT, 0);
  const drawn = Math.max(Math.round((beyond - GAP) * 100) / 100, beyond > 0 ? GAP : 0);
  const marks = thresholds
    .filter((threshold) => threshold <= 100 + MOST_BEYOND)
    .map((threshold) => `${placeOf(BigInt(threshold) * 100n)}%`)
    .map((x) => `<line class="mark" x1="${x}" x2="${x}" y1="0" y2="16"></line>`);
  const range = `aria-valuemin="0" aria-valuemax="100" aria-valuenow="${Math.min(percent, 100)}"`;
  const said = `aria-label="${htmlText(label)}" ${range} aria-valuetext="${htmlText(text)}"`;
  const track = `<rect class="track" width="${LIMIT_AT}%" ${BAR}`;
  const fill = `<rect class="fill" width="${filled}%" ${BAR}`;
  const more = `<rect class="beyond" x="${LIMIT_AT + GAP}%" width="${drawn}%" ${BAR}`;
  const bars = track + fill + more + marks.join("");
  return `<svg class="bar ${levelAt(basisPoints)}" role="meter" ${said}>${bars}</svg>`;
}
