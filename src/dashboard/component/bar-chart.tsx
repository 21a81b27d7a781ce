/** Pure. Values over time as bars, with the exact values in a table. */
import { DataTable } from "./data-table.tsx";

export type Bar = {
  label: string;
  /** One for each series: as it is written, and as decimal text for the picture. */
  values: readonly { text: string; decimal: string }[];
};

type Props = { caption: string; heads: readonly string[]; bars: readonly Bar[] };

const HEIGHT = 100;
const STEP = 10;

/** A figure of bars with its table; `heads` name the labels and then each series. */
export function BarChart({ caption, heads, bars }: Props) {
  const [first = "", ...series] = heads;
  return (
    <figure class="chart" data-chart>
      <figcaption>{caption}</figcaption>
      <Picture bars={bars} />
      {series.length > 1 && (
        <p class="legend">
          {series.map((head, i) => (
            <span>
              <i class={`series-${i}`} />
              {head}
            </span>
          ))}
        </p>
      )}
      <details>
        <summary>As a table</summary>
        <DataTable
          caption={caption}
          columns={[{ head: first }, ...series.map((head) => ({ head, figure: true }))]}
          rows={bars.map(({ label, values }) => ({
            cells: [
              label,
              ...values.map(({ text, decimal }) => <span data-value={decimal}>{text}</span>),
            ],
          }))}
        />
      </details>
    </figure>
  );
}

function Picture({ bars }: { bars: readonly Bar[] }) {
  const series = bars[0]?.values.length ?? 0;
  const sizes = bars.map(({ values }) => values.map(({ decimal }) => Math.abs(Number(decimal))));
  const most = Math.max(...sizes.flat(), 0) || 1;
  const width = (STEP - 2) / Math.max(series, 1);
  const paths = Array.from({ length: series }, (_, s) =>
    sizes
      .map((heights, i) => {
        const height = ((heights[s] ?? 0) / most) * HEIGHT;
        const x = i * STEP + 1 + s * width;
        return `M${x.toFixed(2)} ${HEIGHT}v-${height.toFixed(2)}h${width.toFixed(2)}V${HEIGHT}z`;
      })
      .join(""),
  );
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${Math.max(bars.length, 1) * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {paths.map((path, s) => (
        <path class={`series-${s}`} d={path} />
      ))}
    </svg>
  );
}
