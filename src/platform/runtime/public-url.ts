/**
 * Where this installation is reached: the addresses in PUBLIC_URL decide, and never the Host that a
 * request names, which anybody may write.
 */
import { Problem } from "../../core/errors.ts";
import type { Env } from "./env.ts";

type Told = Pick<Env, "PUBLIC_URL">;

/** The addresses in a text of PUBLIC_URL, without a slash at their end; others are left out. */
export function addressesIn(text: string | undefined): string[] {
  const isAddress = (part: string) => /^https?:\/\//.test(part) && URL.canParse(part);
  return (text ?? "")
    .split(/[\s,]+/)
    .filter(isAddress)
    .map((part) => part.replace(/\/+$/, ""));
}

/** Where links point: the first address, or null where the operator has named none. */
export function publicUrl(env: Told): string | null {
  return addressesIn(env.PUBLIC_URL)[0] ?? null;
}

/** As `publicUrl`. Errors: 503 `service.no_public_url` where there is none. */
export function insistPublicUrl(env: Told): string {
  const url = publicUrl(env);
  if (url !== null) return url;
  throw new Problem(
    "service.no_public_url",
    "the operator has yet to set PUBLIC_URL, the address at which links point",
  );
}

let read: { text: string | undefined; hosts: ReadonlySet<string> } | null = null;

function hostsOf({ PUBLIC_URL: text }: Told): ReadonlySet<string> {
  if (read?.text !== text) {
    read = { text, hosts: new Set(addressesIn(text).map((address) => new URL(address).host)) };
  }
  return read.hosts;
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/**
 * True for the address of a request at a host of this installation: one of PUBLIC_URL, the one that
 * the platform gave it, to which nobody else can lead, or this machine where PUBLIC_URL is empty.
 */
export function isOwnAddress(env: Told, url: string): boolean {
  const hosts = hostsOf(env);
  const start = url.indexOf("//") + 2;
  const end = url.indexOf("/", start);
  // As it stands first: most requests need no parser.
  if (hosts.has(url.slice(start, end))) return true;
  const origin = url.slice(0, end + 1);
  if (own?.hosts === hosts && own.origin === origin) return true;
  if (!isOwn(hosts, url)) return false;
  if (origin !== "") own = { hosts, origin };
  return true;
}

/** The last other origin that was found to be ours, with the slash behind it. */
let own: { hosts: ReadonlySet<string>; origin: string } | null = null;

function isOwn(hosts: ReadonlySet<string>, url: string): boolean {
  // A Host header may hold anything; what no address can be made of is none of ours.
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, host } = new URL(url);
  if (hosts.has(host)) return true;
  if (protocol === "https:" && hostname.endsWith(".workers.dev")) return true;
  return hosts.size === 0 && LOOPBACK.test(host);
}
