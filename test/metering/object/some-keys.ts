import { keysOf } from "../../../src/metering/event/key.ts";

/** Keys of made-up events, `n` of them. */
export function someKeys(n: number, tag: string): Uint32Array {
  return keysOf(Array.from({ length: n }, (_, i) => [`${tag}-${i}`, "m", i, 1]));
}
