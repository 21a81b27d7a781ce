/** What a document's stored status means on a day. Pure: overdue and expired are derived here. */
import { dateText } from "../../core/period.ts";
import type { DocumentStatus } from "../model/model.ts";
import type { STATUSES } from "./table.ts";

export type Standing = {
  status: (typeof STATUSES)[number];
  dueDate: string | null;
  validUntil: string | null;
  timeZone: string;
};

/** A document's status at `nowMs`: it is overdue, or has expired, once its last day is over. */
export function statusAt(document: Standing, nowMs: number): DocumentStatus | "issued" {
  const { status, dueDate, validUntil } = document;
  const today = () => dateText(nowMs, document.timeZone);
  if (status === "open" && dueDate !== null && dueDate < today()) return "overdue";
  if (status === "pending" && validUntil !== null && validUntil < today()) return "expired";
  return status;
}
