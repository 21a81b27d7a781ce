/** Makes the guides' pages where what they are made of has changed since they were made. */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Their texts and pictures, what makes pages of them, and what their links lead to. */
const SOURCES = [
  "docs/**/*.*",
  "scripts/lib/guides/**/*.*",
  "client/src/api.ts",
  "src/core/errors.ts",
  "package-lock.json",
];

/** `public/guides/` as the repository at `root` is now; what makes it is loaded only if it must. */
export async function keepGuides(root: string): Promise<void> {
  const digest = sourceDigest(root);
  // Beside the bundles: what lies in the guides' own folder is deployed with them.
  const stamp = join(root, ".build/guides-of");
  const areThere = existsSync(join(root, "public/guides/index.html"));
  if (areThere && readText(stamp) === digest) return;
  const { writeGuides } = await import("./write.ts");
  writeGuides(root);
  mkdirSync(join(root, ".build"), { recursive: true });
  writeFileSync(stamp, digest);
}

function sourceDigest(root: string): string {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
