/** The dialects: other products' APIs that this one answers, a line each. */
import type { Dialect } from "./common/dialect.ts";
import { lago } from "./lago/dialect.ts";
import { openmeter } from "./openmeter/dialect.ts";
import { stripe } from "./stripe/dialect.ts";

export const DIALECTS: readonly Dialect[] = [openmeter, stripe, lago];

/** The dialect that answers at a path, or null. */
export function dialectAt(path: string): Dialect | null {
  return DIALECTS.find(({ paths }) => paths.some((one) => isAt(one, path))) ?? null;
}

/** True where a path is matched by a pattern, which is a path itself or ends in `/*`. */
function isAt(pattern: string, path: string): boolean {
  if (!pattern.endsWith("/*")) return path === pattern;
  const base = pattern.slice(0, -2);
  return path === base || path.startsWith(`${base}/`);
}
