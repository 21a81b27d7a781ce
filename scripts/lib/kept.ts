/** Secrets that an installation makes once: files in its state that only their owner reads. */
import { readFileSync, writeFileSync } from "node:fs";

/** What the file holds; what `make` gives where there is none yet. */
export function keptSecret(path: string, make: () => string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const secret = make();
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  return secret;
}
