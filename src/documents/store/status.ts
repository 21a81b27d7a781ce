/** What a document's stored status means on a day. Pure: overdue and expired are derived here. */
import { dateText } from "../../core/period.ts";
import type { StatusToday, StoredStatus } from "../kind/status.ts";

/** What of a document decides its status on a day; days are in its own time zone. */
export type Dated = {
  status: StoredStatus;
  dueDate: string | null;
  validUntil: string | null;
  timeZone: string;
};

/** A document's status at `nowMs`: it is overdue, or has expired, once its last day is over. */
export function statusAt(document: Dated, nowMs: number): StatusToday {
  const { status, dueDate, validUntil } = document;
  const today = () => dateText(nowMs, document.timeZone);
  if (status === "open" && dueDate !== null && dueDate < today()) return "overdue";
  if (status === "pending" && validUntil !== null && validUntil < today()) return "expired";
  return status;
}
