/**
 * How far a picture of a preview is from one of the PDF's page. A browser and a PDF's reader blend
 * the edges of letters differently, so pictures are compared as they are and once each is blurred:
 * what is elsewhere, missing or of another colour remains after that, edges do not.
 */

/** Grey or colour samples of one size, three bytes a pixel. */
export type Picture = { width: number; height: number; samples: Uint8Array };

export type Distance = {
  /** Of all samples, 0 to 255. */
  mean: number;
  /** The share of pixels that differ by more than an eighth after a blur of five by five. */
  moved: number;
  /** The most that a pixel differs after that blur, 0 to 255. */
  most: number;
};

const RADIUS = 2;
const EIGHTH = 32;

/** Compares pictures of one size. Errors: RangeError for others. */
export function distanceOf(a: Picture, b: Picture): Distance {
  if (a.width !== b.width || a.height !== b.height) throw new RangeError("pictures of one size");
  let sum = 0;
  for (let i = 0; i < a.samples.length; i++) {
    sum += Math.abs((a.samples[i] ?? 0) - (b.samples[i] ?? 0));
  }
  const [blurredA, blurredB] = [blurred(a), blurred(b)];
  let moved = 0;
  let most = 0;
  for (let i = 0; i < blurredA.length; i += 3) {
    let pixel = 0;
    for (let j = i; j < i + 3; j++) {
      pixel = Math.max(pixel, Math.abs((blurredA[j] ?? 0) - (blurredB[j] ?? 0)));
    }
    if (pixel > EIGHTH) moved += 1;
    most = Math.max(most, pixel);
  }
  return { mean: sum / a.samples.length, moved: moved / (a.width * a.height), most };
}

/** The mean of a square about each sample, by sums over rows and then columns. */
function blurred({ width, height, samples }: Picture): Float32Array {
  const rows = new Float32Array(samples.length);
  const all = new Float32Array(samples.length);
  const pass = (
    from: Uint8Array | Float32Array,
    to: Float32Array,
    {
      count,
      length,
      step,
      stride,
    }: { count: number; length: number; step: number; stride: number },
  ) => {
    for (let line = 0; line < count; line++) {
      for (let channel = 0; channel < 3; channel++) {
        const base = line * stride + channel;
        for (let i = 0; i < length; i++) {
          let sum = 0;
          let taken = 0;
          for (let j = Math.max(0, i - RADIUS); j <= Math.min(length - 1, i + RADIUS); j++) {
            sum += from[base + j * step] ?? 0;
            taken += 1;
          }
          to[base + i * step] = sum / taken;
        }
      }
    }
  };
  pass(samples, rows, { count: height, length: width, step: 3, stride: 3 * width });
  pass(rows, all, { count: width, length: height, step: 3 * width, stride: 3 });
  return all;
}
