/** Pure. What happened to a document, the newest thing first. */
import type { Child } from "hono/jsx";
import { KEPT } from "../../delivery/email/shown-letter.ts";
import type { Author } from "../../delivery/timeline/author.ts";
import type { Happening, TimelineEntry } from "../../delivery/timeline/timeline.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import type { Format } from "../form/format.ts";

const WORDS: Readonly<Record<Happening, string>> = {
  created: "Drafted",
  edited: "Edited",
  finalized: "Issued",
  sent: "Sent",
  reminded: "Reminded",
  receipt_sent: "Receipt sent",
  email_failed: "E-mail not delivered",
  opened: "Opened",
  paid: "Payment received",
  refunded: "Refunded",
  credited: "Credited",
  converted: "Invoiced",
  accepted: "Accepted",
  rejected: "Rejected",
  voided: "Voided",
};
/** Of e-mails that nobody sent: what a mail program would have brought stands in the inbox. */
const KEPT_WORDS: Partial<Record<Happening, string>> = {
  sent: "Kept in the inbox",
  reminded: "Reminder kept in the inbox",
  receipt_sent: "Receipt kept in the inbox",
};
const TONES: Partial<Record<Happening, string>> = {
  paid: "good",
  accepted: "good",
  email_failed: "bad",
  rejected: "bad",
  voided: "bad",
  opened: "info",
};

type Props = { entries: readonly TimelineEntry[]; currency: string; format: Format };

/** A list of what happened, each with its time. */
export function Timeline({ entries, currency, format }: Props) {
  if (entries.length === 0) return null;
  return (
    <section class="card" aria-label="Timeline">
      <h2>Timeline</h2>
      <ol class="timeline">
        {entries.toReversed().map((entry) => (
          <li class={TONES[entry.what] ?? ""}>
            <p>
              <strong>{wordsOf(entry)}</strong>{" "}
              <Detail entry={entry} currency={currency} format={format} />
            </p>
            <p class="muted">
              {format.time(entry.atMs)}
              {entry.by && ` · ${authorWords(entry.by)}`}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function wordsOf({ what, note }: TimelineEntry): string {
  return (note === KEPT && KEPT_WORDS[what]) || WORDS[what];
}

function authorWords({ kind, name }: Author): string {
  if (kind === "operator") return "by the operator";
  if (kind === "system") return "automatically";
  if (name === null) return `by a ${kind}`;
  return kind === "key" ? `with the key ${name}` : `by ${name}`;
}

function Detail({ entry, currency, format }: { entry: TimelineEntry } & Omit<Props, "entries">) {
  const { to, amountMinor, views, count, other, emailId, note } = entry;
  const parts: Child[] = [];
  if (count !== null && count > 1) parts.push(`${format.count(count)} times`);
  if (amountMinor !== null) {
    const size = amountMinor < 0 ? -amountMinor : amountMinor;
    parts.push(format.money(BigInt(size), currency));
  }
  if (to) {
    const words = `to ${to.join(", ")}`;
    parts.push(emailId ? <a href={`/dashboard/emails/${emailId}`}>{words}</a> : words);
  }
  if (views !== null && views > 1) parts.push(`${format.count(views)} times`);
  if (other) {
    const { path, noun } = KINDS[other.kind];
    const name = other.number ?? `draft ${noun}`;
    parts.push(<a href={`/dashboard/${path}/${other.id}`}>{name}</a>);
  }
  if (note && note !== KEPT) parts.push(<span class="muted">{note}</span>);
  return <>{parts.map((part, i) => (i === 0 ? part : <> {part}</>))}</>;
}
