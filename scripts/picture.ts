/** Draws the sample invoices that the README shows: node scripts/picture.ts */
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import { PDFiumLibrary } from "@hyzyla/pdfium";
import { print } from "../test/documents/node/read-pdf.ts";
import { arabicInvoice } from "../test/documents/render/pdf/arabic-sample.ts";
import { sampleInvoice } from "../test/documents/render/pdf/sample.ts";

const SCALE = 2;
const PICTURES = {
  "docs/invoice.png": sampleInvoice({ status: "open" }),
  "docs/invoice-arabic.png": arabicInvoice(),
};

const library = await PDFiumLibrary.init();
for (const [file, model] of Object.entries(PICTURES)) {
  const document = await library.loadDocument(await print(model));
  const { data, width, height } = await document
    .getPage(0)
    .render({ scale: SCALE, render: "bitmap" });
  document.destroy();
  writeFileSync(file, encodePng(data, width, height));
  console.log(`${file}: ${width} x ${height}`);
}
library.destroy();

/** An RGB picture of RGBA samples (W3C PNG, third edition), each row less the one above it. */
function encodePng(rgba: Uint8Array, width: number, height: number): Buffer {
  const stride = 1 + 3 * width;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    rows[y * stride] = 2;
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = 4 * (y * width + x) + channel;
        const above = y === 0 ? 0 : (rgba[at - 4 * width] ?? 0);
        rows[y * stride + 1 + 3 * x + channel] = (rgba[at] ?? 0) - above;
      }
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
