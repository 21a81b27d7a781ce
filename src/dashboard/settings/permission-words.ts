/** Pure. What permissions allow, in the words that people choose a role by. */
import { PERMISSION_NAMES, type Permission } from "../../accounts/actor/roles.ts";

type Words = { subject: string; allows: string };

const WORDS: Readonly<Record<Permission, Words>> = {
  "usage.read": { subject: "Usage", allows: "See usage, events and alerts" },
  "usage.write": { subject: "Usage", allows: "Record usage for themselves" },
  "usage.for_others": { subject: "Usage", allows: "Record and see usage of any user" },
  "usage.void": { subject: "Usage", allows: "Void events and import older usage" },
  "metrics.write": { subject: "Usage", allows: "Declare metrics and usage rules" },
  "documents.read": { subject: "Documents", allows: "See documents, customers and e-mails" },
  "documents.write": {
    subject: "Documents",
    allows: "Write drafts, send documents, edit customers",
  },
  "documents.finalize": {
    subject: "Documents",
    allows: "Finalize, void and credit documents, record payments",
  },
  "billing.read": { subject: "Billing", allows: "See the plan, limits and billing periods" },
  "settings.write": { subject: "Settings", allows: "Change the profile, branding and webhooks" },
  "members.read": { subject: "Settings", allows: "See members, roles and API keys" },
  "members.write": { subject: "Settings", allows: "Add and change members and roles" },
  "keys.write": { subject: "Settings", allows: "Create, rotate and revoke API keys" },
  "audit.read": { subject: "Settings", allows: "Read the audit log and the API log" },
  "data.export": { subject: "Settings", allows: "Download all of the account's data" },
  "data.erase": {
    subject: "Settings",
    allows: "Erase a person's data, or the whole tenant, for good",
  },
  "clock.move": { subject: "Settings", allows: "Move the clock of test data" },
  "operator.read": { subject: "Operator", allows: "See tenants, coupons and revenue" },
  "operator.metrics": { subject: "Operator", allows: "Read the installation's metrics" },
  "operator.tenants": { subject: "Operator", allows: "Add and change tenants" },
  "operator.plans": { subject: "Operator", allows: "Change plans and coupons" },
  "operator.subscriptions": { subject: "Operator", allows: "Change subscriptions and credits" },
};

/** What a permission allows, as a sentence's beginning. */
export function allowsText(permission: Permission): string {
  return WORDS[permission].allows;
}

/** Permissions by what they are about; the operator's only where they are asked for. */
export function permissionsBySubject(operator: boolean): ReadonlyMap<string, Permission[]> {
  const own = PERMISSION_NAMES.filter((name) => operator || !name.startsWith("operator."));
  return Map.groupBy(own, (name) => WORDS[name].subject);
}
