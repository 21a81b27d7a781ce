/** Pure. What the two templates look like: colours, type sizes, spacing. Sizes are points. */
import { remembered } from "../../../core/recent.ts";
import type { ShownStatus } from "../../kind/status.ts";
import type { Template } from "../../model/model.ts";
import { contrast, darkenTo, parseColor } from "./color.ts";
import { LEAST_SIZE } from "./density.ts";
import type { Color, TextStyle, Weight } from "./text.ts";

export const INK: Color = [0.07, 0.09, 0.13];
export const MUTED: Color = [0.36, 0.4, 0.47];
export const HAIRLINE: Color = [0.9, 0.91, 0.93];
export const WHITE: Color = [1, 1, 1];
/** Light enough that text over it stays readable: a tint instead of transparency. */
const WATERMARK: Color = [0.945, 0.95, 0.957];
const ZEBRA: Color = [0.965, 0.97, 0.978];
const INDIGO = "#4f46e5";
const BLUE = "#1d4ed8";

/** WCAG's least contrast of small text. */
export const READABLE = 4.5;

const text = (weight: Weight, size: number, color: Color, tabular = false): TextStyle => ({
  weight,
  size,
  color,
  tabular,
});

export type Theme = {
  accent: Color;
  title: TextStyle;
  /** Of what leads to the payment. */
  link: TextStyle;
  /** Filled table head with white text, alternating rows, no hairlines between rows. */
  filled: boolean;
  zebra: Color;
  /** Between a filled row's edge and its text. */
  cellPad: number;
  headCell: TextStyle;
};

export type Styles = ReturnType<typeof makeStyles>;

const styles = new Map<number, Styles>();

/** The styles of type of a density: all sizes by one factor, none below what is read on paper. */
export function stylesOf(factor: number): Styles {
  const known = styles.get(factor);
  if (known) return known;
  const made = makeStyles((size) => Math.max(LEAST_SIZE, Math.round(size * factor * 10) / 10));
  styles.set(factor, made);
  return made;
}

function makeStyles(of: (size: number) => number) {
  return {
    hero: text("semibold", of(16), INK),
    section: text("semibold", of(11), INK),
    heading: text("semibold", of(8.5), INK),
    label: text("medium", of(8.5), MUTED),
    value: text("regular", of(8.5), INK),
    number: text("semibold", of(8.5), INK),
    body: text("regular", of(8.5), INK),
    muted: text("regular", of(8.5), MUTED),
    rowName: text("regular", of(9), INK),
    groupName: text("medium", of(9), INK),
    secondary: text("regular", of(7.5), MUTED),
    figure: text("regular", of(9), INK, true),
    figureMuted: text("regular", of(9), MUTED, true),
    totalLabel: text("regular", of(9), MUTED),
    totalFigure: text("regular", of(9), INK, true),
    strongLabel: text("medium", of(9), INK),
    strongFigure: text("medium", of(9), INK, true),
    dueLabel: text("semibold", of(10.5), INK),
    dueFigure: text("semibold", of(10.5), INK, true),
    carried: text("medium", of(8.5), MUTED),
    carriedFigure: text("medium", of(9), MUTED, true),
    running: text("regular", of(7.5), MUTED),
    runningStrong: text("medium", of(7.5), MUTED),
    foot: text("regular", 7, MUTED),
    watermark: text("semibold", 110, WATERMARK),
    axis: text("regular", 7, MUTED),
  } as const;
}

const MOST_THEMES = 50;

const themeBy = remembered(MOST_THEMES, (key): Theme => {
  const [name, accent] = key.split(" ");
  const classic = name === "classic";
  const wanted = parseColor(accent ?? (classic ? BLUE : INDIGO)) ?? INK;
  const readable = contrast(wanted, WHITE) >= READABLE ? wanted : darkenTo(wanted, READABLE);
  return {
    accent: readable,
    title: text("semibold", 20, classic ? readable : INK),
    link: text("medium", 9, readable),
    filled: classic,
    zebra: ZEBRA,
    cellPad: classic ? 6 : 0,
    headCell: classic ? text("semibold", 7.5, WHITE) : text("medium", 7.5, MUTED),
  };
});

/**
 * How a template looks with an accent, `#rrggbb`, which is darkened until white contrasts; the same
 * one for the same two, for texts are kept by their styles.
 */
export function themeOf({ name }: Template, accent: string | null): Theme {
  return themeBy(accent === null ? name : `${name} ${accent}`);
}

type Pill = { text: TextStyle; tint: Color };
const pill = (ink: Color, tint: Color): Pill => ({ text: text("semibold", 7.5, ink), tint });
const GREEN = pill([0.05, 0.4, 0.2], [0.86, 0.96, 0.89]);
const ORANGE = pill([0.56, 0.26, 0.02], [1, 0.93, 0.82]);
const RED = pill([0.65, 0.09, 0.09], [0.99, 0.9, 0.9]);
const GREY = pill([0.29, 0.33, 0.39], [0.93, 0.94, 0.96]);
const SLATE = pill([0.12, 0.27, 0.56], [0.89, 0.93, 0.99]);

export const PILLS: Record<ShownStatus, Pill> = {
  draft: GREY,
  open: SLATE,
  paid: GREEN,
  overdue: RED,
  void: GREY,
  pending: ORANGE,
  accepted: GREEN,
  rejected: RED,
  expired: GREY,
};
