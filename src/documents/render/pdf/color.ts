/** Pure. Colours as PDF takes them (0 to 1 each), and their contrast by WCAG 2.2. */
import type { Color } from "./text.ts";

/** `#rrggbb`, or null for any other text. */
export function parseColor(hex: string): Color | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) return null;
  const part = (i: number) =>
    Math.round((Number.parseInt(match[i] ?? "0", 16) / 255) * 1000) / 1000;
  return [part(1), part(2), part(3)];
}

/** WCAG 2.2, "contrast ratio": 1 to 21. */
export function contrast(a: Color, b: Color): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance([red, green, blue]: Color): number {
  const linear = (value: number) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** The same hue, darkened until it is readable on white. */
export function darkenTo(color: Color, ratio: number): Color {
  for (let step = 19; step > 0; step--) {
    const [red, green, blue] = color.map((value) => Math.round(value * step * 50) / 1000);
    const darker: Color = [red ?? 0, green ?? 0, blue ?? 0];
    if (contrast(darker, [1, 1, 1]) >= ratio) return darker;
  }
  return [0, 0, 0];
}
