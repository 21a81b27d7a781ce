/** What each role may do. Pure: the one table that decides, and roles that tenants put together. */
export const ROLES = ["owner", "admin", "member", "viewer", "ingest"] as const;
/** A role that every tenant has. */
export type BuiltInRole = (typeof ROLES)[number];
/** People have one of these, or one of the tenant's own; `ingest` is for keys alone. */
export const USER_ROLES = ["owner", "admin", "member", "viewer"] as const;
export type UserRole = (typeof USER_ROLES)[number];

/** Each role's permissions; `operator.*` also needs a key of the operator's tenant. */
const PERMISSIONS = {
  "usage.write": ["owner", "admin", "member", "ingest"],
  "usage.read": ["owner", "admin", "member", "viewer"],
  /** Recording for another user than the key's own. */
  "usage.for_others": ["owner", "admin", "ingest"],
  "usage.void": ["owner", "admin"],
  "metrics.write": ["owner", "admin"],
  "documents.read": ["owner", "admin", "member", "viewer"],
  "documents.write": ["owner", "admin", "member"],
  "documents.finalize": ["owner", "admin"],
  "settings.write": ["owner", "admin"],
  "billing.read": ["owner", "admin", "member", "viewer"],
  "members.read": ["owner", "admin"],
  "members.write": ["owner", "admin"],
  "keys.write": ["owner", "admin"],
  "audit.read": ["owner", "admin"],
  "clock.move": ["owner", "admin"],
  /** Tenants, coupons and revenue, for reading. */
  "operator.read": ["owner", "admin", "member", "viewer"],
  /** How the installation gets on, in numbers: for the key of a monitoring system. */
  "operator.metrics": ["owner", "admin", "member", "viewer"],
  "operator.tenants": ["owner", "admin"],
  "operator.plans": ["owner", "admin"],
  "operator.subscriptions": ["owner", "admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[];

/** A role that a tenant put together, or what is left of a role where its people may do less. */
export type OwnRole = {
  id: string;
  name: string;
  permissions: readonly Permission[];
  /** Real time of its last change, by which a batch sees that it was changed meanwhile. */
  changedMs: number;
};
export type Role = BuiltInRole | OwnRole;

/** True where a role has a permission. */
export function may(role: Role, permission: Permission): boolean {
  if (typeof role === "object") return role.permissions.includes(permission);
  return (PERMISSIONS[permission] as readonly BuiltInRole[]).includes(role);
}

/** How the API names a role: by its id where it is a tenant's own. */
export function roleId(role: Role): string {
  return typeof role === "object" ? role.id : role;
}

/** The role that every tenant has which a role is, or is what is left of; null for its own. */
export function builtInOf(role: Role): BuiltInRole | null {
  return ROLES.find((one) => one === roleId(role)) ?? null;
}

/** How people name a role. */
export function roleName(role: Role): string {
  return typeof role === "object" ? role.name : role;
}

/** True where `inner` allows nothing that `outer` does not. */
export function isWithin(inner: Role, outer: Role): boolean {
  return PERMISSION_NAMES.every((permission) => !may(inner, permission) || may(outer, permission));
}

/** Who may: "Only an owner or an admin can finalize invoices. Ask one of them." */
export function onlyText(permission: Permission, act: string): string {
  const roles = USER_ROLES.filter((role) => may(role, permission));
  const named = roles.map((role) => `${/^[aeiou]/.test(role) ? "an" : "a"} ${role}`);
  const last = named.pop() ?? "an owner";
  const others = named.length === 0 ? "" : `${named.join(", ")} or `;
  return `Only ${others}${last} can ${act}. Ask one of them.`;
}

/**
 * True where `granter` may give or take `role`: nobody grants what they have not, and an owner is
 * made and removed by owners alone.
 */
export function mayGrant(granter: Role, role: Role): boolean {
  if (!may(granter, "members.write") && !may(granter, "keys.write")) return false;
  return granter === "owner" || (role !== "owner" && isWithin(role, granter));
}

/** True where a key of a user may have `role`: it allows nothing that the user's role does not. */
export function mayHave(userRole: Role, role: Role): boolean {
  // An owner's permissions are an admin's: what sets it apart is whom it may make and end.
  return role === "owner" ? userRole === "owner" : isWithin(role, userRole);
}

/** The roles that every tenant has which a key of a user may have. */
export function rolesWithin(userRole: Role): BuiltInRole[] {
  return ROLES.filter((role) => mayHave(userRole, role));
}

/** What is left of a key's role where it stands for people: what all of their roles allow, too. */
export function heldBack(role: Role, people: readonly Role[]): Role {
  if (people.every((person) => mayHave(person, role))) return role;
  const permissions = PERMISSION_NAMES.filter((permission) =>
    [role, ...people].every((one) => may(one, permission)),
  );
  const changedMs = typeof role === "object" ? role.changedMs : 0;
  return { id: roleId(role), name: roleName(role), permissions, changedMs };
}

/**
 * The role that a key of `role` keeps once its user has `userRole`: its own, or the widest that
 * allows no more than either; null where there is none, as for `ingest` below an admin.
 */
export function roleLeft(role: BuiltInRole, userRole: UserRole): BuiltInRole | null {
  const allowed = rolesWithin(userRole);
  if (allowed.includes(role)) return role;
  return allowed.find((other) => isWithin(other, role)) ?? null;
}
