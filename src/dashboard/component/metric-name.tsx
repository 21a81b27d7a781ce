/** Pure. A metric as people know it, with its id in small where that is another text. */
type Props = { id: string; name: string; unit?: string };

/** The display name of a metric; its id and its unit stand in small behind it. */
export function MetricName({ id, name, unit = "" }: Props) {
  const small = [...(name === id ? [] : [id]), ...(unit === "" ? [] : [unit])];
  return (
    <span class="metric-id">
      {name}
      {small.map((text) => (
        <>
          {" "}
          <small class="muted">{text}</small>
        </>
      ))}
    </span>
  );
}
