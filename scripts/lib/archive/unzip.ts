/** Reading the files of an archive that an export wrote: they are stored as they are. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../process.ts";
import { insistFile } from "../user-file.ts";

const END = 0x06054b50;
const END_BYTES = 22;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

type Entry = { offset: number; bytes: number };

/** An archive on disk: any of its files is read by its name. */
export class Archive {
  readonly #file: number;
  readonly #entries = new Map<string, Entry>();
  readonly path: string;

  /** Errors: `UserError` where it is no whole archive. */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(insistFile(path), "r");
    const { size } = fstatSync(this.#file);
    const end = this.#at(Math.max(0, size - END_BYTES), END_BYTES);
    if (size < END_BYTES || end.readUInt32LE(0) !== END) {
      throw new UserError(`${path} is no whole archive: export it again`);
    }
    const directory = this.#at(end.readUInt32LE(16), end.readUInt32LE(12));
    for (let at = 0; at < directory.length; ) {
      if (directory.readUInt32LE(at) !== CENTRAL)
        throw new UserError(`${path} is broken: export it again`);
      const length = directory.readUInt16LE(at + 28);
      const name = directory.toString("utf8", at + CENTRAL_BYTES, at + CENTRAL_BYTES + length);
      const [bytes, offset] = [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 42)];
      this.#entries.set(name, { offset, bytes });
      at += CENTRAL_BYTES + length;
    }
  }

  /** A file, or a part of it. Errors: `UserError` where the archive has none of the name. */
  read(name: string, from = 0, bytes?: number): Buffer {
    const entry = this.#entries.get(name);
    if (!entry) throw new UserError(`${this.path} lacks ${name}`);
    const head = this.#at(entry.offset, LOCAL_BYTES);
    const start = entry.offset + LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28);
    return this.#at(start + from, bytes ?? entry.bytes);
  }

  close(): void {
    closeSync(this.#file);
  }

  #at(position: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    readSync(this.#file, buffer, 0, bytes, position);
    return buffer;
  }
}
