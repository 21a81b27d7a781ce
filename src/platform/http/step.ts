/**
 * An act on many things, in steps: each call does what an invocation may ask for and says where the
 * next one goes on. One for which the act is not possible is passed over.
 */
import { z } from "@hono/zod-openapi";
import { Problem } from "../../core/errors.ts";
import { decodeCursor, encodeCursor } from "./http.ts";

/** What is looked at in a step, and what is done in it; a step also ends after 500 queries. */
export const MOST_READ = 500;
const MOST_DONE = 50;
const MOST_REFUSED = 50;

export const stepView = z
  .object({
    done: z.number().int(),
    skipped: z.number().int().openapi({
      description: "for which the act is not possible as they are, such as voiding what is paid",
    }),
    refused: z.array(
      z.object({
        id: z.string(),
        number: z.string().nullable(),
        code: z.string(),
        detail: z.string(),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .openapi("BulkStep");
export type Step = z.infer<typeof stepView>;

/** The id that a step goes on before; none for the first. Errors: 422 for the cursor. */
export function idBefore(cursor: string | null): string | undefined {
  const [last] = cursor === null ? [] : decodeCursor(cursor, 1);
  return last === undefined ? undefined : String(last);
}

type Work<R> = {
  /** What is looked at, where that is less than `MOST_READ`. */
  most?: number;
  /** Whether the invocation may ask for one more. */
  hasRoom: () => boolean;
  nameOf: (row: R) => { id: string; number: string | null };
  isPossible: (row: R) => boolean;
  act: (row: R) => Promise<void>;
};

/**
 * Takes one step over `rows`, of which up to `MOST_READ + 1` were read. What the problem of one
 * refuses is listed and the rest goes on; a full budget, or a busy service, ends the step before
 * it. Errors: those, where nothing was done yet.
 */
export async function takeStep<R>(rows: readonly R[], work: Work<R>): Promise<Step> {
  const { most = MOST_READ } = work;
  const step: Step = { done: 0, skipped: 0, refused: [], next_cursor: null };
  let last: string | null = null;
  let isWhole = rows.length <= most;
  for (const row of rows.slice(0, most)) {
    const isFull = step.done === MOST_DONE || step.refused.length === MOST_REFUSED;
    if (isFull || !work.hasRoom() || !(await takeOne(row, work, step))) {
      isWhole = false;
      break;
    }
    last = work.nameOf(row).id;
  }
  step.next_cursor = isWhole || last === null ? null : encodeCursor([last]);
  return step;
}

/** Does it for one; false where the step has to end before it. */
async function takeOne<R>(row: R, work: Work<R>, step: Step): Promise<boolean> {
  if (!work.isPossible(row)) {
    step.skipped++;
    return true;
  }
  try {
    await work.act(row);
    step.done++;
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, message: detail } = error;
    if (error.status === 429 || error.status >= 500) {
      if (step.done + step.skipped + step.refused.length === 0) throw error;
      return false;
    }
    step.refused.push({ ...work.nameOf(row), code, detail });
    return true;
  }
}
