/** Files and folders that the user names: what is wrong with one, and what to do about it. */
import { accessSync, constants, statSync } from "node:fs";
import { UserError } from "./process.ts";

/** What is said of a path, by the code of the error. */
const SAID: Readonly<Record<string, string>> = {
  ENOENT: "is not there: name one that is",
  EISDIR: "is a folder: name a file",
  EEXIST: "is a file, not a folder: name a folder",
  ENOTDIR: "goes through a file as if it were a folder: name another path",
  EACCES: "may not be used by you: change its permissions, or name another path",
};

/** What `work` gives. Errors: `UserError` with the path, where the file system refuses it. */
export function atPath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw saidOf(path, error);
  }
}

/** The error as the user is told it; any other as it is. */
export function saidOf(path: string, error: unknown): unknown {
  const said = SAID[(error as NodeJS.ErrnoException).code ?? ""];
  return said === undefined ? error : new UserError(`${path} ${said}`);
}

/** The path of a file that can be read. Errors: `UserError`. */
export function insistFile(path: string): string {
  return atPath(path, () => {
    const found = statSync(path);
    if (!found.isFile()) {
      const what = found.isDirectory() ? "a folder" : "no file";
      throw new UserError(`${path} is ${what}: name a file`);
    }
    accessSync(path, constants.R_OK);
    return path;
  });
}
