/** What tests that attack every operation share: paths with somebody's ids, and who may call. */
import { expect } from "vitest";
import { may, type Role } from "../../src/accounts/actor/roles.ts";
import { ACCESS, SHARED } from "./access.ts";
import type { Operation } from "./document.ts";
import type { Estate } from "./estate.ts";

/** What a path's parameter names, where that is not said by the segment before it. */
const PATH_KINDS: Record<string, string> = {
  link: "links",
  name: "metrics",
  metric: "metrics",
  invoice: "invoices",
  quote: "quotes",
  "credit-note": "credit-notes",
};

/** An operation as test/support/access.ts names it. */
export function named(operation: Operation): string {
  return `${operation.method.toLowerCase()} ${operation.path}`;
}

/** The kind of thing that a path's parameter names, which stands at a place among its segments. */
export function kindOf(segments: readonly string[], place: number, name: string): string {
  const parent = segments[place - 1] ?? "";
  return PATH_KINDS[name] ?? PATH_KINDS[parent] ?? parent;
}

/** The path with ids of `estate` in it, but for the parameter that `id` takes the place of. */
export function pathOf(operation: Operation, estate: Estate, taken = "", id = ""): string {
  const segments = operation.path.split("/");
  const filled = segments.map((segment, place) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return segment;
    if (name === taken) return id;
    const [own] = estate[kindOf(segments, place, name)] ?? [];
    return (
      SHARED[name] ??
      own ??
      expect.unreachable(`${operation.path}: nothing to attack {${name}} with`)
    );
  });
  return filled.join("/");
}

/** Whether a role may call it at all; operator's operations are for no role of a tenant. */
export function mayCall(operation: Operation, role: string): boolean {
  const [access] = ACCESS[named(operation)] ?? expect.unreachable(named(operation));
  if (access === "anyone") return true;
  return !access.startsWith("operator.") && may(role as Role, access);
}

/** True for what is the operator's own. */
export function isOperators(operation: Operation): boolean {
  const [access] = ACCESS[named(operation)] ?? expect.unreachable(named(operation));
  return access.startsWith("operator.");
}
