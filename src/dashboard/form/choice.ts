/** What forms offer to choose from: the first of many, and what is chosen wherever it comes. */
import { findTenant, listTenants, readTenant } from "../../accounts/store/tenant-store.ts";
import { listPlans } from "../../billing/plan/plan-store.ts";
import { NEWEST_VERSION, VERSION_NAMES } from "../../core/api-version.ts";
import { moneyText } from "../../core/money.ts";
import { listCustomerNames, readCustomer } from "../../documents/party/party-store.ts";
import { listDeposits } from "../../documents/store/deposit-store.ts";
import type { Viewer } from "../../documents/store/viewer.ts";
import { displayNameOf, type Named } from "../../metering/catalogue/display-name.ts";

export type Choice = { value: string; label: string };

/** The versions of the API, the newest first. */
export const VERSION_CHOICES: readonly Choice[] = VERSION_NAMES.toReversed().map((value) => ({
  value,
  label: value === NEWEST_VERSION ? `${value} (newest)` : value,
}));

/** Options of a choice at most; a row beyond them is chosen from its own page. */
const MAX_CHOICES = 500;

/** The rows, led by the row whose id is `chosen` where it is not among them. */
async function withChosen<T extends { id: string }>(
  listed: Promise<readonly T[]>,
  chosen: string,
  read: (id: string) => Promise<T | null>,
): Promise<T[]> {
  // Both at once: it is one row, and a trip of its own would cost more.
  const [rows, row] = await Promise.all([listed, chosen === "" ? null : read(chosen)]);
  return row === null || rows.some(({ id }) => id === chosen) ? [...rows] : [row, ...rows];
}

/** Metrics by what people read of them; `chosen` is the name of one, or empty. */
export function metricChoices(metrics: readonly Named[], chosen: string): Choice[] {
  const first = metrics.slice(0, MAX_CHOICES);
  const isListed = chosen === "" || first.some(({ name }) => name === chosen);
  const unlisted = isListed ? [] : metrics.filter(({ name }) => name === chosen).slice(0, 1);
  const lead = isListed || unlisted.length > 0 ? unlisted : [{ name: chosen, ...NAMELESS }];
  return [...lead, ...first].map((metric) => {
    const shown = displayNameOf(metric);
    const { name } = metric;
    return { value: name, label: shown === name ? name : `${shown} (${name})` };
  });
}

const NAMELESS = { description: "", displayName: "" };

/** The id of the tenant that an address names by id or external id; a name of none stays. */
export async function chosenTenant(db: D1Database, named: string): Promise<string> {
  const tenant = named === "" ? null : await findTenant(db, named);
  return tenant?.id ?? named;
}

/** Tenants by name, without the operator's; `chosen` is an id, or empty. */
export async function tenantChoices(db: D1Database, chosen: string): Promise<Choice[]> {
  const listed = listTenants(db, { after: null, limit: MAX_CHOICES });
  const tenants = await withChosen(listed, chosen, (id) => readTenant(db, id));
  return tenants
    .filter(({ operator }) => !operator)
    .map(({ id, name, mode }) => ({ value: id, label: mode === "test" ? `${name} (test)` : name }));
}

/** A tenant's customers by name; `chosen` is an id, or empty. */
export async function customerChoices(
  db: D1Database,
  viewer: Viewer,
  chosen: string,
): Promise<Choice[]> {
  const listed = listCustomerNames(db, viewer, MAX_CHOICES);
  type Row = { id: string; name: string };
  const read = (id: string): Promise<Row | null> => readCustomer(db, viewer, id);
  const customers = await withChosen(listed, chosen, read);
  return customers.map(({ id, name }) => ({ value: id, label: name }));
}

/** Paid deposits of a customer that may be deducted; `chosen` are among them. */
export async function depositChoices(
  db: D1Database,
  tenantId: string,
  customerId: string,
  chosen: readonly string[],
): Promise<Choice[]> {
  if (customerId === "") return [];
  const found = await listDeposits(db, { tenant: tenantId, customerId, chosen });
  return found.map(({ id, number, issueDate, totalMinor, currency }) => ({
    value: id,
    label: `${number} of ${issueDate}, ${currency} ${moneyText(BigInt(totalMinor), currency)}`,
  }));
}

/** Plans that are not archived, by code. */
export async function planChoices(db: D1Database): Promise<Choice[]> {
  const plans = await listPlans(db, { after: null, limit: MAX_CHOICES });
  return plans
    .filter(({ archivedMs }) => archivedMs === null)
    .map(({ code, name }) => ({ value: code, label: name }));
}
