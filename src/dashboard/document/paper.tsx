/** Pure. A document's pages within a page of the dashboard, as its PDF shows them. */
import type { Child } from "hono/jsx";
import { type Drawn, MOST_SHEETS, sheetsHtml } from "../../documents/render/html/preview.ts";
import { SHEET_STYLE } from "../../documents/render/svg/web-face.ts";

type PaperProps = {
  drawn: Drawn;
  /** What the pages are of. */
  name: string;
  /** Links to the PDF and the like. */
  children?: Child;
};

/** The pages, at the width at hand or larger than that, and links beside the switch for it. */
export function Paper({ drawn, name, children }: PaperProps) {
  return (
    <div class="paper">
      <link rel="stylesheet" href={SHEET_STYLE} />
      <div class="paper-bar">
        <label class="larger">
          <input type="checkbox" /> Larger
        </label>
        {children}
      </div>
      <section class="desk" aria-label={name} tabindex={0}>
        <Sheets drawn={drawn} />
      </section>
    </div>
  );
}

/** The pages alone; a script puts others in their place. */
export function Sheets({ drawn }: { drawn: Drawn }) {
  const { length } = drawn.drawn.canvases;
  return (
    <div data-part="sheets">
      <div dangerouslySetInnerHTML={{ __html: sheetsHtml(drawn) }} />
      {length > MOST_SHEETS && (
        <p class="more-pages">
          These are the first {MOST_SHEETS} of {length} pages; the PDF has them all.
        </p>
      )}
    </div>
  );
}
