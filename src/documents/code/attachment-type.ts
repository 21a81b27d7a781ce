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

/** True for a media type that a file in an e-invoice may have. */
export function isAttachmentType(type: string): type is AttachmentType {
  return ATTACHMENT_TYPES.some((known) => known === type);
}
