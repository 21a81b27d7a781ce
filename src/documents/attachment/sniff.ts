/** Pure. Whether a file's bytes are what its media type says (BT-125-1). */
import type { AttachmentType } from "../code/attachment-type.ts";

const startsWith = (bytes: Uint8Array, head: readonly number[], at = 0) =>
  head.every((byte, i) => bytes[at + i] === byte);
const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));

const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** Where the name of a ZIP file's first entry stands. */
const FIRST_NAME = 30;
const ODS = "application/vnd.oasis.opendocument.spreadsheet";

const SNIFFERS: Record<AttachmentType, (bytes: Uint8Array) => boolean> = {
  "application/pdf": (bytes) => startsWith(bytes, ascii("%PDF-")),
  "image/png": (bytes) => startsWith(bytes, [0x89, ...ascii("PNG\r\n"), 0x1a, 0x0a]),
  "image/jpeg": (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]),
  "text/csv": isText,
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (bytes) =>
    startsWith(bytes, ZIP) && holds(bytes, ascii("xl/workbook.")),
  // OpenDocument 1.3, part 2, 3.3: the first entry is `mimetype`, and not compressed.
  [ODS]: (bytes) =>
    startsWith(bytes, ZIP) && startsWith(bytes, ascii(`mimetype${ODS}`), FIRST_NAME),
};

/** True where bytes begin, or are written, as files of that type are. */
export function isOfType(bytes: Uint8Array, type: AttachmentType): boolean {
  return SNIFFERS[type](bytes);
}

/** Text without control characters but line ends and tabs, in UTF-8 or a code of one byte. */
function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 && !bytes.some((byte) => byte < 0x20 && ![9, 10, 13].includes(byte));
}

function holds(bytes: Uint8Array, part: readonly number[]): boolean {
  const [head = 0] = part;
  for (let at = bytes.indexOf(head); at >= 0; at = bytes.indexOf(head, at + 1)) {
    if (startsWith(bytes, part, at)) return true;
  }
  return false;
}
