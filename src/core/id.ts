/** Ids: a prefix that says what it names, then 26 characters that sort by time. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32, lower case

/** What each tenant's id begins with, and no external id does: so a name is one or the other. */
export const TENANT_PREFIX = "ten";

/** True for what can only be a tenant's id, whether there is one or not. */
export function isTenantId(name: string): boolean {
  return name.startsWith(`${TENANT_PREFIX}_`);
}

/** Characters of an id's time, behind its prefix. */
export const TIME_LENGTH = 10;

/** `prefix_` + 10 characters of `nowMs` + 16 characters of `entropy` (10 bytes). */
export function idFrom(prefix: string, nowMs: number, entropy: Uint8Array): string {
  let time = "";
  for (let rest = nowMs, i = 0; i < TIME_LENGTH; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}${base32(entropy)}`;
}

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >> bits) & 31);
      held &= (1 << bits) - 1;
    }
  }
  return text;
}
