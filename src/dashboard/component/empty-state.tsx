/** Pure. What a page says while there is nothing on it: what to do next, and a line to copy. */
import type { Child } from "hono/jsx";

type Props = { title: string; children?: Child; command?: string };

/** A heading, what to do next, and `command` as a line to copy. */
export function EmptyState({ title, children, command }: Props) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
      {command && <Copyable text={command} />}
    </div>
  );
}

/** Text with a button that copies it, where there is a script to do so. */
export function Copyable({ text }: { text: string }) {
  return (
    <div class="copyable">
      <pre tabindex={0}>{text}</pre>
      <button type="button" class="quiet" data-copy={text} hidden>
        Copy
      </button>
    </div>
  );
}
