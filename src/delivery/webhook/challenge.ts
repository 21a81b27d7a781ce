/**
 * Whether an endpoint's owner wants messages. The first endpoint of a host is believed; each
 * further one, whoever's, is sent a challenge, and nothing else until an answer holds its token.
 * Pure, but for the token's own secret.
 */
import { createHmac } from "node:crypto";
import { timeText } from "../../core/time.ts";
import { isSame } from "../transport/signature.ts";
import type { Delivery } from "./table.ts";

export const CHALLENGE_TYPE = "webhook.challenge";

/** Failed attempts after which it is not sent again by itself. */
export const CHALLENGE_ATTEMPTS = 4;

/** What the owner of an unproven endpoint does, for answers, pages and refusals. */
export const PROOF_NEEDED =
  "the endpoint is not proven yet: another one has the same host, so it has to answer a " +
  "challenge with the challenge's token; have it sent once more when it can";

/** The token of a challenge: the same for each attempt, and nobody's to guess. */
export function tokenOf(secret: string, { id }: Pick<Delivery, "id">): string {
  return createHmac("sha256", secret).update(`challenge ${id}`).digest("base64url");
}

/** The body of a challenge's request. */
export function challengePayload(delivery: Delivery, token: string): string {
  const { message: id, createdMs, endpoint } = delivery;
  const data = { endpoint_id: endpoint, challenge: token };
  return JSON.stringify({
    id,
    seq: null,
    type: CHALLENGE_TYPE,
    timestamp: timeText(createdMs),
    data,
  });
}

/** True where an answer is the token as text, or JSON that holds it as `challenge`. */
export function holdsToken(answer: string, token: string): boolean {
  return isSame(answer.trim(), token) || isSame(challengeIn(answer), token);
}

function challengeIn(answer: string): string {
  try {
    const body: unknown = JSON.parse(answer);
    const isObject = typeof body === "object" && body !== null;
    return isObject && "challenge" in body ? String(body.challenge) : "";
  } catch {
    return "";
  }
}

/** What counts as one host: a name whatever its port; an address of this machine with it. */
export function hostOf(text: string): string {
  const { hostname, host } = new URL(text);
  return /^(?:localhost|127\..*|\[::1\])$/.test(hostname) ? host : hostname.replace(/\.$/, "");
}

/** True where the operator lists a host, apart by blanks, as one that needs no proof. */
export function isTrusted(host: string, hosts: string | undefined): boolean {
  const trusted = (hosts ?? "").toLowerCase().split(/[\s,]+/);
  return host !== "" && trusted.includes(host);
}
