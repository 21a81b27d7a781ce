/**
 * The dated versions of the API, oldest first. Each pins the shapes of what is asked and answered;
 * `src/versions/` has what changed with each. Pure, and in the entry: recording says its version.
 */
import { Problem } from "./errors.ts";

type Dated = {
  /** Its date, by which callers name it. */
  name: string;
  /** The day up to which it is answered at least, once there is a newer one. */
  sunset: string | null;
};

export const API_VERSIONS = [
  { name: "2026-11-01", sunset: "2027-11-30" },
  { name: "2026-11-30", sunset: null },
] as const satisfies readonly Dated[];

export type ApiVersion = (typeof API_VERSIONS)[number]["name"];

export const VERSION_NAMES = API_VERSIONS.map(({ name }) => name) as [ApiVersion, ...ApiVersion[]];
/** What keys and endpoints have that were made before there were versions. */
export const FIRST_VERSION: ApiVersion = API_VERSIONS[0].name;
export const NEWEST_VERSION: ApiVersion = API_VERSIONS[1].name;

/** Names the version that a request is written in and answered in; each answer says it, too. */
export const VERSION_HEADER = "API-Version";

function isVersion(name: string): name is ApiVersion {
  return (VERSION_NAMES as readonly string[]).includes(name);
}

/** The version of a name. Errors: 400 `request.version_unknown` with those that there are. */
export function versionNamed(name: string): ApiVersion {
  if (isVersion(name)) return name;
  const detail = `there is no such API version; the versions are ${VERSION_NAMES.join(", ")}`;
  throw new Problem("request.version_unknown", detail, { members: { versions: VERSION_NAMES } });
}

/** What a row keeps as its version; the first one where it keeps none. */
export function keptVersion(name: string | null): ApiVersion {
  return name !== null && isVersion(name) ? name : FIRST_VERSION;
}

/** From when on a version is deprecated, and up to when it is answered; null for the newest one. */
export function endOfVersion(version: ApiVersion): { sinceMs: number; sunsetMs: number } | null {
  const at = VERSION_NAMES.indexOf(version);
  const [next, sunset] = [VERSION_NAMES[at + 1], API_VERSIONS[at]?.sunset];
  if (next === undefined || !sunset) return null;
  return { sinceMs: Date.parse(next), sunsetMs: Date.parse(sunset) };
}
