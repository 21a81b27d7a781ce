/** Whose the rows of an export are: the tenant's, or the operator's that are about the tenant. */
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { invalidField } from "../../core/errors.ts";
import type { Row, TableRow } from "./rows.ts";
import { type Child, LAST_SECTIONS, SECTIONS } from "./sections.ts";

/** What the operator has of a tenant that it bills. */
const OF_OPERATOR: ReadonlySet<string> = new Set([
  "customers",
  "documents",
  "payments",
  "document_links",
  "customer_balances",
  "balance_transactions",
]);

/** What says, in the operator's row of a table, that it is about a tenant. */
const ABOUT: Readonly<Record<string, string>> = {
  customers: "linked_tenant",
  documents: "recipient",
};

/** The table that the rows of another hang on, and by which of their columns. */
const PARENTS = new Map(
  [...SECTIONS, ...LAST_SECTIONS].flatMap(({ table, children }) => parentsOf(table, children)),
);

type Parent = { table: string; column: string };

function parentsOf(table: string, children: readonly Child[] = []): [string, Parent][] {
  return children.flatMap((child): [string, Parent][] => [
    [child.table, { table, column: child.parent }],
    ...parentsOf(child.table, child.children),
  ]);
}

/** What no tenant owns: plans are the operator's, and come along with those that use them. */
const OF_NOBODY: ReadonlySet<string> = new Set(["plans", "plan_versions"]);

/** Errors: 422 where a row says that it is another tenant's, or the operator's about another. */
export function insistOwn({ table, row }: TableRow, tenant: string): void {
  const owner = ownerIn(table, row) ?? tenant;
  const about = ABOUT[table];
  const isBilled =
    owner === OPERATOR_TENANT &&
    OF_OPERATOR.has(table) &&
    (about === undefined || row[about] === tenant);
  if (owner === tenant || isBilled) return;
  throw invalidField("/rows", `holds a row of ${table} that is another tenant's`);
}

function ownerIn(table: string, row: Row): Row[string] | undefined {
  return row.tenant ?? row.issuer ?? (table === "tenants" ? row.id : undefined);
}

/** Errors: 422 where rows hang on what is here and another tenant's. */
export async function insistParents(
  db: D1Database,
  rows: readonly TableRow[],
  tenant: string,
): Promise<void> {
  for (const [table, own] of Map.groupBy(rows, (one) => one.table)) {
    const parent = PARENTS.get(table);
    if (!parent || OF_NOBODY.has(parent.table)) continue;
    const ids = [...new Set(own.map(({ row }) => row[parent.column] ?? ""))];
    const owner = parent.table === "documents" ? "issuer" : "tenant";
    const about = ABOUT[parent.table];
    const isOwn = about === undefined ? `${owner} = ?2` : `${owner} = ?2 OR ${about} = ?2`;
    const foreign = await db
      .prepare(
        `SELECT 1 FROM ${parent.table} WHERE id IN (SELECT value FROM json_each(?1))
           AND (${isOwn}) IS NOT TRUE LIMIT 1`,
      )
      .bind(JSON.stringify(ids), tenant)
      .first();
    if (foreign === null) continue;
    throw invalidField(
      "/rows",
      `holds rows of ${table} that hang on ${parent.table} of another tenant`,
    );
  }
}
