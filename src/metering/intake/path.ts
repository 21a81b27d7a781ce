/**
 * Paths into an event's data, as rules name them: JSONPath of names and positions (RFC 9535, 2.5.1
 * and 2.5.2), or JSON pointers (RFC 6901). Pure.
 */

/** The names and positions on the way, from the data's root. */
export type Path = readonly string[];

export const MAX_PATH = 200;
const MAX_PARTS = 20;

const POSITION = /^(?:0|[1-9]\d*)$/;

/** A name behind a dot, a position, or a name in quotes where a backslash escapes. */
const STEP = new RegExp(
  [
    String.raw`\.([^.[\]'"*?@\s]+)`,
    String.raw`\[(0|[1-9]\d{0,8})\]`,
    String.raw`\['((?:[^'\\]|\\.)+)'\]`,
    String.raw`\["((?:[^"\\]|\\.)+)"\]`,
  ].join("|"),
  "y",
);

/**
 * A path as it is written, `$.a.b`, `$['a']`, `$.a[0]` or `/a/b/0`; `$` is the data itself. Null
 * for what is no path, or leads to several places.
 */
export function parsePath(text: string): Path | null {
  if (text.length > MAX_PATH) return null;
  const parts = text.startsWith("/") ? pointerParts(text) : jsonPathParts(text);
  return parts === null || parts.length > MAX_PARTS ? null : parts;
}

function pointerParts(text: string): Path | null {
  if (/~(?![01])/.test(text)) return null;
  return text
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function jsonPathParts(text: string): Path | null {
  if (!text.startsWith("$")) return null;
  const parts: string[] = [];
  const step = new RegExp(STEP);
  step.lastIndex = 1;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (!found) return null;
    const [, name, position, single, double] = found;
    const quoted = (single ?? double)?.replace(/\\(.)/g, "$1");
    parts.push(name ?? position ?? quoted ?? "");
  }
  return parts;
}

/** The JSON pointer of a path. */
export function pointerOf(path: Path): string {
  return path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** What a path leads to, undefined where there is nothing. */
export function valueAlong(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (Array.isArray(value)) {
      if (!POSITION.test(part)) return undefined;
      value = value[Number(part)];
    } else {
      if (typeof value !== "object" || value === null) return undefined;
      if (!Object.hasOwn(value, part)) return undefined;
      value = (value as Record<string, unknown>)[part];
    }
  }
  return value;
}
