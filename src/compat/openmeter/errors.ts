/** How OpenMeter's API says what it refuses: RFC 9457, with its own statuses. Pure. */
import { ERRORS, type Problem, problemBody } from "../../core/errors.ts";
import type { Refusal } from "../common/dialect.ts";

/** What is wrong with a request is 400 there. */
const STATUSES: Readonly<Record<number, number>> = { 422: 400, 421: 404 };

/** A problem as OpenMeter's clients read it: they take this exact content type and no other. */
export function openmeterError(problem: Problem, requestId: string): Refusal {
  const status = STATUSES[problem.status] ?? problem.status;
  const { request_id: _, ...body } = problemBody(problem, requestId);
  const instance = `urn:request:${requestId}`;
  const title = status === problem.status ? body.title : (TITLES[status] ?? body.title);
  return { status, type: "application/problem+json", body: { ...body, title, status, instance } };
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: ERRORS["resource.not_found"].title,
};
