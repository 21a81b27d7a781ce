/** What a meter answers to a batch. Pure. */
import type { Left } from "../../core/bucket.ts";
import type { Alert } from "../counter/terms.ts";
import type { Prepared } from "./batch.ts";

/** What became of one event of a batch. */
export const STATUS = {
  accepted: 0,
  duplicate: 1,
  conflict: 2,
  refused: 3,
  overflow: 4,
  lacking: 5,
  tooManyValues: 6,
  tooManyMetrics: 7,
  unnamed: 8,
  undeclared: 9,
} as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** A metric of a batch that nobody declared and no plan prices, and which one may be meant. */
export type Undeclared = { metric: string; meant: string | null };

/** What became of a batch. Where `statuses` is null every event was accepted, from `firstSeq`. */
export type Reply = {
  firstSeq: number;
  statuses: Uint8Array | null;
  /** The sequence of each accepted or repeated event; 0 for the others. */
  seqs: Float64Array | null;
  alerts: { index: number; alert: Alert }[];
  /** Events that a limit refused or capped. */
  limited: { index: number; takenMicro: string; remainingMicro: string }[];
  /** The first event's line, where a single one repeated it and the log still holds it. */
  firstLine: string | null;
  /** Metrics of the batch that nobody knows, as many as a reply names. */
  undeclared: readonly Undeclared[];
  /** Sent where the batch was prepared for another version. */
  prepared: Prepared | null;
  /** Where the tenant has a budget of events a minute: what is left of it. */
  eventsLeft?: Left;
};

/** A reply in which nothing is told. */
export const EMPTY_REPLY: Reply = {
  firstSeq: 0,
  statuses: null,
  seqs: null,
  alerts: [],
  limited: [],
  firstLine: null,
  undeclared: [],
  prepared: null,
};

/** A reply as it crosses to the Worker: the first sequence alone where there is no more to say. */
export type Answer = Reply | number;

/** The form in which a reply crosses to the Worker. */
export function answerOf(reply: Reply): Answer {
  const { statuses, prepared, firstLine, undeclared } = reply;
  const tellsMore = statuses ?? prepared ?? firstLine;
  return tellsMore === null && undeclared.length === 0 ? reply.firstSeq : reply;
}

/** An answer that also says what is left of the tenant's budget of events a minute. */
export function tellingLeft(answer: Answer, eventsLeft: Left): Answer {
  return { ...replyOf(answer), eventsLeft };
}

/** The reply that crossed as an answer. */
export function replyOf(answer: Answer): Reply {
  return typeof answer === "number" ? { ...EMPTY_REPLY, firstSeq: answer } : answer;
}
