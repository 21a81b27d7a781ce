/** Pure. To the next page of a list; the browser goes back. */
type Props = {
  path: string;
  query: URLSearchParams;
  nextCursor: string | null;
  /** What the first page and the next one are called. */
  words?: [first: string, next: string];
};

const BY_TIME: [string, string] = ["Newest", "Older"];

/** Links to the first and the next page of a list, keeping its query; nothing where it has one. */
export function Pager({ path, query, nextCursor, words: [first, more] = BY_TIME }: Props) {
  const paged = query.has("cursor");
  if (nextCursor === null && !paged) return null;
  const to = (cursor: string | null) => {
    const next = new URLSearchParams(query);
    next.delete("done");
    if (cursor === null) next.delete("cursor");
    else next.set("cursor", cursor);
    return `${path}?${next}`;
  };
  return (
    <nav class="pager" aria-label="Pages">
      {paged && <a href={to(null)}>{first}</a>}
      {nextCursor !== null && (
        <a href={to(nextCursor)} rel="next">
          {more}
        </a>
      )}
    </nav>
  );
}
