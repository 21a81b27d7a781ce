/** What each role may do. Pure: the one table that decides. */
export const ROLES = ["owner", "admin", "member", "viewer", "ingest"] as const;
export type Role = (typeof ROLES)[number];
/** People have one of these; `ingest` is for keys alone. */
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
  "data.export": ["owner"],
  "data.erase": ["owner"],
  "clock.move": ["owner", "admin"],
  /** Tenants, coupons and revenue, for reading. */
  "operator.read": ["owner", "admin", "member", "viewer"],
  "operator.tenants": ["owner", "admin"],
  "operator.plans": ["owner", "admin"],
  "operator.subscriptions": ["owner", "admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[];

/** True where a role has a permission. */
export function may(role: Role, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Role[]).includes(role);
}

/** Who may: "Only an owner or an admin can finalize invoices. Ask one of them." */
export function onlyText(permission: Permission, act: string): string {
  const roles = USER_ROLES.filter((role) => may(role, permission));
  const named = roles.map((role) => `${/^[aeiou]/.test(role) ? "an" : "a"} ${role}`);
  const last = named.pop() ?? "an owner";
  const others = named.length === 0 ? "" : `${named.join(", ")} or `;
  return `Only ${others}${last} can ${act}. Ask one of them.`;
}

/** True where `granter` may give or take `role`: an owner is made and removed by owners alone. */
export function mayGrant(granter: Role, role: Role): boolean {
  return granter === "owner" || (granter === "admin" && role !== "owner");
}

/** The roles a key of a user may have: those that allow nothing the user's role does not. */
export function rolesWithin(userRole: UserRole): Role[] {
  const within = (role: Role) =>
    PERMISSION_NAMES.every((permission) => !may(role, permission) || may(userRole, permission));
  // An owner's permissions are an admin's: what sets it apart is whom it may make and end.
  return ROLES.filter((role) => (role === "owner" ? userRole === "owner" : within(role)));
}

/**
 * The role that a key of `role` keeps once its user has `userRole`: its own, or the widest that
 * allows no more than either; null where there is none, as for `ingest` below an admin.
 */
export function roleLeft(role: Role, userRole: UserRole): Role | null {
  const allowed = rolesWithin(userRole);
  if (allowed.includes(role)) return role;
  const narrower = (other: Role) =>
    PERMISSION_NAMES.every((permission) => !may(other, permission) || may(role, permission));
  return allowed.find(narrower) ?? null;
}
