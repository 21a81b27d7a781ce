/** The headers that every answer has, and answers that are made with them. */

import { type ApiVersion, VERSION_HEADER } from "../../core/api-version.ts";

export const POLICY = "Content-Security-Policy";

/** On every answer that does not say otherwise. */
export const HEADERS: readonly [string, string][] = [
  ["Cache-Control", "no-store"],
  [POLICY, "default-src 'none'; frame-ancestors 'none'"],
  ["Referrer-Policy", "no-referrer"],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["X-Content-Type-Options", "nosniff"],
];

/** What holds for a PDF, whose policy is that of the browser's own viewer, too: who frames it. */
export const PDF_POLICY = "frame-ancestors 'none'";

/** By the version of the API, of which there are few. */
const ofJson = new Map<ApiVersion, Headers>();
const stamped = new WeakSet<Response>();

/** An answer of JSON in a version of the API, with all its headers. */
export function jsonText(text: string | Uint8Array, status: number, version: ApiVersion): Response {
  let headers = ofJson.get(version);
  if (!headers) {
    headers = allHeaders({ "Content-Type": "application/json", [VERSION_HEADER]: version });
    ofJson.set(version, headers);
  }
  return stampedAnswer(text, status, headers);
}

/** Headers of an answer, and those of every answer that it does not say otherwise. */
export function allHeaders(own: Readonly<Record<string, string>>): Headers {
  return new Headers({ ...Object.fromEntries(HEADERS), ...own });
}

/**
 * An answer that has all its headers: they are copied by the runtime, where to set each of them
 * would cost a fifth of a bare answer.
 */
export function stampedAnswer(body: BodyInit, status: number, headers: Headers): Response {
  const answer = new Response(body, { status, headers });
  stamped.add(answer);
  return answer;
}

/** True for an answer that was made with its headers. */
export function isStamped(answer: Response): boolean {
  return stamped.has(answer);
}
