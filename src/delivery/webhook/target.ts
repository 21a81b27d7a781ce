/**
 * Where webhooks may go: to the public internet. Pure. What a public name resolves to is the
 * platform's to check (the flag `global_fetch_strictly_public`).
 */
const PRIVATE_V4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, and the metadata address of clouds
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3], // multicast and reserved
];

const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa|test)$/;

/** Why `text` is no target, or null where it is one. */
export function targetProblem(text: string, localAllowed: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) return "is not a URL";
  if (url.username !== "" || url.password !== "") return "has no user name or password";
  if (localAllowed) return /^https?:$/.test(url.protocol) ? null : "begins with https://";
  if (url.protocol !== "https:") return "begins with https://";
  return isPublicHost(url.hostname) ? null : "is an address on the public internet";
}

const PORTS = /^(?:443|8443)?$/;

/**
 * Why `text` may not become a target, or null: as `targetProblem`, and no dot at its host's end and
 * no port but 443, 8443 or one of `ports`, which the operator lists. Endpoints that are there keep
 * theirs.
 */
export function newTargetProblem(
  text: string,
  localAllowed: boolean,
  ports: string | undefined,
): string | null {
  const problem = targetProblem(text, localAllowed);
  if (problem !== null || localAllowed) return problem;
  const { hostname, port } = new URL(text);
  if (hostname.endsWith(".")) return "has no dot at the end of its host";
  if (PORTS.test(port) || (ports ?? "").split(/[\s,]+/).includes(port)) return null;
  return "has the port 443 or 8443, or one that the operator allows";
}

/** `hostname` as URL gives it: lower case, and addresses in their one canonical spelling. */
function isPublicHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  if (name.startsWith("[")) return isPublicV6(groupsOf(name.slice(1, -1)));
  if (/^[\d.]+$/.test(name)) return isPublicV4(numberOf(name));
  return name.includes(".") && !PRIVATE_NAMES.test(name);
}

function numberOf(dotted: string): number {
  return dotted.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPublicV4(address: number): boolean {
  return !PRIVATE_V4.some(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(numberOf(first) / size);
  });
}

/** The eight groups of an IPv6 address that URL has normalised to hexadecimal. */
function groupsOf(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((g) => parseInt(g, 16)));
  const [left, right] = [groups(head), groups(tail ?? "")];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** By IANA's registry of special-purpose addresses, in RFC 4291's global unicast, 2000::/3. */
function isPublicV6(groups: number[]): boolean {
  const [a = 0, b = 0, c = 0, , , f = 0, g = 0, h = 0] = groups;
  const low = g * 65536 + h;
  if (groups.slice(0, 6).every((group) => group === 0)) return false; // ::, ::1, and ::a.b.c.d
  if (groups.slice(0, 5).every((group) => group === 0) && f === 0xffff) return isPublicV4(low);
  if (a === 0x64 && b === 0xff9b) return c === 0 && isPublicV4(low); // RFC 6052, not RFC 8215's
  if (a === 0x2002) return isPublicV4(b * 65536 + c); // RFC 3056
  if (a === 0x2001 && (b < 0x200 || b === 0xdb8)) return false; // protocols, and documentation
  if (a === 0x3fff && b < 0x1000) return false; // documentation (RFC 9637)
  return a >= 0x2000 && a <= 0x3fff;
}
