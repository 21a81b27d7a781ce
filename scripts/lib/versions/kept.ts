/** The contracts that are kept of the API's versions. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NEWEST_VERSION, VERSION_NAMES } from "../../../src/core/api-version.ts";
import { CHANGELOG_PATH, changelogText } from "./changelog.ts";
import { type Contract, contractText } from "./contract.ts";
import { breaks, type Difference } from "./difference.ts";

const FOLDER = "scripts/lib/versions/kept";

/** Where a version's contract is kept, from the repository's root. */
export function keptPath(version: string): string {
  return `${FOLDER}/${version}.json`;
}

/** The kept contract of a version, or null where there is none yet. */
export function keptContract(root: string, version: string): Contract | null {
  const path = join(root, keptPath(version));
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Contract) : null;
}

/** What in the contracts of today breaks callers of the kept ones, version by version. */
export function brokenPromises(
  root: string,
  contracts: ReadonlyMap<string, Contract>,
): (Difference & { version: string })[] {
  return [...contracts].flatMap(([version, contract]) => {
    const kept = keptContract(root, version);
    return kept ? breaks(kept, contract).map((one) => ({ ...one, version })) : [];
  });
}

/**
 * Keeps the newest version's contract as it is today, and those of older versions only where none
 * is kept, or all of them with `anew`; then writes the changelog.
 */
export function keepContracts(
  root: string,
  contracts: ReadonlyMap<string, Contract>,
  { anew }: { anew: boolean },
): void {
  for (const version of VERSION_NAMES) {
    const contract = contracts.get(version);
    const isFixed = version !== NEWEST_VERSION && !anew && keptContract(root, version) !== null;
    if (contract && !isFixed) writeFileSync(join(root, keptPath(version)), contractText(contract));
  }
  writeFileSync(join(root, CHANGELOG_PATH), changelogOf(root));
}

/** The changelog of what is kept. */
export function changelogOf(root: string): string {
  const kept = VERSION_NAMES.flatMap((version): [string, Contract][] => {
    const contract = keptContract(root, version);
    return contract ? [[version, contract]] : [];
  });
  return changelogText(new Map(kept));
}
