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
    const broken = new UserError(`${path} is broken: export it again`);
    const [bytes, offset] = [end.readUInt32LE(12), end.readUInt32LE(16)];
    if (offset + bytes + END_BYTES > size) throw broken;
    const directory = this.#at(offset, bytes);
    for (let at = 0; at < directory.length; ) {
      const isEntry = at + CENTRAL_BYTES <= directory.length;
      if (!isEntry || directory.readUInt32LE(at) !== CENTRAL) throw broken;
      const length = directory.readUInt16LE(at + 28);
      const name = directory.toString("utf8", at + CENTRAL_BYTES, at + CENTRAL_BYTES + length);
      const entry = {
        bytes: directory.readUInt32LE(at + 24),
        offset: directory.readUInt32LE(at + 42),
      };
      if (entry.offset + entry.bytes > size) throw broken;
      this.#entries.set(name, entry);
      at += CENTRAL_BYTES + length;
    }
  }

  /** A file, or a part of it. Errors: `UserError` where the archive has none of the name. */
  read(name: string, given = 0, bytes?: number): Buffer {
    const entry = this.#entries.get(name);
    if (!entry) throw new UserError(`${this.path} lacks ${name}`);
    const head = this.#at(entry.offset, LOCAL_BYTES);
    const start = entry.offset + LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28);
    // A manifest that somebody wrote asks for no more than the file has.
    const from = Math.min(Math.max(0, given), entry.bytes);
    const most = entry.bytes - from;
    return this.#at(start + from, Math.min(Math.max(0, bytes ?? most), most));
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
