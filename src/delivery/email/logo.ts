/** A tenant's logo as a letter carries it: attached, and shown under a content id. */
import { isJpeg, readJpegHead } from "../../documents/logo/jpeg.ts";
import { uploadedLogo } from "../../documents/logo/logo.ts";
import { readPngHead } from "../../documents/logo/png.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Brand } from "./letter.tsx";
import type { Attachment } from "./provider/contract.ts";

const CID = "logo";
const MAX_WIDTH_PX = 200;
const MAX_HEIGHT_PX = 44;

/** The logo as an attachment and as the letter shows it; null without one, or where it was lost. */
export async function logoOf(
  env: Env,
  tenant: string,
  logoKey: string | null,
): Promise<{ file: Attachment; shown: NonNullable<Brand["logo"]> } | null> {
  const logo = logoKey && (await uploadedLogo(env, tenant, logoKey));
  const size = logo && sizeOf(logo.bytes);
  if (!logo || !size) return null;
  const { bytes, type } = logo;
  const { widthPx, heightPx } = size;
  // Mail programs size a picture by its attributes alone.
  const scale = Math.min(MAX_WIDTH_PX / widthPx, MAX_HEIGHT_PX / heightPx, 1);
  const name = type === "image/png" ? "logo.png" : "logo.jpg";
  return {
    file: { name, type, bytes, cid: CID },
    shown: {
      cid: CID,
      widthPx: Math.round(widthPx * scale),
      heightPx: Math.round(heightPx * scale),
    },
  };
}

/** Null for a picture that is cut short, as earlier versions took some. */
function sizeOf(bytes: Uint8Array): { widthPx: number; heightPx: number } | null {
  try {
    return isJpeg(bytes) ? readJpegHead(bytes) : readPngHead(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
