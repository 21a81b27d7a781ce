/** Pure. A metric against its limit: the bar ends at 100 %, and what is beyond is marked there. */
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
export function MeterBar({ basisPoints, thresholds, label, text }: Props) {
  const percent = Number(basisPoints) / 100;
  const beyond = Math.max(placeOf(basisPoints) - LIMIT_AT, 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot show its thresholds
    <svg
      class={`bar ${levelAt(basisPoints)}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(percent, 100)}
      aria-valuetext={text}
    >
      <rect class="track" width={`${LIMIT_AT}%`} height="10" y="3" rx="3" />
      <rect
        class="fill"
        width={`${Math.min(placeOf(basisPoints), LIMIT_AT)}%`}
        height="10"
        y="3"
        rx="3"
      />
      <rect
        class="beyond"
        x={`${LIMIT_AT + GAP}%`}
        width={`${Math.max(Math.round((beyond - GAP) * 100) / 100, beyond > 0 ? GAP : 0)}%`}
        height="10"
        y="3"
        rx="3"
      />
      {thresholds
        .filter((threshold) => threshold <= 100 + MOST_BEYOND)
        .map((threshold) => {
          const x = `${placeOf(BigInt(threshold) * 100n)}%`;
          return <line class="mark" x1={x} x2={x} y1="0" y2="16" />;
        })}
    </svg>
  );
}
