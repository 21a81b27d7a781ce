/** What each version changed, oldest first; a new one is a file, a line here, and its date. */
import { type ApiVersion, VERSION_NAMES } from "../core/api-version.ts";
import type { Change, Release } from "./change.ts";
import { V2026_11_30 } from "./v2026-11-30.ts";

/** The first version changed nothing, so it has no entry. */
export const RELEASES: readonly Release[] = [V2026_11_30];

/** What changed after a version, oldest first. */
export function changesSince(version: ApiVersion): readonly Change[] {
  const at = VERSION_NAMES.indexOf(version);
  return RELEASES.filter((release) => VERSION_NAMES.indexOf(release.version) > at).flatMap(
    ({ changes }) => changes,
  );
}
