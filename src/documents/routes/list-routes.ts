/** /api/exports/{invoices,…} and /api/document-counts: what lists hold, whole and in numbers. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { moneyJson, moneyText } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import { orderIn } from "../../platform/http/sorted.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { kindHeading } from "../kind/kind.ts";
import { afterTheirOrigins, DOCUMENT_KINDS, KINDS } from "../kind/registry.ts";
import { STATUSES_TODAY } from "../kind/status.ts";
import { type Count, countFor, type Exported, firstCounts, readerFor } from "../lifecycle/list.ts";
import { type CustomerSort, customersBehind, type PlacedCustomer } from "../party/customer-list.ts";
import { openMinor, type Summary } from "../store/row.ts";
import { statusAt } from "../store/status.ts";
import type { CustomerRow } from "../store/table.ts";
import { customerSortInput, filterQuery, sortInput } from "../wire/route-parts.ts";

export const documentListRoutes = createApi<AppEnv>();

type Column = ExportColumn<Exported>;

const plain = (name: string, text: (row: Summary) => string | null): Column => ({
  name,
  text: ({ row }) => text(row),
});
const money = (name: string, minor: (row: Summary) => number | bigint): Column => ({
  name,
  text: ({ row }) => moneyText(BigInt(minor(row)), row.currency),
  number: true,
});

/** As the lists of the API name them. */
const COLUMNS: readonly Column[] = [
  plain("id", ({ id }) => id),
  plain("kind", ({ kind }) => kind),
  plain("number", ({ number }) => number),
  { name: "status", text: ({ row, nowMs }) => statusAt(row, nowMs) },
  plain("customer_id", ({ customerId }) => customerId),
  plain("customer_name", ({ customerName }) => customerName),
  plain("issue_date", ({ issueDate }) => issueDate),
  plain("due_date", ({ dueDate }) => dueDate),
  plain("valid_until", ({ validUntil }) => validUntil),
  plain("currency", ({ currency }) => currency),
  money("net", ({ netMinor }) => netMinor),
  money("tax", ({ taxMinor }) => taxMinor),
  money("total", ({ totalMinor }) => totalMinor),
  money("prepaid", ({ prepaidMinor }) => prepaidMinor),
  money("paid", ({ paidMinor }) => paidMinor),
  money("credited", ({ creditedMinor }) => creditedMinor),
  money("amount_due", openMinor),
  plain("purchase_order", ({ purchaseOrder }) => purchaseOrder),
  plain("subscription_id", ({ subscriptionId }) => subscriptionId),
  plain("origin_id", ({ originId }) => originId),
  plain("created_at", ({ createdMs }) => timeText(createdMs)),
  plain("updated_at", ({ updatedMs }) => timeText(updatedMs)),
  plain("finalized_at", ({ finalizedMs }) => (finalizedMs === null ? null : timeText(finalizedMs))),
];

for (const kind of afterTheirOrigins(DOCUMENT_KINDS)) {
  const record = KINDS[kind];
  const { path, schemaName, nouns } = record;
  documentListRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/exports/${path}`,
      operationId: `export${schemaName}s`,
      summary: `Export ${nouns} as CSV or NDJSON, filtered and sorted as their list is`,
      description: "Amounts are exact decimals. The file is written while it is read.",
      tags: [kindHeading(record)],
      security,
      request: { query: z.strictObject({ ...filterQuery, sort: sortInput, ...formatQuery }) },
      responses: { 200: exportReply, ...problems() },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { format, ...query } = c.req.valid("query");
      const read = await readerFor(c.env, actor, kind, query);
      return sendExport(c, { format, name: path, columns: COLUMNS, read });
    },
  );
}

const text = (name: string, of: (row: CustomerRow) => string | null) => ({
  name,
  text: ({ row }: PlacedCustomer) => of(row),
});
const CUSTOMER_COLUMNS: readonly ExportColumn<PlacedCustomer>[] = [
  text("id", ({ id }) => id),
  text("name", ({ name }) => name),
  text("email", ({ email }) => email),
  text("reference", ({ reference }) => reference),
  text("country", ({ party }) => party.address.country ?? null),
  text("language", ({ language }) => language),
  text("currency", ({ currency }) => currency),
  text("created_at", ({ createdMs }) => timeText(createdMs)),
  text("updated_at", ({ updatedMs }) => timeText(updatedMs)),
];

documentListRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/customers",
    operationId: "exportCustomers",
    summary: "Export customers as CSV or NDJSON, found and sorted as their list is",
    tags: ["Customers"],
    security,
    request: {
      query: z.strictObject({
        ids: filterQuery.ids,
        q: z.string().min(1).max(200).optional(),
        sort: customerSortInput,
        ...formatQuery,
      }),
    },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { format, q = null, ids, sort = "-created" } = c.req.valid("query");
    const order = orderIn<CustomerSort>(sort);
    const filter = { text: q, ids: ids?.split(","), order, descending: order.descending };
    const read = (last: PlacedCustomer | null, limit: number) =>
      customersBehind(c.env.DB, actor, { ...filter, behind: last?.key ?? null, limit });
    return sendExport(c, { format, name: "customers", columns: CUSTOMER_COLUMNS, read });
  },
);

const countView = z
  .object({
    status: z.enum(STATUSES_TODAY),
    role: z
      .enum(["issuer", "recipient"])
      .openapi({ description: "whether the tenant issued them, or received them" }),
    test: z.boolean().openapi({ description: "they live on a test clock" }),
    currency: z.string(),
    documents: z.number().int(),
    total: z.number(),
    amount_due: z.number().nullable().openapi({
      description: "what is still to be paid; null where words, a customer or days were asked for",
    }),
  })
  .openapi("DocumentCount");

function showCount(count: Count): z.infer<typeof countView> {
  const { totalMinor, openMinor: due, ...plainly } = count;
  return {
    ...plainly,
    total: moneyJson(totalMinor, count.currency),
    amount_due: due === null ? null : moneyJson(due, count.currency),
  };
}

const countsView = z.object({
  data: z.array(countView),
  complete: z.boolean().openapi({ description: "whether `data` holds all of them" }),
  by_status: z
    .array(
      z.object({
        role: z.enum(["issuer", "recipient"]),
        status: z.enum(STATUSES_TODAY),
        count: z.number().int(),
        more: z.boolean().openapi({ description: "there may be more than were counted" }),
      }),
    )
    .openapi({
      description: "how many there are of each status; none of those that are not named here",
    }),
});

documentListRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/document-counts",
    operationId: "countDocuments",
    summary: "How many documents there are by status and currency, and what they come to",
    description:
      "Exact where only a status or a role is asked for. With ids, words, a customer, a " +
      "subscription or days, `data` is of at most 1,000 documents of each role, and `complete` " +
      "says whether those are all. `by_status` is exact, or the least where it says `more`: by " +
      "days it counts to 1,000 of each status, by all else to 1,000 of all.",
    tags: ["Documents"],
    security,
    request: {
      query: z.strictObject({ kind: z.enum(DOCUMENT_KINDS).default("invoice"), ...filterQuery }),
    },
    responses: {
      200: jsonReply(countsView, "The counts, one for each status, role and currency"),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { kind, ...query } = c.req.valid("query");
    const { statuses, sums } = await countFor(c.env, actor, kind, query);
    const data = sums ?? (await firstCounts(c.env, actor, kind, query));
    const complete = sums !== null;
    return c.json({ data: data.map(showCount), complete, by_status: statuses }, 200);
  },
);
