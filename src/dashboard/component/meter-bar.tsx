/** Pure. A metric against its limit, with the thresholds marked. */
/** The bar shows up to this share of the limit; what is beyond fills it. */
const FULL_PERCENT = 120;

export type Level = "calm" | "warning" | "critical";

/** Where the bar ends, in percent of its width, for hundredths of a percent of the limit. */
export function barEnd(basisPoints: bigint): number {
  const percent = Math.min(Number(basisPoints) / 100, FULL_PERCENT);
  return Math.round((percent / FULL_PERCENT) * 10_000) / 100;
}

/** The level of a share of the limit, in hundredths of a percent. */
export function levelAt(basisPoints: bigint): Level {
  if (basisPoints >= 10_000n) return "critical";
  return basisPoints >= 8_000n ? "warning" : "calm";
}

type Props = { basisPoints: bigint; thresholds: readonly number[]; label: string; text: string };

/** The bar; `thresholds` are percentages, and `text` is what is read out. */
export function MeterBar({ basisPoints, thresholds, label, text }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot show its thresholds
    <svg
      class={`bar ${levelAt(basisPoints)}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={FULL_PERCENT}
      aria-valuenow={Math.min(Number(basisPoints) / 100, FULL_PERCENT)}
      aria-valuetext={text}
    >
      <rect class="track" width="100%" height="10" y="3" rx="5" />
      <rect class="fill" width={`${barEnd(basisPoints)}%`} height="10" y="3" rx="5" />
      {thresholds
        .filter((threshold) => threshold <= FULL_PERCENT)
        .map((threshold) => {
          const x = `${barEnd(BigInt(threshold) * 100n)}%`;
          return <line class="mark" x1={x} x2={x} y1="0" y2="16" />;
        })}
    </svg>
  );
}
