/** The API of today against what is kept of each version: nothing that breaks a caller. */
import { expect, it } from "vitest";
import { changelogText } from "../../scripts/lib/versions/changelog.ts";
import {
  type ApiDocument,
  type Contract,
  contractOf,
} from "../../scripts/lib/versions/contract.ts";
import { breaks } from "../../scripts/lib/versions/difference.ts";
import { NEWEST_VERSION, VERSION_NAMES } from "../../src/core/api-version.ts";
import { call } from "../support/api.ts";

const files = import.meta.glob<Contract>("../../scripts/lib/versions/kept/*.json", {
  eager: true,
  import: "default",
});
const kept = new Map(
  Object.entries(files).map(([path, contract]) => [path.slice(-15, -5), contract]),
);

const [changelog] = Object.values(
  import.meta.glob<string>("../../docs/api-changelog.md", {
    eager: true,
    query: "?raw",
    import: "default",
  }),
);

async function contractToday(version: string): Promise<Contract> {
  const { body } = await call(null, "GET", `/openapi.json?version=${version}`);
  expect(body.info["x-api-version"]).toBe(version);
  return contractOf(body as ApiDocument);
}

it("keeps a contract of each version, and no other", () => {
  expect([...kept.keys()].sort()).toEqual(VERSION_NAMES);
});

it.each(VERSION_NAMES)("breaks no caller of %s", async (version) => {
  const was = kept.get(version);
  if (!was) throw new Error("none is kept: npm run client:types");
  const why = "give it a version in src/versions/, or take it back";
  expect(breaks(was, await contractToday(version)), why).toEqual([]);
});

it("has kept all of the newest version", async () => {
  const today = await contractToday(NEWEST_VERSION);
  expect(kept.get(NEWEST_VERSION), "old: npm run client:types").toEqual(today);
});

it("tells in the changelog what the versions changed", () => {
  expect(changelog, "old: npm run client:types").toBe(changelogText(kept));
});

it("has no document of a version that there is not, and says which there are", async () => {
  const { status, body } = await call(null, "GET", "/openapi.json?version=2020-01-01");
  expect([status, body.code, body.versions]).toEqual([
    400,
    "request.version_unknown",
    VERSION_NAMES,
  ]);
});
