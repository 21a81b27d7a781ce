/** Pure. The pages and acts that the search of the dashboard leads to, by the words they go by. */
import type { Confinement } from "../../accounts/actor/confinement.ts";
import { may, type Permission, type Role } from "../../accounts/actor/roles.ts";
import { DOCUMENT_KINDS, KINDS } from "../../documents/kind/registry.ts";
import { isOpenTo } from "../component/open-pages.ts";

export type Place = {
  label: string;
  /** Under `/dashboard`. */
  path: string;
  needs: Permission;
  /** Other words that people look for it by. */
  words?: string;
  /** Only where there is a clock to move. */
  test?: boolean;
};

const DOCUMENT_PLACES: readonly Place[] = DOCUMENT_KINDS.map((kind) => ({
  label: `${KINDS[kind].noun.charAt(0).toUpperCase()}${KINDS[kind].noun.slice(1)}s`,
  path: `/${KINDS[kind].path}`,
  needs: "documents.read",
  words: "documents pdf",
}));

const PLACES: readonly Place[] = [
  { label: "Home", path: "", needs: "usage.read", words: "overview start dashboard" },
  { label: "New invoice", path: "/invoices/new", needs: "documents.write", words: "create bill" },
  { label: "New quote", path: "/quotes/new", needs: "documents.write", words: "create offer" },
  { label: "New customer", path: "/customers/new", needs: "documents.write", words: "create add" },
  { label: "Usage", path: "/usage", needs: "usage.read", words: "metrics chart counters" },
  { label: "Events", path: "/usage/events", needs: "usage.read", words: "usage void ledger" },
  { label: "Metrics", path: "/usage/metrics", needs: "usage.read", words: "aggregation unit" },
  { label: "Unpriced names", path: "/usage/unpriced", needs: "usage.read", words: "undeclared" },
  { label: "Usage rules", path: "/usage/rules", needs: "usage.read", words: "mapping formats" },
  { label: "Imports", path: "/usage/imports", needs: "usage.read", words: "csv upload" },
  { label: "Refused events", path: "/usage/refused", needs: "usage.read", words: "errors" },
  { label: "Alerts", path: "/alerts", needs: "usage.read", words: "limits thresholds" },
  {
    label: "Alert notifications",
    path: "/alerts/routes",
    needs: "settings.write",
    words: "routes who is told",
  },
  ...DOCUMENT_PLACES,
  { label: "Customers", path: "/customers", needs: "documents.read", words: "clients buyers" },
  { label: "Items", path: "/items", needs: "documents.read", words: "catalogue products prices" },
  {
    label: "Recurring invoices",
    path: "/recurring-invoices",
    needs: "documents.read",
    words: "repeat schedule retainer",
  },
  { label: "Webhooks", path: "/webhooks", needs: "settings.write", words: "endpoints deliveries" },
  { label: "E-mails", path: "/emails", needs: "documents.read", words: "messages sent inbox mail" },
  {
    label: "Suppressed addresses",
    path: "/emails/suppressed",
    needs: "documents.read",
    words: "bounces complaints e-mail",
  },
  { label: "Billing", path: "/billing", needs: "billing.read", words: "subscription plan periods" },
  { label: "Plans", path: "/billing/plans", needs: "billing.read", words: "prices versions" },
  { label: "Credits", path: "/billing/credits", needs: "billing.read", words: "prepaid granted" },
  { label: "Subscriptions", path: "/billing/subscriptions", needs: "operator.read" },
  { label: "Coupons", path: "/billing/coupons", needs: "operator.read", words: "discounts" },
  {
    label: "Profile",
    path: "/settings/profile",
    needs: "documents.read",
    words: "issuer bank vat",
  },
  {
    label: "Branding",
    path: "/settings/branding",
    needs: "documents.read",
    words: "logo colour color template footer",
  },
  {
    label: "E-mail settings",
    path: "/settings/mail",
    needs: "documents.read",
    words: "sender reply automatic",
  },
  {
    label: "Payment providers",
    path: "/settings/payments",
    needs: "settings.write",
    words: "stripe razorpay unmatched money",
  },
  { label: "Members", path: "/settings/members", needs: "members.read", words: "users team roles" },
  {
    label: "Roles",
    path: "/settings/roles",
    needs: "members.read",
    words: "permissions rights access",
  },
  { label: "API keys", path: "/settings/keys", needs: "members.read", words: "tokens secret" },
  { label: "Limits", path: "/settings/budgets", needs: "billing.read", words: "budgets quotas" },
  { label: "Audit log", path: "/settings/audit", needs: "audit.read", words: "history who did" },
  {
    label: "API log",
    path: "/settings/requests",
    needs: "audit.read",
    words: "requests answers errors request id",
  },
  { label: "Revenue", path: "/revenue", needs: "operator.read", words: "mrr churn movements" },
  { label: "Tenants", path: "/tenants", needs: "operator.read", words: "accounts companies" },
  {
    label: "Health",
    path: "/health",
    needs: "operator.tenants",
    words: "status waiting late failing queues deliveries",
  },
  { label: "Failing work", path: "/work", needs: "operator.tenants", words: "stuck retry errors" },
  {
    label: "Test clock",
    path: "/clock",
    needs: "billing.read",
    words: "time travel days",
    test: true,
  },
];

type Who = {
  role: Role;
  mode: "live" | "test";
  operator: boolean;
  confinement?: Confinement | null;
};

/** Every page that somebody may open: the operator's for the operator, a clock's where it is. */
export function placesOf({ role, mode, operator, confinement = null }: Who): Place[] {
  return PLACES.filter(
    ({ needs, path, test }) =>
      may(role, needs) &&
      isOpenTo(confinement, path) &&
      (operator || !needs.startsWith("operator.")) &&
      (!test || mode === "test"),
  );
}

/** Those that have all words of a text, each as the beginning of one of theirs, labels first. */
export function placesFor(places: readonly Place[], text: string): Place[] {
  const wanted = wordsOf(text);
  const has = (own: readonly string[]) =>
    wanted.every((word) => own.some((one) => one.startsWith(word)));
  const named = places.filter(({ label }) => has(wordsOf(label)));
  const meant = places.filter(
    (place) => !named.includes(place) && has(wordsOf(`${place.label} ${place.words ?? ""}`)),
  );
  return [...named, ...meant];
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
