/**
 * Pure. Which pages are open to whoever sees only some rows of the tenant: those that show what is
 * theirs and nothing else. A page that is not here is closed to them.
 */
import { createContext } from "hono/jsx";
import { type Confinement, isConfinedIn } from "../../accounts/actor/confinement.ts";
import type { Permission } from "../../accounts/actor/roles.ts";
import type { Shown } from "../../accounts/guard/guard.ts";
import { DOCUMENT_KINDS, KINDS } from "../../documents/kind/registry.ts";

const KIND_PATHS = DOCUMENT_KINDS.map((kind) => KINDS[kind].path).join("|");

/** By path below /dashboard, the first that it begins with. */
const OPEN: readonly [RegExp, Shown][] = [
  [new RegExp(`^/(?:${KIND_PATHS})(?:/|$)`), "theirs"],
  [/^\/customers\/[^/]+\/balance$/, "documents"],
  [/^\/customers(?:\/|$)/, "theirs"],
  [/^\/items\/offered$/, "theirs"],
  [/^\/emails(?:\/|$)/, "theirs"],
  [/^\/search(?:\/|$)/, "theirs"],
  [/^\/usage(?:\.csv)?$/, "theirs"],
  [/^\/usage\/events(?:\/export)?$/, "theirs"],
];

/** What a page shows of what can be confined; null for one that is closed to the confined. */
export function shownAt(path: string): Shown | null {
  return OPEN.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

/** True where somebody may open a page, as far as rows go; `path` is below /dashboard. */
export function isOpenTo(confinement: Confinement | null, path: string): boolean {
  if (confinement === null || confinement.rows === null) return true;
  const shown = shownAt(path);
  if (shown === "theirs") return true;
  return shown !== null && !isConfinedIn(shown, confinement);
}

/** What the operations behind open pages need; others are closed to whoever sees only some rows. */
const OPEN_PERMISSIONS: ReadonlySet<Permission> = new Set([
  "usage.read",
  "usage.write",
  "documents.read",
  "documents.write",
  "documents.finalize",
]);

/** True where acts of a permission are open to somebody, as far as rows go. */
export function isActOpenTo(confinement: Confinement | null, needs: Permission): boolean {
  return !confinement?.rows || OPEN_PERMISSIONS.has(needs);
}

/** What whoever looks at the page is confined to; null for nothing. */
export const ViewerConfinement = createContext<Confinement | null>(null);
