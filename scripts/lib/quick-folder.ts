/** Where what need not outlive a run is kept without waiting for a disk. */
import { accessSync, constants, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

/** A folder in memory, on systems that have one. */
const MEMORY = "/dev/shm";
/** A run keeps less than two gigabytes at once. */
const ROOM_BYTES = 4_000_000_000;

/**
 * The folder for temporary folders, in memory where there is one with room. The local runtime
 * writes every commit of every database through to the disk, and nothing else runs on its one
 * thread meanwhile. TMPDIR is obeyed where it is set.
 */
export function quickFolder(): string {
  if (process.env.TMPDIR) return tmpdir();
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOM_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
