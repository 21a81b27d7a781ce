/** Pure. A short text, such as an id, with a button that copies it. */

/** Text that stands in a line; the button shows where there is a script to copy it. */
export function CopyText({ text }: { text: string }) {
  return (
    <span class="copy-text">
      <code>{text}</code>{" "}
      <button type="button" class="quiet" data-copy={text} hidden>
        Copy<span class="unseen"> {text}</span>
      </button>
    </span>
  );
}
