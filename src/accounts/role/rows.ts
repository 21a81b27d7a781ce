/** Which rows of its tenant a user or a key sees, as requests and answers say it. */
import { z } from "@hono/zod-openapi";
import { MOST_CUSTOMERS, type Rows } from "../actor/confinement.ts";

const ALL: Rows = { ownUsage: false, ownDocuments: false, customers: null };

const ids = z
  .array(z.string().min(1).max(200))
  .min(1)
  .max(MOST_CUSTOMERS)
  .refine((list) => new Set(list).size === list.length, "names each once");

/** The fields that say it in a request. */
export const rowsInput = {
  own_usage: z.boolean().optional().openapi({
    description: "true: reads and records usage of its own user alone",
  }),
  own_documents: z.boolean().optional().openapi({
    description: "true: sees the documents that its own user drafted, and those to `customers`",
  }),
  customers: ids.nullable().optional().openapi({
    description: "ids of the customers that it sees, with what is addressed to them; null: all",
  }),
};

/** The same in an answer. */
export const rowsText = {
  own_usage: z.boolean(),
  own_documents: z.boolean(),
  customers: z.array(z.string()).nullable(),
};

type Given = {
  own_usage?: boolean | undefined;
  own_documents?: boolean | undefined;
  customers?: string[] | null | undefined;
};

/** What a request asks for on top of what held before; null for all rows. */
export function rowsFrom(given: Given, before: Rows | null): Rows | null {
  const { own_usage, own_documents, customers } = given;
  const was = before ?? ALL;
  const rows: Rows = {
    ownUsage: own_usage ?? was.ownUsage,
    ownDocuments: own_documents ?? was.ownDocuments,
    customers: customers === undefined ? was.customers : customers,
  };
  return rows.ownUsage || rows.ownDocuments || rows.customers !== null ? rows : null;
}

/** What an answer says of it. */
export function showRows(rows: Rows | null | undefined) {
  const { ownUsage, ownDocuments, customers } = rows ?? ALL;
  return {
    own_usage: ownUsage,
    own_documents: ownDocuments,
    customers: customers && [...customers],
  };
}
