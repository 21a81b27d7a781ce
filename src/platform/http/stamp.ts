/** The headers that every answer has, and answers that are made with them. */

export const POLICY = "Content-Security-Policy";

/** On every answer that does not say otherwise. */
export const HEADERS: readonly [string, string][] = [
  ["Cache-Control", "no-store"],
  [POLICY, "default-src 'none'; frame-ancestors 'none'"],
  ["Referrer-Policy", "no-referrer"],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["X-Content-Type-Options", "nosniff"],
];

let ofJson: Headers | null = null;
const stamped = new WeakSet<Response>();

/**
 * An answer of JSON with all its headers: they are copied by the runtime, where to set each of them
 * would cost a fifth of a bare answer.
 */
export function jsonText(text: string | Uint8Array, status: number): Response {
  ofJson ??= new Headers([...HEADERS, ["Content-Type", "application/json"]]);
  const answer = new Response(text, { status, headers: ofJson });
  stamped.add(answer);
  return answer;
}

/** True for an answer that was made with its headers. */
export function isStamped(answer: Response): boolean {
  return stamped.has(answer);
}
