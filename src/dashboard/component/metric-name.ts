/** Pure. A metric as people know it, with its id in small where that is another text. */
import { raw } from "hono/html";
import { htmlText } from "./html-text.ts";

type Props = { id: string; name: string; unit?: string };

/**
 * The display name of a metric; its id and its unit stand in small behind it. Written as text: a
 * page has hundreds of them.
 */
export function MetricName({ id, name, unit = "" }: Props) {
  const small = [...(name === id ? [] : [id]), ...(unit === "" ? [] : [unit])];
  const behind = small.map((text) => ` <small class="muted">${htmlText(text)}</small>`).join("");
  return raw(`<span class="metric-id">${htmlText(name)}${behind}</span>`);
}
