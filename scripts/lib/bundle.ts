/**
 * Bundles a Worker into several modules: the entry and what it imports, which an isolate evaluates
 * before it answers anything, and what is imported when it is asked for. wrangler's own bundler
 * makes one module of all of it.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { ENTRY } from "./build.ts";

export type Bundle = {
  /** The names of its files, the entry first, and what is in them. */
  files: Map<string, Uint8Array>;
  /** What esbuild says of them: which source is in which file, and which file imports which. */
  metafile: Metafile;
};

/** zod's texts in fifty languages; ours are in plain-words.ts. */
const withoutLocales: Plugin = {
  name: "without-locales",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export {}",
    }));
  },
};

/** pdf-lib does not say that its files do nothing by themselves, so unused ones would stay. */
const onlyUsedOfPdfLib: Plugin = {
  name: "only-used-of-pdf-lib",
  setup: ({ onResolve, resolve }) => {
    onResolve({ filter: /^(?:\.|pdf-lib$|@pdf-lib\/)/ }, async ({ path, pluginData, ...from }) => {
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
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    define: {
      "process.env.NODE_ENV": '"production"',
      MIGRATIONS: JSON.stringify(migrationsIn(root)),
    },
    loader: { ".ttf": "copy", ".wasm": "copy" },
    plugins: [withoutLocales, onlyUsedOfPdfLib],
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
