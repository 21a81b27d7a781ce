/** How OpenMeter's API says what it refuses: RFC 9457, with its own statuses. Pure. */
import { ERRORS, type Problem, problemBody } from "../../core/errors.ts";
import type { Refusal } from "../common/dialect.ts";

/** What is wrong with a request is 400 there, and what is nowhere 404. */
const STATUSES: Readonly<Record<number, number>> = { 422: 400, 421: 404 };
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: ERRORS["resource.not_found"].title,
};

/**
 * A problem as OpenMeter's clients read it: they take this exact content type and no other, and
 * show nothing but the detail, which so names the field that is wrong.
 */
export function openmeterError(problem: Problem, requestId: string): Refusal {
  const { request_id: _, ...body } = problemBody(problem, requestId);
  const status = STATUSES[problem.status] ?? problem.status;
  const title = status === problem.status ? body.title : (TITLES[status] ?? body.title);
  const detail = detailOf(problem);
  const instance = `urn:request:${requestId}`;
  const form = { ...body, title, status, detail, instance };
  return { status, type: "application/problem+json", body: form };
}

function detailOf({ message, extra }: Problem): string {
  const [first] = extra.errors ?? [];
  const isNamed = first === undefined || first.pointer === "" || message.includes(first.pointer);
  return isNamed ? message : `${first.pointer}: ${message}`;
}
