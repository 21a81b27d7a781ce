/**
 * A ZIP file that is written while its files are made: one at a time is in memory. Files are stored
 * as they are, since PDFs are compressed (APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16).
 */
import { crc32 } from "node:zlib";

export type ZipFile = { name: string; bytes: Uint8Array };

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** Names are UTF-8. */
const UTF8_FLAG = 0x0800;
/** 1 January 1980: the same files make the same archive. */
const NO_TIME = 0;
const NO_DATE = 0x21;

/** The archive of files as they come, at most 65,535 of them and 4 GB together. */
export function zipOf(files: AsyncIterator<ZipFile>): ReadableStream<Uint8Array> {
  const entries: Uint8Array[] = [];
  let offset = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value: file, done } = await files.next();
        if (done) {
          const size = entries.reduce((sum, { length }) => sum + length, 0);
          for (const entry of entries) controller.enqueue(entry);
          controller.enqueue(endOf(entries.length, size, offset));
          controller.close();
          return;
        }
        const head = headOf(file);
        entries.push(entryOf(head, offset));
        const local = fields([4, LOCAL], ...head.shared, [2, head.name.length], [2, 0]);
        controller.enqueue(local);
        controller.enqueue(head.name);
        controller.enqueue(file.bytes);
        offset += local.length + head.name.length + file.bytes.length;
      },
      async cancel() {
        await files.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

type Value = [bytes: 2 | 4, value: number];
type Head = { name: Uint8Array; shared: Value[] };

function headOf({ name, bytes }: ZipFile): Head {
  return {
    name: new TextEncoder().encode(name),
    shared: [
      [2, VERSION],
      [2, UTF8_FLAG],
      [2, 0],
      [2, NO_TIME],
      [2, NO_DATE],
      [4, crc32(bytes)],
      [4, bytes.length],
      [4, bytes.length],
    ],
  };
}

function entryOf({ name, shared }: Head, offset: number): Uint8Array {
  const after: Value[] = [
    [2, name.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, offset],
  ];
  const fixed = fields([4, CENTRAL], [2, VERSION], ...shared, ...after);
  const entry = new Uint8Array(fixed.length + name.length);
  entry.set(fixed);
  entry.set(name, fixed.length);
  return entry;
}

function endOf(count: number, size: number, offset: number): Uint8Array {
  return fields([4, END], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
}

/** Little-endian numbers, one after the other. */
function fields(...values: Value[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}
