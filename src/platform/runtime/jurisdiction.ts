/**
 * Where a tenant's data are kept: as its id says, or else where the installation is. All that a
 * tenant has in R2 goes through `bucketOf`, and all that is asked of its meter through `meterOf`.
 */
import { TIME_LENGTH } from "../../core/id.ts";
import type { Env } from "./env.ts";

/** Where the platform can keep databases, objects and files. */
export const JURISDICTIONS = ["eu", "fedramp"] as const;
export type Jurisdiction = (typeof JURISDICTIONS)[number];

type Bound = Pick<Env, "FILES" | "FILES_EU" | "FILES_FEDRAMP" | "JURISDICTION">;

/** What binds the files of each. */
export const FILES_BINDINGS = {
  eu: "FILES_EU",
  fedramp: "FILES_FEDRAMP",
} as const satisfies Record<Jurisdiction, keyof Env>;

/** Behind the time of an id, which ids are sorted by; their ends stay random, as shards need. */
const PLACE = "ten_".length + TIME_LENGTH;

/**
 * The id of a tenant that is kept elsewhere than the installation: an object's jurisdiction is a
 * part of the object's id for good, so it is one of the tenant's.
 */
export function idIn(jurisdiction: Jurisdiction | null, id: string): string {
  if (jurisdiction === null) return id;
  return `${id.slice(0, PLACE)}_${jurisdiction}_${id.slice(PLACE)}`;
}

/** Where a tenant's object and files are kept; null: where the installation is. */
export function ownJurisdiction(tenant: string): Jurisdiction | null {
  if (tenant[PLACE] !== "_") return null;
  return JURISDICTIONS.find((one) => tenant.startsWith(`_${one}_`, PLACE)) ?? null;
}

/** The environment's buckets, each in another's place. */
export function eachBucket(env: Bound, other: (bucket: R2Bucket) => R2Bucket): Partial<Bound> {
  const names = ["FILES", ...Object.values(FILES_BINDINGS)] as const;
  const bound = names.flatMap((name) => {
    const bucket = env[name];
    return bucket ? [[name, other(bucket)] as const] : [];
  });
  return Object.fromEntries(bound);
}

/** The name of the binding that a jurisdiction's files need, where nothing is bound to it. */
export function missingFiles(env: Bound, jurisdiction: Jurisdiction): string | null {
  const binding = FILES_BINDINGS[jurisdiction];
  return env.JURISDICTION === jurisdiction || env[binding] ? null : binding;
}

/** The bucket of a tenant's files. Errors: where none is bound for its jurisdiction. */
export function bucketOf(env: Bound, tenant: string): R2Bucket {
  const own = ownJurisdiction(tenant);
  if (own === null || own === env.JURISDICTION) return env.FILES;
  const files = env[FILES_BINDINGS[own]];
  if (files) return files;
  throw new Error(
    `files in ${own} are not bound: ${FILES_BINDINGS[own]} is missing in wrangler.toml`,
  );
}
