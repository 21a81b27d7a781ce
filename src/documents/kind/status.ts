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

/** What a page shows as a pill beside its title; what is merely issued has none. */
export type ShownStatus = Exclude<StatusToday, "issued">;
