/**
 * Pure. Values over time as a picture that the server draws, with axes, a legend, and the exact
 * values in a table. A script reads the table to say the value under the pointer, or of the point
 * that the arrow keys move to.
 */
import { axisFormat, labelled, mostLabels, type Scale, scaleOf } from "./axis.ts";
import { DataTable } from "./data-table.tsx";

export type Bar = {
  label: string;
  /** One for each series: as it is written, and as decimal text for the picture. */
  values: readonly { text: string; decimal: string }[];
};

/** Beside each other, on top of each other (below zero downwards), or as lines. */
export type Drawn = "grouped" | "stacked" | "lines";

type Props = {
  caption: string;
  /** What the figures of the axis are, such as "USD" or "API calls". */
  unit?: string;
  heads: readonly string[];
  bars: readonly Bar[];
  drawn?: Drawn;
  /** The colour of each series: a number, or what it stands for. */
  tones?: readonly string[];
  /** Written at the axis; in plain English unless given. */
  figure?: (value: number) => string;
};

/** Of the drawing, in pixels; it is as wide as there is room. */
const HEIGHT = 190;
const TOP = 10;
const BOTTOM = 26;
/** Of the picture inside, which is stretched: a point's width, and the height. */
const STEP = 100;
const TALL = 1000;
const MANY = 10;
const LABELS = 12;
/** How wide the area of a chart is at least, with room and on a phone, in pixels. */
const ROOM = 770;
const LITTLE_ROOM = 270;

/** A figure of bars or lines with its table; `heads` name the labels and then each series. */
export function BarChart(props: Props) {
  const { caption, unit, heads, bars, drawn = "grouped", tones = [] } = props;
  const [first = "", ...series] = heads;
  const tone = (i: number) => `tone-${tones[i] ?? i % 8}`;
  return (
    <figure class="chart" data-chart>
      <figcaption>
        {caption}
        {unit && <span class="muted">{unit}</span>}
      </figcaption>
      {(series.length > 1 || drawn === "stacked") && (
        <ul class="legend">
          {series.map((head, i) => (
            <li>
              <i class={tone(i)} />
              {head}
            </li>
          ))}
        </ul>
      )}
      <Picture
        bars={bars}
        drawn={drawn}
        tone={tone}
        figure={props.figure ?? axisFormat("en", null)}
      />
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

type PictureProps = {
  bars: readonly Bar[];
  drawn: Drawn;
  tone: (i: number) => string;
  figure: (value: number) => string;
};

function Picture({ bars, drawn, tone, figure }: PictureProps) {
  const values = bars.map((bar) => bar.values.map(({ decimal }) => Number(decimal)));
  const scale = scaleFor(values, drawn);
  const yOf = (value: number) => TOP + ((scale.to - value) / (scale.to - scale.from)) * HEIGHT;
  const pixel = (value: number) => yOf(value).toFixed(1);
  return (
    <div class="plot">
      <svg class="scale" aria-hidden="true" height={TOP + HEIGHT + BOTTOM}>
        {scale.ticks.map((tick) => (
          <text x="100%" y={pixel(tick)} dy=".32em">
            {figure(tick)}
          </text>
        ))}
      </svg>
      <div class="area" data-plot>
        <svg aria-hidden="true" height={TOP + HEIGHT + BOTTOM}>
          {scale.ticks.map((tick) => (
            <line
              class={tick === 0 ? "base" : "grid"}
              x1="0"
              x2="100%"
              y1={pixel(tick)}
              y2={pixel(tick)}
            />
          ))}
          <svg
            aria-hidden="true"
            y={TOP}
            width="100%"
            height={HEIGHT}
            viewBox={`0 0 ${Math.max(bars.length, 1) * STEP} ${TALL}`}
            preserveAspectRatio="none"
          >
            {pathsOf(values, drawn, scale).map((path, i) => (
              <path class={`${drawn} ${tone(i)}`} d={path} vector-effect="non-scaling-stroke" />
            ))}
          </svg>
          <Labels bars={bars} />
        </svg>
      </div>
    </div>
  );
}

function Labels({ bars }: { bars: readonly Bar[] }) {
  const longest = Math.max(0, ...bars.map(({ label }) => label.length));
  const [wide, narrow] = [ROOM, LITTLE_ROOM].map((pixels) =>
    labelled(bars.length, Math.min(LABELS, mostLabels(pixels, longest))),
  ) as [(i: number) => boolean, (i: number) => boolean];
  return (
    <>
      {bars.map(({ label }, i) => {
        if (!wide(i) && !narrow(i)) return null;
        const room = !narrow(i) ? "roomy" : wide(i) ? "" : "tight";
        const x = `${(((i + 0.5) / bars.length) * 100).toFixed(2)}%`;
        return (
          <text class={room} x={x} y={TOP + HEIGHT + 19}>
            {label}
          </text>
        );
      })}
    </>
  );
}

function scaleFor(values: readonly (readonly number[])[], drawn: Drawn): Scale {
  if (drawn !== "stacked")
    return scaleOf(Math.min(...values.flat(), 0), Math.max(...values.flat(), 0));
  const sum = (side: (value: number) => number) =>
    values.map((row) => row.reduce((total, value) => total + side(value), 0));
  const least = Math.min(...sum((value) => Math.min(value, 0)), 0);
  return scaleOf(least, Math.max(...sum((value) => Math.max(value, 0)), 0));
}

/** A path for each series, in the coordinates of the stretched picture. */
function pathsOf(
  values: readonly (readonly number[])[],
  drawn: Drawn,
  { from, to }: Scale,
): string[] {
  const series = values[0]?.length ?? 0;
  const yOf = (value: number) => ((to - value) / (to - from)) * TALL;
  // A few points do not fill the whole width.
  const wide = STEP * 0.66 * Math.min(1, Math.max(values.length, 1.5) / MANY);
  return Array.from({ length: series }, (_, s) => {
    if (drawn === "lines") return linePath(values.map((row) => yOf(row[s] ?? 0)));
    const rects = values.map((row, i) => {
      const value = row[s] ?? 0;
      if (drawn === "stacked") {
        const base = row.slice(0, s).reduce((sum, v) => (v < 0 === value < 0 ? sum + v : sum), 0);
        return rect(i * STEP + (STEP - wide) / 2, wide, yOf(base), yOf(base + value));
      }
      const width = wide / series;
      return rect(i * STEP + (STEP - wide) / 2 + s * width, width, yOf(0), yOf(value));
    });
    return rects.join("");
  });
}

function rect(x: number, width: number, y: number, to: number): string {
  if (y === to) return "";
  return `M${x.toFixed(1)} ${y.toFixed(1)}V${to.toFixed(1)}h${width.toFixed(1)}V${y.toFixed(1)}z`;
}

function linePath(heights: readonly number[]): string {
  const points = heights.map((y, i) => `${(i + 0.5) * STEP} ${y.toFixed(1)}`);
  return points.length === 1 ? `M0 ${heights[0]}h${STEP}` : `M${points.join("L")}`;
}
