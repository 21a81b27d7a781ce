/** docs/api-changelog.md, from what differs between the kept contracts of the versions. Pure. */
import { API_VERSIONS } from "../../../src/core/api-version.ts";
import { RELEASES } from "../../../src/versions/registry.ts";
import type { Contract } from "./contract.ts";
import { type Difference, differences } from "./difference.ts";

export const CHANGELOG_PATH = "docs/api-changelog.md";

/** Its text; `contracts` by the versions' names. */
export function changelogText(contracts: ReadonlyMap<string, Contract>): string {
  const sections = API_VERSIONS.map(({ name, sunset }, i) => {
    const [before, next] = [API_VERSIONS[i - 1]?.name, API_VERSIONS[i + 1]?.name];
    const [was, is] = [contracts.get(before ?? ""), contracts.get(name)];
    const changed = was && is ? sectionText(name, differences(was, is)) : "The first version.";
    const end = next ? `\n\nDeprecated since ${next}; answered until ${sunset} or longer.` : "";
    return `## ${name}\n\n${changed}${end}\n`;
  });
  return [
    "# API changelog\n",
    "What each version of the API changed, newest first, made by `npm run client:types` from the " +
      "difference of the versions' documents. [API versions](versions.md) says how to ask for " +
      "one and how to move to the next.\n",
    ...sections.toReversed(),
  ].join("\n");
}

function sectionText(version: string, found: readonly Difference[]): string {
  const release = RELEASES.find((one) => one.version === version);
  const broken = found.filter(({ breaks }) => breaks);
  const added = found.filter((one) => !one.breaks);
  return [
    ...(release?.changes.map(({ about }) => about) ?? []),
    ...(broken.length > 0 ? [`### What callers have to change\n\n${listOf(broken)}`] : []),
    ...(added.length > 0 ? [`### What is new beside that\n\n${listOf(added)}`] : []),
  ].join("\n\n");
}

function listOf(found: readonly Difference[]): string {
  return found.map(({ at, what }) => `- \`${at}\` ${what}`).join("\n");
}
