/** What tests of the Lago dialect start from: its base, tenants with external ids, and refusals. */
import { expect } from "vitest";
import { type Answer, call, operatorKey } from "../../support/api.ts";

export const BASE = "/lago/api/v1";
let made = 0;

/** A text that no test used before. */
export const fresh = (prefix: string) => `${prefix} ${Date.now()}-${++made}`;

export const lago = (key: string | null, method: string, path: string, body?: unknown) =>
  call(key, method, BASE + path, body);

/** A tenant with an external id of its own. */
export async function tenant(name = "Acme") {
  const operator = await operatorKey();
  const externalId = fresh("acme");
  const path = `/api/tenants/${encodeURIComponent(externalId)}`;
  const { body, status } = await call(operator, "PUT", path, { name });
  expect([status, body.detail]).toEqual([201, undefined]);
  return { operator, externalId, tenantId: body.id as string, key: body.key as string };
}

export const at = (externalId: string) => encodeURIComponent(externalId);

export function refused(answer: Answer, status: number, more: object) {
  expect([answer.status, answer.body]).toMatchObject([status, { status, ...more }]);
}
