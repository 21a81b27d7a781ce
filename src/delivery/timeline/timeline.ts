/** What happened to a document: from its own rows, the audit log, e-mails, links and money. */
import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { type Asker, mayDo } from "../../accounts/actor/confinement.ts";
import type { DocumentKind } from "../../documents/kind/registry.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { listLinks } from "../../documents/link/link-store.ts";
import { listPayments } from "../../documents/payment/payment-store.ts";
import type { Document } from "../../documents/store/row.ts";
import { documents, type LinkRow, type PaymentRow } from "../../documents/store/table.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { emailState, KEPT } from "../email/shown-letter.ts";
import { type Brought, listEmailsOf } from "../email/store.ts";
import type { EmailRow } from "../email/table.ts";
import { type Author, type Done, doneWith } from "./author.ts";

/** What may have happened; each letter is an e-mail that brought the document. */
export const HAPPENINGS = [
  "created",
  "edited",
  "finalized",
  "sent",
  "reminded",
  "receipt_sent",
  "email_failed",
  "opened",
  "paid",
  "refunded",
  "credited",
  "converted",
  "accepted",
  "rejected",
  "voided",
] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** One thing that happened; what does not concern it is null. */
export type TimelineEntry = {
  atMs: number;
  what: Happening;
  /** An e-mail's recipients. */
  to: readonly string[] | null;
  /** Of money, or of a credit note, in minor units. */
  amountMinor: number | null;
  /** How often it was opened, and when last. */
  views: number | null;
  /** Of edits after each other, how many. */
  count: number | null;
  lastMs: number | null;
  /** Another document: a credit note, or the invoice that was made of it. */
  other: { kind: DocumentKind; id: string; number: string | null } | null;
  emailId: string | null;
  /** How it was paid, or why an e-mail failed. */
  note: string | null;
  /** Who did it, where the audit log says so and the reader may know. */
  by: Author | null;
  /** How the audit log names it; null for what nobody did with the document. */
  act: string | null;
};

const MOST_EMAILS = 100;
const NOTHING = {
  to: null,
  amountMinor: null,
  views: null,
  count: null,
  lastMs: null,
  other: null,
  emailId: null,
  note: null,
  by: null,
  act: null,
} as const;

/**
 * What happened to a document that the reader issued, the first thing first; by whom where it reads
 * the audit log.
 */
export async function timelineOf(
  env: Env,
  document: Document,
  reader: Asker,
): Promise<TimelineEntry[]> {
  const { id, issuer } = document;
  const [done, emails, links, payments, others] = await Promise.all([
    doneWith(env.DB, document),
    listEmailsOf(env.DB, issuer, [id], MOST_EMAILS),
    listLinks(env.DB, id, FIRST_PAGE),
    KINDS[document.kind].owed ? listPayments(env.DB, id, FIRST_PAGE) : [],
    readMadeOf(env.DB, document),
  ]);
  const entries = [
    ...ofDocument(document),
    ...editsIn(done, document),
    ...emails.map(ofEmail),
    ...links.flatMap(ofLink),
    ...payments.map(ofPayment),
    ...others.map(ofOther),
  ];
  const named = mayDo(reader, "audit.read")
    ? entries.map((entry) => ({ ...entry, by: entry.by ?? authorIn(done, entry) }))
    : entries.map((entry) => ({ ...entry, by: null }));
  return named.sort((a, b) => a.atMs - b.atMs || rank(a.what) - rank(b.what));
}

function authorIn(done: readonly Done[], { act }: TimelineEntry): Author | null {
  return act === null ? null : (done.find((one) => one.act === act)?.author ?? null);
}

const EDITS: ReadonlySet<string> = new Set(["change", "attach", "detach"]);

/** Edits of a draft; what one author did after each other is one, at the last one's time. */
function editsIn(
  done: readonly Done[],
  { createdMs, finalizedMs, updatedMs }: Document,
): TimelineEntry[] {
  // The log is in real time: on a test clock an edit was at the latest when the draft was issued.
  const latestMs = finalizedMs ?? updatedMs;
  const edits: TimelineEntry[] = [];
  for (const { act, atMs, author } of done.filter((one) => EDITS.has(one.act))) {
    const last = edits.at(-1);
    const isSame = last?.by?.kind === author.kind && last.by.name === author.name;
    const at = Math.max(createdMs, Math.min(atMs, latestMs));
    const count = isSame ? (last.count ?? 0) + 1 : 1;
    if (isSame) edits.pop();
    edits.push({ ...NOTHING, atMs: at, what: "edited", by: author, count, act });
  }
  return edits;
}

