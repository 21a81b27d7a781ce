/** Pure. What there is to know of one thing, as names and values. */
import type { Child } from "hono/jsx";

export type Fact = readonly [name: string, value: Child];

type Props = { label: string; facts: readonly Fact[]; children?: Child };

/** A card of facts, without those whose value is null; `children` are further entries. */
export function FactList({ label, facts, children }: Props) {
  return (
    <section class="card" aria-label={label}>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
        {children}
      </dl>
    </section>
  );
}
