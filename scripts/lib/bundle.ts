/**
 * Bundles a Worker into several modules: the entry and what it imports, which an isolate evaluates
 * before it answers anything, and what is imported when it is asked for. wrangler's own bundler
 * makes one module of all of it.
 */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { ENTRY } from "./build.ts";

export type Bundle = {
  /** The names of its files, the entry first, and what is in them. */
  files: Map<string, Uint8Array>;
  /** What esbuild says of them: which source is in which file, and which file imports which. */
  metafile: Metafile;
};

/**
 * What packages bring and nothing here calls. The runtime compiles every module when an isolate
 * starts, called or not, at a millisecond for 40 KB. What is left out throws where it is called.
 */
const UNUSED: readonly (readonly [file: RegExp, contents: (text: string) => string])[] = [
  // Texts in fifty languages; ours are in plain-words.ts.
  [/[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/, () => "export {}"],
  // A namespace is kept whole: of zod's, what makes schemas of JSON schemas, and code of schemas.
  [
    /[/\\]zod[/\\]v4[/\\]classic[/\\]external\.js$/,
    (text) =>
      text
        .replace(/^export \* as core .*$/m, "")
        .replace(/^export \{ (?:toJSONSchema|fromJSONSchema|deepPartial) \}.*$/gm, "")
        .replace(/\b(?:compile|withParser|toZod|ZodCompile\w+|getDiscriminatedOption), /g, ""),
  ],
  // What draws in a browser.
  [
    /[/\\]hono[/\\]dist[/\\]jsx[/\\]dom[/\\]render\.js$/,
    () =>
      "export const buildDataStack = [];" +
      leftOut(
        "build buildNode createPortal flushSync getNameSpaceContext render renderNode update",
      ),
  ],
];

/** Our PDF writer compresses by the platform itself; pdf-lib, which bench measures, by this. */
const PAKO: (typeof UNUSED)[number] = [/[/\\]pako[/\\]index\.js$/, () => "export default {}"];

/** Some names of functions that throw where they are called. */
function leftOut(names: string): string {
  const exports = names.split(" ").map((name) => `${name} = absent`);
  return `const absent = () => { throw new Error("this was left out of the bundle"); };
    export const ${exports.join(", ")};`;
}

const withoutUnused: Plugin = {
  name: "without-unused",
  setup: ({ onLoad, initialOptions }) => {
    const isMeasured = /[/\\]bench[/\\]/.test(String(initialOptions.entryPoints));
    for (const [filter, contents] of isMeasured ? UNUSED : [...UNUSED, PAKO]) {
      onLoad({ filter }, async ({ path }) => ({
        contents: contents(await readFile(path, "utf8")),
      }));
    }
  },
};

/** pdf-lib does not say that its files do nothing by themselves, so unused ones would stay. */
const onlyUsedOfPdfLib: Plugin = {
  name: "only-used-of-pdf-lib",
  setup: ({ onResolve, resolve }) => {
    // Its own imports name no ending, as ours do: esbuild need not ask about those.
    const filter = /^(?:\.[./]*[\w/-]*|pdf-lib|@pdf-lib\/.*)$/;
    onResolve({ filter }, async ({ path, pluginData, ...from }) => {
      const isTheirs = /^@?pdf-lib/.test(path) || /node_modules[/\\]@?pdf-lib/.test(from.importer);
      if (pluginData === "asked" || !isTheirs) return undefined;
      const found = await resolve(path, { ...from, pluginData: "asked" });
      return found.errors.length > 0 ? found : { path: found.path, sideEffects: false };
    });
  },
};

/** Bundles the Worker whose entry is at `entry`. Errors: what esbuild says is wrong. */
export async function bundleWorker(entry: string, root: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    outdir: root, // nothing is written
    entryNames: "index",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    outExtension: { ".js": ".worker.js" },
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2024",
    minify: true,
    conditions: ["workerd", "worker", "browser", "module"],
    external: ["node:*", "cloudflare:*"],
    define: {
      "process.env.NODE_ENV": '"production"',
      MIGRATIONS: JSON.stringify(migrationsIn(root)),
    },
    loader: { ".ttf": "copy", ".wasm": "copy" },
    plugins: [withoutUnused, onlyUsedOfPdfLib],
    logLevel: "silent",
  });
  const named = outputFiles.map(({ path, contents }): [string, Uint8Array] => [
    path.slice(root.length + 1),
    contents,
  ]);
  const isEntry = ([name]: (typeof named)[number]) => name === ENTRY;
  named.sort((a, b) => Number(isEntry(b)) - Number(isEntry(a)));
  return { files: new Map(named), metafile };
}

/** What the code expects of its database: `/readyz` says where that lacks some. */
function migrationsIn(root: string): string[] {
  const names = readdirSync(join(root, "migrations"));
  return names.filter((name) => name.endsWith(".sql")).sort();
}

/** The files that are loaded with the entry: those that it imports, and those that they import. */
export function loadedWithEntry({ metafile }: Pick<Bundle, "metafile">): Set<string> {
  const loaded = new Set<string>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { path, kind } of metafile.outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && metafile.outputs[path]) load(path);
    }
  };
  load(ENTRY);
  return loaded;
}
