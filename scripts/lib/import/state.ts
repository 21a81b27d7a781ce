/**
 * How far an import came, in a small file beside the imported one. It says what was read by its
 * digest: a file that changed there is not gone on with.
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { atPath } from "../user-file.ts";

export type State = {
  /** Of the place and the format: another one begins anew. */
  target: string;
  /** Bytes that were read and whose events were answered. */
  offset: number;
  /** Their SHA-256. */
  digest: string;
  /** Bytes of the rejects so far. */
  rejectsBytes: number;
};

export function targetOf(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);
}

export function statePath(file: string): string {
  return `${file}.import.json`;
}

export function readState(file: string): State | null {
  try {
    return JSON.parse(readFileSync(statePath(file), "utf8")) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    if (error instanceof SyntaxError) return null; // the ids make a second reading harmless
    throw error;
  }
}

/** All of it or, where the process ends meanwhile, none. */
export function writeState(file: string, state: State): void {
  const path = statePath(file);
  atPath(path, () => writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`));
  renameSync(`${path}.new`, path);
}

export function dropState(file: string): void {
  rmSync(statePath(file), { force: true });
}
