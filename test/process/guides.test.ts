/** The guides as they stand in the repository: each link and picture leads somewhere. */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { allGuides } from "../../scripts/lib/guides/contents.ts";
import { PROBLEMS_PATH, problemsText } from "../../scripts/lib/guides/problems.ts";
import { renderGuides } from "../../scripts/lib/guides/write.ts";
import { SCALAR_PATH, SCALAR_SHA256 } from "../../scripts/lib/scalar.ts";

const { contents, rendered } = renderGuides(".");
const guides = allGuides(contents);

it("lists every guide of docs/, under a title that is its own", () => {
  const listed = guides.map(({ path }) => path).filter((path) => path.startsWith("docs/"));
  const there = globSync("docs/*.md").filter((path) => path !== "docs/README.md");
  expect(listed.sort()).toEqual(there.sort());
  for (const guide of guides) {
    const titles = rendered.get(guide)?.headings.filter(({ depth }) => depth === 1) ?? [];
    expect([guide.path, titles.length]).toEqual([guide.path, 1]);
  }
});

it("has no link to a guide or a heading that is not there, and no picture that is missing", () => {
  const anchors = new Map(
    guides.map((guide) => [guide.name, rendered.get(guide)?.headings.map(({ id }) => id) ?? []]),
  );
  const lost = guides.flatMap((guide) => {
    const { links = [], pictures = [] } = rendered.get(guide) ?? {};
    const dead = links.filter(
      ({ name, anchor }) => name !== "" && anchor !== "" && !anchors.get(name)?.includes(anchor),
    );
    return [
      ...dead.map(({ name, anchor }) => `${guide.path} leads to ${name}#${anchor}`),
      ...pictures.filter((path) => !existsSync(path)).map((path) => `${guide.path} shows ${path}`),
    ];
  });
  expect(lost).toEqual([]);
});

it("says of every problem code what to do, as the list of codes has it", () => {
  expect(readFileSync(PROBLEMS_PATH, "utf8"), "old: npm run guides").toBe(problemsText());
});

it("keeps the reference's library as its package has it", () => {
  const sha256 = createHash("sha256").update(readFileSync(SCALAR_PATH)).digest("hex");
  expect(sha256, "run: npm run scalar").toBe(SCALAR_SHA256);
});
