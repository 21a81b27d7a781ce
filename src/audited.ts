/**
 * What each entry of the audit log is about, by the beginning of its action: the row of which the
 * log shows what was changed, or null with the reason why none is.
 */
import { type SQL, sql } from "drizzle-orm";
import type { Named, Subject } from "./accounts/audit/image.ts";
import { describeSubjects } from "./accounts/audit/subject.ts";
import { apiKeys, roles, sessions, tenantBudgets, tenants, users } from "./accounts/store/table.ts";
import { coupons, credits, redemptions } from "./billing/credit/table.ts";
import { planPrices, plans, planVersions } from "./billing/plan/table.ts";
import { paymentHooks, unmatchedMoney } from "./billing/provider/table.ts";
import { periods, subscriptionChanges, subscriptions } from "./billing/subscription/table.ts";
import { foreignEntries } from "./compat/common/table.ts";
import { lagoSubscriptions } from "./compat/lago/table.ts";
import { alertRoutes } from "./delivery/alert/table.ts";
import { emailSettings, emails, suppressions } from "./delivery/email/table.ts";
import { webhookDeliveries, webhookEndpoints, webhookSecrets } from "./delivery/webhook/table.ts";
import { balanceTransactions } from "./documents/balance/table.ts";
import { items } from "./documents/item/table.ts";
import { DOCUMENT_KINDS } from "./documents/kind/registry.ts";
import { recurringInvoices } from "./documents/recurring/table.ts";
import {
  brandings,
  customers,
  documentLines,
  documentLinks,
  documents,
  issuers,
} from "./documents/store/table.ts";
import { metrics, metricVersions } from "./metering/catalogue/table.ts";
import { usageImports } from "./metering/import/table.ts";
import { usageRules } from "./metering/intake/table.ts";

const made = ({ answer, target }: Named) => answer?.made ?? target;

/** The first lines of a document; more would be a second copy of it. */
const LINES = 30;
const { position, name, quantity, unitPrice, netMinor, documentId } = documentLines;
const linesOf: SQL = sql`(SELECT json_group_array(json_object(
    'name', name, 'quantity', quantity, 'unit_price', unit_price, 'net_minor', net_minor))
  FROM (SELECT ${name} AS name, ${quantity} AS quantity, ${unitPrice} AS unit_price,
               ${netMinor} AS net_minor
        FROM ${documentLines} WHERE ${documentId} = ${documents.id}
        ORDER BY ${position} LIMIT ${sql.raw(String(LINES))}))`;

const ofDocuments: Subject = {
  table: documents,
  by: documents.id,
  without: [documents.usage, documents.seriesYear, documents.sequence],
  more: { lines: linesOf },
};
const ofLinks: Subject = {
  table: documentLinks,
  by: documentLinks.id,
  quiet: DOCUMENT_KINDS.map((kind) => `${kind}.link.revoke`),
  id: ({ detail, target }) => String(detail?.link_id ?? target),
};
const ofEmails: Subject = {
  table: emails,
  by: emails.id,
  without: [emails.html, emails.plain],
  id: made,
};

const documentActions = DOCUMENT_KINDS.flatMap((kind): [string, Subject | null][] => [
  [kind, ofDocuments],
  [`${kind}.link`, ofLinks],
  [`${kind}.send`, ofEmails],
  [`${kind}.convert`, { ...ofDocuments, id: made }],
  // A step of an act on many: each of them has an entry of its own.
  [`${kind}.bulk`, null],
]);

const latestChange: SQL = sql`(SELECT json_object('kind', ${subscriptionChanges.kind},
    'at_ms', ${subscriptionChanges.atMs}, 'version_id', ${subscriptionChanges.versionId},
    'base_price_minor', ${subscriptionChanges.basePriceMinor},
    'seats', ${subscriptionChanges.seats}, 'time_zone', ${subscriptionChanges.timeZone})
  FROM ${subscriptionChanges} WHERE ${subscriptionChanges.subscriptionId} = ${subscriptions.id}
  ORDER BY ${subscriptionChanges.seq} DESC LIMIT 1)`;

const latestVersion: SQL = sql`(SELECT json_object('id', ${planVersions.id},
    'version', ${planVersions.version}, 'currency', ${planVersions.currency},
    'base_month_minor', ${planVersions.baseMonthMinor},
    'base_year_minor', ${planVersions.baseYearMinor},
    'prices', (SELECT json_group_object(${planPrices.metric}, json_object(
        'included_micro', ${planPrices.includedMicro}, 'model', ${planPrices.model},
        'rates', ${planPrices.rates}))
      FROM ${planPrices} WHERE ${planPrices.versionId} = ${planVersions.id}))
  FROM ${planVersions} WHERE ${planVersions.planId} = ${plans.id}
  ORDER BY ${planVersions.version} DESC LIMIT 1)`;

const { budget, value } = tenantBudgets;
const budgetsOf: SQL = sql`(SELECT json_group_object(${budget}, ${value})
  FROM ${tenantBudgets} WHERE ${tenantBudgets.tenant} = ${tenants.id})`;

