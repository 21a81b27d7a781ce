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

/** By the version of the API, of which there are few. */
const ofJson = new Map<ApiVersion, Headers>();
const stamped = new WeakSet<Response>();

/**
 * An answer of JSON in a version of the API, with all its headers: they are copied by the runtime,
 * where to set each of them would cost a fifth of a bare answer.
 */
export function jsonText(text: string | Uint8Array, status: number, version: ApiVersion): Response {
  let headers = ofJson.get(version);
  if (!headers) {
    const own: [string, string][] = [
      ["Content-Type", "application/json"],
      [VERSION_HEADER, version],
    ];
    headers = new Headers([...HEADERS, ...own]);
    ofJson.set(version, headers);
  }
  const answer = new Response(text, { status, headers });
  stamped.add(answer);
  return answer;
}

/** True for an answer that was made with its headers. */
export function isStamped(answer: Response): boolean {
  return stamped.has(answer);
}
