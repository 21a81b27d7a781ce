/** Pure. What a document lacks to be the e-invoice that its customer is sent. */
import { causesOf, MAX_NAMED_GAPS } from "../../documents/render/gap/ask.ts";
import { PACKS } from "../../documents/render/pack/registry.ts";
import type { EInvoiceState } from "../../documents/render/xml.ts";

type Props = { state: EInvoiceState; isFinal: boolean };

/** The format, and for each thing that is missing what to do, with the rules that ask for it. */
export function GapList({ state: { format, gaps }, isFinal }: Props) {
  const { name } = PACKS[format];
  if (gaps.length === 0) {
    return (
      <p class="muted" data-gaps="none">
        Ready to be sent as an e-invoice ({name}).
      </p>
    );
  }
  const causes = causesOf(gaps.slice(0, MAX_NAMED_GAPS));
  return (
    <section class="notice warn" aria-label="What the e-invoice lacks" data-gaps={format}>
      <p>
        {isFinal
          ? `This is not a valid e-invoice as ${name}. Fix this, void it and issue it again:`
          : `This would not be a valid e-invoice as ${name}. Before you finalize it:`}
      </p>
      <ul>
        {causes.map(({ detail, remedy, rules }) => (
          <li>
            {inPages(remedy)} <small title={detail}>{rules.join(", ")}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What to do without the names that the API has for it. */
function inPages(remedy: string): string {
  return remedy.replace(/ \([^()]*\)\.$/, ".");
}

/** What stands there before anything can be said. */
export function NoGapsYet() {
  return <p class="muted">Choose a customer to see what the e-invoice needs.</p>;
}
