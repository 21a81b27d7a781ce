/**
 * Media types of files in an e-invoice (BT-125-1). Pure. As the code lists of EN 16931 of 2025 have
 * them (BR-CL-24). Typed in from those.
 */

/** Every media type that a file in an e-invoice may have. */
export const ATTACHMENT_TYPES = [
  "application/pdf",
  "image/png",
  "image/jpeg",
  "text/csv",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "application/vnd.oasis.opendocument.spreadsheet",
] as const;

export type AttachmentType = (typeof ATTACHMENT_TYPES)[number];

const BY_ENDING: Readonly<Record<string, AttachmentType>> = {
  pdf: "application/pdf",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  csv: "text/csv",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
};

/** How the names of such files end, without their dots. */
export const ATTACHMENT_ENDINGS: readonly string[] = Object.keys(BY_ENDING);

/**
 * The media type that a file's name tells, or null: a browser on a machine with a spreadsheet
 * program calls a CSV file by that program's type.
 */
export function typeOfName(name: string): AttachmentType | null {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(BY_ENDING, ending) ? (BY_ENDING[ending] ?? null) : null;
}

/** True for a media type that a file in an e-invoice may have. */
export function isAttachmentType(type: string): type is AttachmentType {
  return ATTACHMENT_TYPES.some((known) => known === type);
}
