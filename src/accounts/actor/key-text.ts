/** The text of an API key: what one looks like, and what is shown of it afterwards. Pure. */
import type { TenantMode } from "./actor.ts";

/** Random bytes in a key: base64url makes 43 characters of them. */
export const KEY_SECRET_BYTES = 32;

const KEY = /^bcp_(?:live|test|op)_[\w-]{43}$/;

/** `bcp_live_…`, `bcp_test_…` or, for the operator, `bcp_op_…`. */
export function keyText(tenant: { mode: TenantMode; operator: boolean }, secret: string): string {
  return `bcp_${tenant.operator ? "op" : tenant.mode}_${secret}`;
}

/** True for a text that could be a key: anything else is refused without a look-up. */
export function isKeyText(text: string): boolean {
  return KEY.test(text);
}

/** The prefix and the last four characters: enough to recognise a key, too little to use it. */
export function keyHint(key: string): string {
  return `${key.slice(0, key.indexOf("_", 4) + 1)}…${key.slice(-4)}`;
}

/** The key in an Authorization header (RFC 6750 section 2.1), or null where there is none. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? null;
}

/**
 * The key in an Authorization header as other products' clients send it: as a bearer token, or as
 * the name of Basic without a password (RFC 7617); null where there is none.
 */
export function keyIn(header: string | undefined): string | null {
  const basic = /^Basic +([\w+/=-]+) *$/i.exec(header ?? "")?.[1];
  if (basic === undefined) return bearerOf(header);
  try {
    return /^([^:]+):?/.exec(atob(basic))?.[1] ?? null;
  } catch {
    return null;
  }
}
