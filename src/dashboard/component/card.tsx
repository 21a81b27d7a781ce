/** Pure. A figure with its name, in a row of them: `<dl class="cards">`. */
type Props = { name: string; value: string | readonly string[]; note?: string };

/** One figure, or one of each currency below each other; `note` is the small print. */
export function Card({ name, value, note }: Props) {
  const values = typeof value === "string" ? [value] : value;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {values.length === 1 ? values : values.map((one) => <span class="amount">{one}</span>)}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}
