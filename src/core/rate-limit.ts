/**
 * Pure. What answers say of limits on requests, by draft-ietf-httpapi-ratelimit-headers: policies
 * with their quota and window, and what is left of each.
 */
import type { Left } from "./bucket.ts";
import { SECOND_MS } from "./time.ts";

export const POLICY_HEADER = "RateLimit-Policy";
export const LIMIT_HEADER = "RateLimit";

/** Every limit is one a minute. */
const WINDOW_S = 60;

/** A limit: what it is called, and how much a minute it allows. */
export type Policy = { name: string; quota: number; unit?: string };

/** An item of RateLimit-Policy (section 3): a quota of requests, unless it is of another `unit`. */
export function policyItem({ name, quota, unit }: Policy): string {
  const of = unit === undefined ? "" : `;qu="${unit}"`;
  return `"${name}";q=${quota};w=${WINDOW_S}${of}`;
}

/** An item of RateLimit (section 4): what is left, and the seconds until all of it is there. */
export function limitItem(name: string, { left, fullMs }: Left): string {
  return `"${name}";r=${left};t=${Math.ceil(fullMs / SECOND_MS)}`;
}
