import { readFileSync } from "node:fs";

type Compiler = new (bytes: Uint8Array) => WebAssembly.Module;

/** HarfBuzz's module in Node; a Worker, which may not compile, imports it. */
export function compiledHarfBuzz(): WebAssembly.Module {
  const compiler = WebAssembly.Module as unknown as Compiler;
  return new compiler(readFileSync("node_modules/harfbuzzjs/dist/harfbuzz.wasm"));
}