const couponsOf: SQL = sql`(SELECT json_group_array(${redemptions.couponId})
  FROM ${redemptions} WHERE ${redemptions.subscriptionId} = ${subscriptions.id})`;

const secretsOf: SQL = sql`(SELECT json_group_array(json_object('id', ${webhookSecrets.id},
    'expires_ms', ${webhookSecrets.expiresMs}))
  FROM ${webhookSecrets} WHERE ${webhookSecrets.endpoint} = ${webhookEndpoints.id})`;

const ofTenants: Subject = {
  table: tenants,
  by: tenants.id,
  more: { budgets: budgetsOf },
  quiet: ["tenant.changed", "tenant.budgets_changed"],
};
const ofSessions: Subject = { table: sessions, by: sessions.id };
const ofEntries: Subject = { table: foreignEntries, by: foreignEntries.id };
const ofDeliveries: Subject = { table: webhookDeliveries, by: webhookDeliveries.id, id: made };

/** By the beginning of the action; null where no row is changed, with the reason. */
export const AUDITED: Readonly<Record<string, Subject | null>> = {
  tenant: ofTenants,
  // What is erased is kept nowhere.
  "tenant.erasure": null,
  user: { table: users, by: users.id, quiet: ["user.changed"] },
  key: {
    table: apiKeys,
    by: apiKeys.id,
    without: [apiKeys.lastUsedMs],
    quiet: ["key.changed", "key.taken_over"],
  },
  // When it was changed follows from the entry.
  role: { table: roles, by: roles.id, without: [roles.changedMs], quiet: ["role.changed"] },
  session: ofSessions,
  acting: ofSessions,
  // The clock moves after the entry, row of work by row of work; the entry's detail says how far.
  clock: null,

  metric: { table: metrics, by: metrics.name, whose: metrics.tenant },
  metrics: { table: metricVersions, by: metricVersions.tenant },
  // What happens to usage is in the ledger, event by event.
  usage: null,
  "usage.import": { table: usageImports, by: usageImports.id },
  usage_rule: { table: usageRules, by: usageRules.id, quiet: ["usage_rule.change"] },

  issuer: { table: issuers, by: issuers.tenant, quiet: ["issuer.put"] },
  branding: {
    table: brandings,
    by: brandings.tenant,
    quiet: ["branding.put", "branding.logo.delete"],
  },
  customer: { table: customers, by: customers.id, quiet: ["customer.change"] },
  item: { table: items, by: items.id, quiet: ["item.change"] },
  recurring_invoice: {
    table: recurringInvoices,
    by: recurringInvoices.id,
    quiet: ["recurring_invoice.change"],
  },
  ...Object.fromEntries(documentActions),
  balance: ofDocuments,
  "balance.refunded": { table: balanceTransactions, by: balanceTransactions.id, id: made },

  plan: {
    table: plans,
    by: plans.id,
    more: { latest_version: latestVersion },
    quiet: ["plan.changed"],
  },
  coupon: { table: coupons, by: coupons.id },
  "coupon.redeemed": {
    table: subscriptions,
    by: subscriptions.id,
    only: [],
    more: { coupons: couponsOf },
  },
  credit: { table: credits, by: credits.id, id: made },
  subscription: {
    table: subscriptions,
    by: subscriptions.id,
    more: { latest_change: latestChange },
    quiet: ["subscription.references_changed"],
  },
  "subscription.bulk": null,
  "subscription.named": {
    table: lagoSubscriptions,
    by: lagoSubscriptions.externalId,
    id: ({ detail, target }) => String(detail?.externalId ?? target),
  },
  period: {
    table: periods,
    by: periods.id,
    without: [periods.counts, periods.lines, periods.ahead],
    id: ({ detail, target }) => String(detail?.period ?? target),
  },
  provider: {
    table: paymentHooks,
    by: paymentHooks.provider,
    whose: paymentHooks.tenant,
    only: [paymentHooks.id, paymentHooks.provider, paymentHooks.updatedMs],
  },
  unmatched_money: { table: unmatchedMoney, by: unmatchedMoney.id },

  alerts: { table: alertRoutes, by: alertRoutes.tenant, quiet: ["alerts.route"] },
  email: {
    table: suppressions,
    by: suppressions.address,
    whose: suppressions.tenant,
    quiet: ["email.suppress"],
  },
  "email.settings": {
    table: emailSettings,
    by: emailSettings.tenant,
    quiet: ["email.settings"],
  },
  "email.resend": ofEmails,
  "email.bulk": null,
  webhook: {
    table: webhookEndpoints,
    by: webhookEndpoints.id,
    more: { secrets: secretsOf },
    quiet: ["webhook.change"],
  },
  "webhook.challenge": ofDeliveries,
  "webhook.test": ofDeliveries,
  "webhook.retry": ofDeliveries,
  // What is sent again are deliveries, each with a row of its own.
  "webhook.replay": null,
  "webhook.bulk": null,

  // What other products' APIs keep here.
  subject: ofEntries,
  subjects: null,
  "customer.subjects": null,
  feature: ofEntries,
  meter: null,
};

describeSubjects(AUDITED);
