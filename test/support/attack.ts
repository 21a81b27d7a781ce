/** What tests that attack every operation share: paths with somebody's ids, and who may call. */
import { expect } from "vitest";
import { may, type Role } from "../../src/accounts/actor/roles.ts";
import { ACCESS, SHARED } from "./access.ts";
import type { Answer } from "./api.ts";
import type { Operation, Schema } from "./document.ts";
import type { Estate } from "./estate.ts";

/** What a path's parameter names, where that is not said by the segment before it. */
const PATH_KINDS: Record<string, string> = {
  link: "links",
  metric: "metrics",
  invoice: "invoices",
  quote: "quotes",
  "credit-note": "credit-notes",
  documents: "invoices",
  "proforma-invoice": "proforma-invoices",
};

/** What fields of queries and bodies name. A field that ends in _id and is in neither fails. */
export const FIELD_KINDS: Record<string, string> = {
  customer_id: "customers",
  test_tenant_id: "tenants",
  endpoint_id: "endpoints",
  invoice_id: "invoices",
  subscription_id: "subscriptions",
  tenant: "tenants",
  tenant_id: "tenants",
  user_id: "users",
  window_id: "periods",
  metric_name: "metrics",
};

/** An operation as test/support/access.ts names it. */
export function named(operation: Operation): string {
  return `${operation.method.toLowerCase()} ${operation.path}`;
}

/** An id of the same form that nobody ever had. */
export function neverIssued(id: string): string {
  return `${id.slice(0, -3)}${id.endsWith("zzz") ? "yyy" : "zzz"}`;
}

/**
 * The answer but for what names the request, its time, alerts, or the id it was sent with, which
 * as a metric's name is said in words, too.
 */
export function comparable(answer: Answer, sent: string): unknown {
  const words = sent.slice(0, 1).toUpperCase() + sent.slice(1).replaceAll("_", " ");
  const text = new TextDecoder().decode(answer.bytes).replaceAll(sent, "<sent>");
  const names = "request_id|id|recorded_at|created_at|updated_at|timestamp|event_seq";
  const own = new RegExp(`"(?:${names})":[^,}]*|"alerts":\\[[^\\]]*\\]`, "g");
  const body = text.replaceAll(words, "<sent>").replace(own, "");
  return { status: answer.status, type: answer.headers.get("content-type"), body };
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

/** Names of the fields that a body has, at any depth. */
export function fieldsOf(schema: Schema): string[] {
  const inner = Object.entries(schema.properties ?? {});
  return [
    ...inner.flatMap(([name, one]) => [name, ...fieldsOf(one)]),
    ...(schema.items ? fieldsOf(schema.items) : []),
  ];
}

export function bodySchema(operation: Operation): Schema {
  return operation.body?.["application/json"]?.schema ?? {};
}

export function withField(body: unknown, name: string, id: string): unknown {
  if (Array.isArray(body)) return body.map((item) => withField(item, name, id));
  return { ...(body as object), [name]: id };
}
