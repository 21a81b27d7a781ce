/**
 * Pure. The operator's own ids of tenants, and how requests name a tenant: by its id, `ten_…`, or
 * by its external id. An external id is kept and compared as it was sent, code point by code point.
 */
import { z } from "@hono/zod-openapi";
import { isTenantId } from "../../core/id.ts";

/** Characters, by their code points. */
const MAX_LENGTH = 200;

/** Control characters, line separators, and halves of pairs, which no UTF-8 text can hold. */
const UNCLEAN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const BLANK_AT_AN_END = /^\s|\s$/u;
/** Names that mean a place in a path, whoever writes them (RFC 3986 section 3.3). */
const PLACES: ReadonlySet<string> = new Set([".", ".."]);

/** Why a text cannot be an external id, or null where it can. */
export function externalIdFault(text: string): string | null {
  if (text === "" || isTooLong(text)) return `has 1 to ${MAX_LENGTH} characters`;
  if (isTenantId(text)) return "begins with ten_, as only the ids given out here do";
  if (UNCLEAN.test(text)) return "has no control characters";
  if (BLANK_AT_AN_END.test(text)) return "neither begins nor ends with a blank";
  if (PLACES.has(text)) return "is more than points, which mean a place in a path";
  return null;
}

function isTooLong(text: string): boolean {
  return text.length > MAX_LENGTH && [...text].length > MAX_LENGTH;
}

/** An external id as it is given to a tenant. */
export const externalIdInput = z
  .string()
  .superRefine((text, ctx) => {
    const message = externalIdFault(text);
    if (message !== null) ctx.addIssue({ code: "custom", message });
  })
  .openapi({
    minLength: 1,
    maxLength: MAX_LENGTH,
    description:
      "Your own id for the tenant, which names it wherever its id does. Any characters but " +
      "control characters, no blank at either end, not beginning with `ten_`. It is never given " +
      "to another tenant, not even once this one has another or none.",
    example: "customer-4711",
  });

/** Where a request names a tenant: its id or external id. */
export const tenantNameInput = z
  .string()
  .refine((text) => !isTooLong(text), `has at most ${MAX_LENGTH} characters`)
  .openapi({ maxLength: MAX_LENGTH, description: "a tenant's id (`ten_…`) or external id" });

/** Where a path names a tenant. */
export const tenantParam = z.object({
  id: tenantNameInput.openapi({
    description: "its id (`ten_…`), or its external id, percent-encoded",
  }),
});
