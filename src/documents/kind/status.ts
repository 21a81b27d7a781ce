/** Pure. What becomes of a document, as it is stored and as it stands on a day. */
/** What is stored; overdue and expired are derived from it and a day. */
export const STATUSES = [
  "draft",
  "void",
  "open",
  "paid",
  "pending",
  "accepted",
  "rejected",
  "issued",
] as const;
export type StoredStatus = (typeof STATUSES)[number];

/** What a document can be on a day: what lists are filtered by. */
export const STATUSES_TODAY = [
  "draft",
  "open",
  "overdue",
  "paid",
  "void",
  "pending",
  "accepted",
  "rejected",
  "expired",
  "issued",
] as const;
export type StatusToday = (typeof STATUSES_TODAY)[number];

/** What is open or pending becomes something else once its last day is over; nothing else does. */
export function statusPast(status: StoredStatus): StatusToday {
  return status === "open" ? "overdue" : status === "pending" ? "expired" : status;
}

/** How it is stored what a document can be on a day. */
export function storedStatus(status: StatusToday): StoredStatus {
  return status === "overdue" ? "open" : status === "expired" ? "pending" : status;
}

/** What a page shows as a pill beside its title; what is merely issued has none. */
export type ShownStatus = Exclude<StatusToday, "issued">;