function rank(what: Happening): number {
  return HAPPENINGS.indexOf(what);
}

function ofDocument(document: Document): TimelineEntry[] {
  const { status, number, createdMs, finalizedMs, updatedMs } = document;
  const entry = (what: Happening, atMs: number, act: string): TimelineEntry => ({
    ...NOTHING,
    what,
    atMs,
    act,
  });
  const ends: Partial<Record<Document["status"], [Happening, string]>> = {
    accepted: ["accepted", "accept"],
    rejected: ["rejected", "reject"],
    // What credit notes took whole says so by them.
    ...(number === null || document.creditedMinor === 0 ? { void: ["voided", "void"] } : {}),
  };
  const end = ends[status];
  return [
    // What billing writes is final from the start.
    ...(createdMs === finalizedMs ? [] : [entry("created", createdMs, "create")]),
    ...(finalizedMs === null ? [] : [entry("finalized", finalizedMs, "finalize")]),
    ...(end ? [entry(end[0], updatedMs, end[1])] : []),
  ];
}

const LETTERS: Readonly<Record<EmailRow["letter"], Happening>> = {
  document: "sent",
  reminder: "reminded",
  receipt: "receipt_sent",
  notice: "sent",
};
const UNSENT: readonly EmailRow["status"][] = ["failed", "bounced", "suppressed", "complained"];

function ofEmail(email: Brought): TimelineEntry {
  const isUnsent = UNSENT.includes(email.status);
  return {
    ...NOTHING,
    atMs: email.sentMs ?? email.createdMs,
    what: isUnsent ? "email_failed" : LETTERS[email.letter],
    to: email.recipients,
    emailId: email.id,
    act: `send ${email.id}`,
    note: isUnsent ? (email.reason ?? email.status) : emailState(email) === KEPT ? KEPT : null,
  };
}

function ofLink({ views, viewedMs, firstViewedMs }: LinkRow): TimelineEntry[] {
  const atMs = firstViewedMs ?? viewedMs;
  if (atMs === null) return [];
  return [{ ...NOTHING, atMs, what: "opened", views, lastMs: viewedMs }];
}

function ofPayment({ id, amountMinor, createdMs, ...how }: PaymentRow): TimelineEntry {
  const { method, reference } = how;
  const note = [method, reference].filter(Boolean).join(" ");
  const what = amountMinor < 0 ? "refunded" : "paid";
  return { ...NOTHING, atMs: createdMs, what, amountMinor, note, act: `payment ${id}` };
}

type Made = Awaited<ReturnType<typeof readMadeOf>>[number];

function ofOther({ atMs, totalMinor, ...other }: Made): TimelineEntry {
  const isCredit = KINDS[other.kind].credits;
  const amountMinor = isCredit ? totalMinor : null;
  const what = isCredit ? "credited" : "converted";
  const act = `${isCredit ? "credit" : "convert"} ${other.id}`;
  return { ...NOTHING, atMs, what, amountMinor, other, act };
}

function madeOf(ofKind: SQL) {
  return preparedRead<"id" | "issuer", Pick<Document, "id" | "number" | "totalMinor"> & AtMs>(
    (queries) => {
      const { id, number, totalMinor, createdMs: atMs, originId, issuer } = documents;
      const { placeholder } = sql;
      return queries
        .select({ id, number, totalMinor, atMs })
        .from(documents)
        .where(and(eq(originId, placeholder("id")), ofKind, eq(issuer, placeholder("issuer"))))
        .orderBy(desc(id))
        .limit(FIRST_PAGE.limit);
    },
  );
}
type AtMs = { atMs: number };
// The words of the two indexes on origins, which a parameter would not match.
const CREDITS = madeOf(sql`${documents.kind} = 'credit_note'`);
const INVOICES = madeOf(sql`${documents.kind} = 'invoice' AND ${documents.status} <> 'void'`);

/** Documents that were made of one, or correct it; the newest 200. */
async function readMadeOf(db: D1Database, { id, issuer, kind }: Document) {
  const isCredited = KINDS[kind].acts.credit !== undefined;
  const made: DocumentKind = isCredited ? "credit_note" : "invoice";
  const rows = await rowsOfRead((isCredited ? CREDITS : INVOICES)(db, { id, issuer }));
  return rows.map((row) => ({ ...row, kind: made }));
}
