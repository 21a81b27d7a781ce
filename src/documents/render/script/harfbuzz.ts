/**
 * HarfBuzz's WebAssembly under the few calls that shaping needs. The package's own JavaScript
 * compiles functions while it starts, which a Worker may not, so its exports are called as they
 * are. Pointers are offsets into its memory, which moves when it grows.
 */

/** A glyph of a shaped text, in font units; `cluster` is where its characters begin. */
export type ShapedGlyph = {
  id: number;
  cluster: number;
  advance: number;
  offsetX: number;
  offsetY: number;
};

export type Direction = "ltr" | "rtl";

/** A font that shapes; lives as long as its isolate. */
export type ShapingFont = {
  /**
   * The glyphs of a text of one direction in visual order, left to right. Errors: RangeError where
   * it is longer than `MOST_UNITS`.
   */
  shape(text: string, direction: Direction): ShapedGlyph[];
};

/** UTF-16 units of one call; longer texts are shaped in parts. */
export const MOST_UNITS = 4096;

type Exports = {
  memory: WebAssembly.Memory;
  __wasm_call_ctors(): void;
  malloc(bytes: number): number;
  free(at: number): void;
  hb_blob_create(at: number, length: number, mode: number, data: number, destroy: number): number;
  hb_blob_destroy(blob: number): void;
  hb_face_create(blob: number, index: number): number;
  hb_face_destroy(face: number): void;
  hb_font_create(face: number): number;
  hb_buffer_create(): number;
  hb_buffer_destroy(buffer: number): void;
  hb_buffer_add_utf16(
    buffer: number,
    text: number,
    textLength: number,
    from: number,
    length: number,
  ): void;
  hb_buffer_set_direction(buffer: number, direction: number): void;
  hb_buffer_guess_segment_properties(buffer: number): void;
  hb_shape(font: number, buffer: number, features: number, count: number): void;
  hb_buffer_get_length(buffer: number): number;
  hb_buffer_get_glyph_infos(buffer: number, length: number): number;
  hb_buffer_get_glyph_positions(buffer: number, length: number): number;
};

export type Shaper = {
  /** A font from the bytes of its file. Errors: RangeError where there is no room for them. */
  font(bytes: Uint8Array): ShapingFont;
  /** Bytes that its memory takes; it never shrinks. */
  memoryBytes(): number;
};

// hb-common.h and hb-blob.h.
const DIRECTIONS: Record<Direction, number> = { ltr: 4, rtl: 5 };
const READONLY_MEMORY = 1;
const NO_DESTROY = 0;
const WHOLE = -1;
/** hb_glyph_info_t and hb_glyph_position_t are five words each. */
const RECORD_WORDS = 5;
const PAGE_BYTES = 65_536;
/** All fonts and buffers of an isolate, which has 128 MB. */
const MOST_MEMORY_BYTES = 32 * 1024 * 1024;

/** HarfBuzz, started from its compiled module. */
export function startHarfBuzz(module: WebAssembly.Module): Shaper {
  let grow = (_bytes: number) => 0;
  const refuse = () => {
    throw new RangeError("HarfBuzz gave up");
  };
  const imports = {
    wasi_snapshot_preview1: { proc_exit: refuse },
    env: {
      _abort_js: refuse,
      _emscripten_runtime_keepalive_clear: () => {},
      _setitimer_js: () => 0,
      emscripten_resize_heap: (bytes: number) => grow(bytes),
    },
  };
  const hb = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
  grow = (bytes) => {
    if (bytes >>> 0 > MOST_MEMORY_BYTES) return 0;
    const missing = (bytes >>> 0) - hb.memory.buffer.byteLength;
    hb.memory.grow(Math.max(0, Math.ceil(missing / PAGE_BYTES)));
    return 1;
  };
  hb.__wasm_call_ctors();
  return {
    font: (bytes) => shapingFont(hb, bytes),
    memoryBytes: () => hb.memory.buffer.byteLength,
  };
}

function shapingFont(hb: Exports, bytes: Uint8Array): ShapingFont {
  const file = taken(hb, bytes.length);
  new Uint8Array(hb.memory.buffer, file, bytes.length).set(bytes);
  const blob = hb.hb_blob_create(file, bytes.length, READONLY_MEMORY, 0, NO_DESTROY);
  const face = hb.hb_face_create(blob, 0);
  const font = hb.hb_font_create(face);
  // The font keeps what it is made of.
  hb.hb_face_destroy(face);
  hb.hb_blob_destroy(blob);
  return {
    shape(text, direction) {
      if (text.length > MOST_UNITS) throw new RangeError("a text is shaped in parts");
      const buffer = hb.hb_buffer_create();
      const units = taken(hb, 2 * Math.max(1, text.length));
      try {
        const target = new Uint16Array(hb.memory.buffer, units, text.length);
        for (let i = 0; i < text.length; i++) target[i] = text.charCodeAt(i);
        hb.hb_buffer_add_utf16(buffer, units, text.length, 0, WHOLE);
        hb.hb_buffer_set_direction(buffer, DIRECTIONS[direction]);
        hb.hb_buffer_guess_segment_properties(buffer);
        hb.hb_shape(font, buffer, 0, 0);
        return readGlyphs(hb, buffer);
      } finally {
        hb.free(units);
        hb.hb_buffer_destroy(buffer);
      }
    },
  };
}

function readGlyphs(hb: Exports, buffer: number): ShapedGlyph[] {
  const count = hb.hb_buffer_get_length(buffer);
  const infos = hb.hb_buffer_get_glyph_infos(buffer, 0) / 4;
  const positions = hb.hb_buffer_get_glyph_positions(buffer, 0) / 4;
  const words = new Int32Array(hb.memory.buffer);
  return Array.from({ length: count }, (_, i) => {
    const info = infos + RECORD_WORDS * i;
    const position = positions + RECORD_WORDS * i;
    return {
      id: words[info] ?? 0,
      cluster: words[info + 2] ?? 0,
      advance: words[position] ?? 0,
      offsetX: words[position + 2] ?? 0,
      offsetY: words[position + 3] ?? 0,
    };
  });
}

function taken(hb: Exports, bytes: number): number {
  const at = hb.malloc(bytes);
  if (at === 0) throw new RangeError("HarfBuzz has no room");
  return at;
}
