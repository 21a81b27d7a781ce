/**
 * IP addresses and ranges of them in CIDR notation (RFC 4632, RFC 4291). Pure. An IPv4 address that
 * is written as IPv6, `::ffff:192.0.2.1`, is the IPv4 address. An address is a range of one.
 */
export type IpRange = { family: 4 | 6; base: bigint; prefix: number };

const BITS = { 4: 32, 6: 128 } as const;
/** Before an IPv4 address that is written as IPv6 (RFC 4291 section 2.5.5.2). */
const MAPPED = 0xffffn;
const MAPPED_BITS = 96;
const GROUPS = 8;

/** The range that a text names, or null where it is none, or has bits set past its prefix. */
export function parseRange(text: string): IpRange | null {
  const [address = "", length, ...more] = text.split("/");
  const one = parseWritten(address);
  if (!one || more.length > 0) return null;
  if (length === undefined) return unmapped(one);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > one.prefix) return null;
  const range = { ...one, prefix: Number(length) };
  const past = BigInt(one.prefix - range.prefix);
  return (range.base >> past) << past === range.base ? unmapped(range) : null;
}

/** The address that a text names, or null. */
export function parseAddress(text: string): IpRange | null {
  return text.includes("/") ? null : parseRange(text);
}

/** True where all of `inner` lies in `outer`. */
export function isInRange(inner: IpRange, outer: IpRange): boolean {
  if (inner.family !== outer.family || inner.prefix < outer.prefix) return false;
  return (inner.base ^ outer.base) >> BigInt(BITS[outer.family] - outer.prefix) === 0n;
}

function unmapped(range: IpRange): IpRange {
  const isMapped = range.family === 6 && range.prefix >= MAPPED_BITS;
  if (!isMapped || range.base >> 32n !== MAPPED) return range;
  return { family: 4, base: range.base & 0xffffffffn, prefix: range.prefix - MAPPED_BITS };
}

function parseWritten(text: string): IpRange | null {
  const family = text.includes(":") ? 6 : 4;
  const base = family === 6 ? parseV6(text) : parseV4(text);
  return base === null ? null : { family, base, prefix: BITS[family] };
}

function parseV4(text: string): bigint | null {
  const parts = text.split(".");
  // A leading zero is octal to some, so it is taken by none.
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return null;
  if (parts.some((part) => Number(part) > 255)) return null;
  return parts.reduce((base, part) => base * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | null {
  const halves = text.split("::");
  const [head, tail] = [halves[0] ?? "", halves[1]].map((half, place) =>
    half === undefined ? [] : groupsOf(half, place === halves.length - 1),
  );
  if (!head || !tail || halves.length > 2) return null;
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((base, group) => (base << 16n) | group, 0n);
}

/** The groups of 16 bits in a half of an address; the last two may be written as IPv4. */
function groupsOf(half: string, isLast: boolean): bigint[] | null {
  if (half === "") return [];
  const groups: bigint[] = [];
  const parts = half.split(":");
  for (const [place, part] of parts.entries()) {
    const v4 = isLast && place === parts.length - 1 ? parseV4(part) : null;
    if (v4 !== null) groups.push(v4 >> 16n, v4 & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return groups;
}
