import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { decodeLogo } from "../../../src/documents/logo/logo.ts";
import { exif, jpeg, png, RED_BLUE } from "../pictures.ts";

async function decoded(bytes: Uint8Array) {
  const logo = await decodeLogo(bytes);
  if (logo.format !== "flate") throw new Error("not decoded");
  const bytesOf = (text: string) => [...inflateSync(Buffer.from(text, "base64"))];
  const { components, data, alpha } = logo;
  return { components, data: bytesOf(data), alpha: alpha && bytesOf(alpha) };
}

async function refusal(bytes: Uint8Array): Promise<[number, string]> {
  try {
    await decodeLogo(bytes);
  } catch (error) {
    if (error instanceof Problem) return [error.status, error.message];
    throw error;
  }
  throw new Error("was taken");
}

describe("a PNG", () => {
  it("of RGB gives its samples", async () => {
    expect(await decoded(RED_BLUE)).toEqual({
      components: 3,
      data: [255, 0, 0, 0, 0, 255],
      alpha: null,
    });
  });

  it("of grey and alpha keeps the alpha apart", async () => {
    const grey = png({ width: 2, height: 1, depth: 8, color: 4, raw: [0, 10, 255, 20, 128] });
    expect(await decoded(grey)).toEqual({ components: 1, data: [10, 20], alpha: [255, 128] });
  });

  it("of one bit a pixel spreads black and white", async () => {
    const bits = png({
      width: 10,
      height: 1,
      depth: 1,
      color: 0,
      raw: [0, 0b10100000, 0b01000000],
    });
    expect((await decoded(bits)).data).toEqual([255, 0, 255, 0, 0, 0, 0, 0, 0, 255]);
  });

  it("of a palette looks its colours up, clear ones too", async () => {
    const palette = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const raw = [0, 0b00_01_10_00];
    const at = { width: 3, height: 1, depth: 2, color: 3, palette, raw };
    expect(await decoded(png({ ...at, clear: [0, 100] }))).toEqual({
      components: 3,
      data: palette,
      alpha: [0, 100, 255],
    });
  });

  it("of 16 bits rounds to 8, and hides its one clear colour", async () => {
    const raw = [0, 0xff, 0xff, 0x12, 0x34];
    const at = { width: 2, height: 1, depth: 16, color: 0, raw, clear: [0x12, 0x34] };
    expect(await decoded(png(at))).toEqual({ components: 1, data: [255, 18], alpha: [255, 0] });
  });

  it("undoes each of the five filters", async () => {
    const rows = [
      [0, 10, 20, 30],
      [1, 10, 10, 10],
      [2, 1, 1, 1],
      [3, 1, 1, 1],
      [4, 1, 1, 1],
    ];
    const grey = png({ width: 3, height: 5, depth: 8, color: 0, raw: rows.flat() });
    expect((await decoded(grey)).data).toEqual([
      ...[10, 20, 30],
      ...[10, 20, 30],
      ...[11, 21, 31],
      ...[6, 14, 23],
      ...[7, 15, 24],
    ]);
  });

  it("that is interlaced gives the rows in order", async () => {
    // 3 × 3: pass 1 has (0,0); pass 5 has (0,2),(2,2); pass 4 (2,0); 6 the odd columns; 7 row 1.
    const raw = [0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6];
    const grey = png({ width: 3, height: 3, depth: 8, color: 0, interlaced: true, raw });
    expect((await decoded(grey)).data).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("may be as large as the limit", async () => {
    const row = [0, ...new Array(2000).fill(200)];
    const raw = Array.from({ length: 2000 }, () => row).flat();
    const logo = await decodeLogo(png({ width: 2000, height: 2000, depth: 8, color: 0, raw }));
    expect(logo).toMatchObject({ widthPx: 2000, heightPx: 2000, alpha: null });
  });

  it.each([
    ["animated", png({ width: 1, height: 1, depth: 8, color: 0, raw: [0, 0], extra: "acTL" })],
    ["pixels on each side", png({ width: 2001, height: 1, depth: 8, color: 0, raw: [0] })],
    ["too few pixels", png({ width: 2, height: 2, depth: 8, color: 0, raw: [0, 1, 2] })],
    ["filter", png({ width: 1, height: 1, depth: 8, color: 0, raw: [5, 0] })],
    ["palette", png({ width: 1, height: 1, depth: 8, color: 3, raw: [0, 0] })],
    ["colour type", png({ width: 1, height: 1, depth: 3, color: 0, raw: [0, 0] })],
    ["ends too early", RED_BLUE.slice(0, 40)],
    ["ends too early", RED_BLUE.slice(0, 8)],
    ["packing", RED_BLUE.with(26, 1)],
    ["packing", RED_BLUE.with(27, 64)],
    ["interlacing", RED_BLUE.with(28, 2)],
    ["of no size", RED_BLUE.with(19, 0)],
  ])("that is wrong (%s) is refused", async (why, bytes) => {
    const [status, message] = await refusal(bytes);
    expect([status, message]).toEqual([422, expect.stringContaining(why)]);
  });

  it("that is cut short anywhere is refused", async () => {
    for (let length = 8; length < RED_BLUE.length; length++) {
      expect([length, (await refusal(RED_BLUE.slice(0, length)))[0]]).toEqual([length, 422]);
    }
    expect(await decodeLogo(new Uint8Array([...RED_BLUE, 0, 0]))).toMatchObject({ widthPx: 2 });
  });

  it("that unpacks to more than its size says is refused before it fills the memory", async () => {
    const bomb = png({ width: 1, height: 1, depth: 8, color: 0, raw: new Array(1e6).fill(0) });
    expect((await refusal(bomb))[0]).toBe(422);
  });
});

describe("a JPEG", () => {
  it("is passed through with its size", async () => {
    const bytes = jpeg(640, 480, 3);
    const data = Buffer.from(bytes).toString("base64");
    const size = { widthPx: 640, heightPx: 480, components: 3 };
    expect(await decodeLogo(bytes)).toEqual({ format: "jpeg", ...size, data });
    expect(await decodeLogo(jpeg(1, 1, 1, 0xc2))).toMatchObject({ components: 1 });
  });

  it.each([
    [1, false, 640, 480],
    [3, true, 640, 480],
    [6, false, 480, 640],
    [6, true, 480, 640],
    [8, false, 480, 640],
    [9, false, 640, 480],
    [0, true, 640, 480],
  ])("held as Exif's %i says stands upright", async (orientation, little, widthPx, heightPx) => {
    const logo = await decodeLogo(jpeg(640, 480, 3, 0xc0, exif(orientation, little)));
    const turned = orientation > 1 && orientation < 9 ? { orientation } : {};
    const size = { widthPx, heightPx, components: 3 };
    expect(logo).toEqual({ format: "jpeg", ...size, ...turned, data: expect.any(String) });
  });

  it("is taken with Exif that is cut short", async () => {
    for (let length = 4; length < exif(6).length; length++) {
      const cut = exif(6)
        .slice(0, length)
        .with(3, length - 2);
      expect(await decodeLogo(jpeg(640, 480, 3, 0xc0, cut))).toMatchObject({
        heightPx: expect.any(Number),
      });
    }
  });

  it("that is cut short anywhere is refused", async () => {
    const whole = jpeg(640, 480, 3);
    for (let length = 3; length < whole.length; length++) {
      expect([length, (await refusal(whole.slice(0, length)))[0]]).toEqual([length, 422]);
    }
    const trailed = new Uint8Array([...whole, 0, 0]);
    expect(await decodeLogo(trailed)).toMatchObject({ widthPx: 640 });
  });

  it.each([
    ["tables", [0xff, 0xda, 0, 2, 1, 0xff, 0xd9]],
    ["no pixels", [0xff, 0xd9]],
  ])("without %s is refused", async (why, rest) => {
    const frame = jpeg(1, 1, 1).slice(0, 21);
    expect((await refusal(new Uint8Array([...frame, ...rest])))[1]).toContain(why);
  });

  it.each([
    ["CMYK", jpeg(1, 1, 4)],
    ["no frame", jpeg(1, 1, 3, 0xc9)],
    ["pixels on each side", jpeg(1, 2001, 3)],
    ["marker", new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 2, 1, 2, 3, 4])],
    ["frame of no form", jpeg(640, 480, 3).with(jpeg(640, 480, 3).indexOf(0xc0) + 8, 1)],
    ["pixels on each side", jpeg(0, 480, 3)],
  ])("that is wrong (%s) is refused", async (why, bytes) => {
    expect(await refusal(bytes)).toEqual([422, expect.stringContaining(why)]);
  });
});

describe("anything else", () => {
  it.each(["GIF89a", "<svg xmlns='http://www.w3.org/2000/svg'/>", ""])(
    "%j is no logo",
    async (text) => {
      expect((await refusal(new TextEncoder().encode(text)))[0]).toBe(415);
    },
  );
});
