/** Which rows a member or a key sees: the fields of a form, and in words. */
import { MOST_CUSTOMERS, type Rows } from "../../accounts/actor/confinement.ts";
import { listCustomerNames } from "../../documents/party/party-store.ts";
import type { Body, Field } from "../form/form.ts";
import type { PageContext } from "../page/request.ts";

/** The fields; those of customers that the newest are, and those that are chosen. */
export async function rowFields(
  c: PageContext,
  whom: "member" | "key",
  chosen: readonly string[] = [],
): Promise<Field[]> {
  const newest = await listCustomerNames(c.env.DB, c.var.actor, MOST_CUSTOMERS);
  const known = new Set(newest.map(({ id }) => id));
  const others = chosen.filter((id) => !known.has(id)).map((id) => ({ id, name: id }));
  return [
    {
      pointer: "/own_usage",
      label: whom === "member" ? "Only their own usage" : "Only usage of its user",
      kind: "flag",
    },
    {
      pointer: "/own_documents",
      label: whom === "member" ? "Only documents they drafted" : "Only documents its user drafted",
      kind: "flag",
    },
    {
      pointer: "/customers",
      label: "Only these customers",
      kind: "choices",
      hint: "With the documents that are addressed to them. None selected: all customers.",
      options: [...others, ...newest].map(({ id, name }) => ({ value: id, label: name })),
    },
  ];
}

/** What a form's values say of it, as the API takes it. */
export function rowValues(body: Body): Body {
  const { customers } = body;
  const chosen = Array.isArray(customers) && customers.length > 0 ? customers : null;
  return {
    own_usage: body.own_usage === true,
    own_documents: body.own_documents === true,
    customers: chosen,
  };
}

/** "Own usage, own documents, 3 customers"; null for everything. */
export function rowWords(rows: Rows | null | undefined): string | null {
  if (!rows) return null;
  const { ownUsage, ownDocuments, customers } = rows;
  const count = customers?.length ?? 0;
  const parts = [
    ownUsage && "own usage",
    ownDocuments && "own documents",
    customers && `${count} ${count === 1 ? "customer" : "customers"}`,
  ];
  const words = parts.filter(Boolean).join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
