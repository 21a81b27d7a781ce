/** Pure. To the pages on both sides of a page of a list. */
type Props = {
  path: string;
  query: URLSearchParams;
  nextCursor: string | null;
  /** To the page before; left out where a list cannot be read backwards. */
  previousCursor?: string | null;
  /** What the first page and the next one are called where a list leads on only. */
  words?: [first: string, next: string];
};

const BY_TIME: [string, string] = ["Newest", "Older"];

/** Links to the pages on both sides, keeping the list's query; nothing where there is one page. */
export function Pager({ path, query, nextCursor, previousCursor, words = BY_TIME }: Props) {
  const paged = query.has("cursor");
  if (nextCursor === null && !paged) return null;
  const to = (cursor: string | null) => {
    const next = new URLSearchParams(query);
    next.delete("done");
    if (cursor === null) next.delete("cursor");
    else next.set("cursor", cursor);
    return `${path}?${next}`;
  };
  if (previousCursor === undefined) {
    const [first, more] = words;
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
  return (
    <nav class="pager both" aria-label="Pages">
      {previousCursor === null ? (
        <span class="button off">Previous</span>
      ) : (
        <a class="button" href={to(previousCursor)} rel="prev">
          Previous
        </a>
      )}
      {nextCursor === null ? (
        <span class="button off">Next</span>
      ) : (
        <a class="button" href={to(nextCursor)} rel="next">
          Next
        </a>
      )}
    </nav>
  );
}
