/** Pure. A figure with its name, in a row of them: `<dl class="cards">`. */
/** One figure; `note` is the small print below it. */
export function Card({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}
