/**
 * The order of the folders of src/, at every depth. A folder that stands here imports only from
 * those listed before it; files beside the folders sit above them and may import all of them.
 */
import { dirname, join, normalize } from "node:path";

export type SourceFile = { path: string; text: string };

/** The folders of src/; `TOP` are the files over all of them, in this order. */
export const FEATURES = [
  "core",
  "versions",
  "platform",
  "accounts",
  "metering",
  "documents",
  "billing",
  "delivery",
  "budget",
  "retention",
  "watch",
  "compat",
  "dashboard",
];

export const TOP = [
  "audited.ts",
  "subscribers.ts",
  "schedule.ts",
  "minute.ts",
  "answers.ts",
  "routes.ts",
  "jobs.ts",
  "loaders.ts",
  "app.ts",
  "index.ts",
];

/** The rooms of a folder in their order. Every folder with folders inside it stands here. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "src/platform": ["runtime", "watch", "db", "schema", "http", "queue"],

  "src/accounts": [
    "actor",
    "store",
    "guard",
    "audit",
    "role",
    "key",
    "user",
    "tenant",
    "session",
    "test-clock",
  ],

  "src/metering": [
    "event",
    "file",
    "aggregation",
    "counter",
    "catalogue",
    "ledger",
    "meter",
    "object",
    "metric",
    "move",
    "read",
    "live",
    "record",
    "intake",
    "import",
  ],

  "src/documents": [
    "kind",
    "language",
    "code",
    "model",
    "logo",
    "attachment",
    "schema",
    "store",
    "chain",
    "party",
    "reminder",
    "balance",
    "account",
    "render",
    "lifecycle",
    "recurring",
    "wire",
    "item",
    "payment",
    "link",
    "branding",
    "routes",
  ],

  "src/documents/render": [
    "wording",
    "einvoice",
    "gap",
    "pack",
    "present",
    "script",
    "pdf",
    "svg",
    "html",
    "version-1",
    "version",
    "cache",
  ],

  "src/billing": [
    "price",
    "plan",
    "subscription",
    "rating",
    "credit",
    "provider",
    "period",
    "lifecycle",
    "usage",
    "correction",
    "import",
    "proof",
    "revenue",
  ],

  "src/delivery": ["transport", "webhook", "alert", "email", "timeline"],

  "src/retention": ["archive", "export", "erasure", "tenant"],

  "src/compat": ["common", "openmeter", "stripe", "lago"],

  "src/dashboard": [
    "form",
    "component",
    "page",
    "session",
    "usage",
    "overview",
    "document",
    "customer",
    "billing",
    "delivery",
    "operator",
    "settings",
    "search",
    "reference",
  ],
};

/** The files that a file imports, as paths from the project's root. */
export function importsOf({ path, text }: SourceFile): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.tsx?)"/g)];
  return found.map((match) => normalize(join(dirname(path), match[1] ?? "")));
}

/** Imports of a folder that does not stand before the importer's. */
export function featureFindings(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => rank(target) < 0 || rank(target) > rank(file.path))
      .map((target) => `${file.path} imports ${target}`),
  );
}

function rank(path: string): number {
  const [, first = ""] = path.split("/");
  const top = TOP.indexOf(first);
  return top >= 0 ? FEATURES.length + top : FEATURES.indexOf(first);
}

/** What breaks the order of rooms inside the features, each as a sentence; empty where it holds. */
export function roomFindings(
  files: readonly SourceFile[],
  rooms: Readonly<Record<string, readonly string[]>> = ROOMS,
): string[] {
  const findings = new Set<string>();
  const edges = new Map<string, Map<string, Map<string, string>>>();
  for (const file of files) {
    for (const target of importsOf(file)) {
      const { folder, from, to } = parting(file.path, target);
      if (folder === "src" || !target.startsWith("src/")) continue;
      const said = `${file.path} imports ${target}`;
      const fromRoom = from !== file.path;
      const toRoom = to !== target;
      if (fromRoom && !toRoom) findings.add(`${said}: a file beside the rooms of ${folder}`);
      if (fromRoom && toRoom) {
        const order = rooms[folder] ?? [];
        const [a, b] = [order.indexOf(nameOf(from)), order.indexOf(nameOf(to))];
        if (a < 0 || b < 0) findings.add(`${folder}: ${nameOf(a < 0 ? from : to)} has no place`);
        else if (b > a) findings.add(`${said}: ${nameOf(to)} stands after ${nameOf(from)}`);
      }
      const inFolder = edges.get(folder) ?? new Map<string, Map<string, string>>();
      edges.set(folder, inFolder);
      const fromChild = inFolder.get(from) ?? new Map<string, string>();
      inFolder.set(from, fromChild);
      if (from !== to) fromChild.set(to, said);
    }
  }
  for (const graph of edges.values()) {
    const circle = circleIn(graph);
    if (circle) findings.add(`a circle: ${circle.join("; ")}`);
  }
  return [...findings].sort();
}

/** The folder in which two paths part, and the child of it that holds each. */
function parting(a: string, b: string): { folder: string; from: string; to: string } {
  const [left, right] = [a.split("/"), b.split("/")];
  let shared = 0;
  while (shared < left.length - 1 && left[shared] === right[shared]) shared++;
  return {
    folder: left.slice(0, shared).join("/"),
    from: left.slice(0, shared + 1).join("/"),
    to: right.slice(0, shared + 1).join("/"),
  };
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? "";
}

/** The imports that lead from a child back to itself, or null. */
function circleIn(graph: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] | null {
  const done = new Set<string>();
  const search = (child: string, way: { child: string; said: string }[]): string[] | null => {
    const start = way.findIndex((step) => step.child === child);
    if (start >= 0) return way.slice(start).map(({ said }) => said);
    if (done.has(child)) return null;
    for (const [next, said] of graph.get(child) ?? []) {
      const circle = search(next, [...way, { child, said }]);
      if (circle) return circle;
    }
    done.add(child);
    return null;
  };
  for (const child of graph.keys()) {
    const circle = search(child, []);
    if (circle) return circle;
  }
  return null;
}
