/** What a key is confined to, beyond what its role allows. Pure. */
import { isInRange, parseAddress, parseRange } from "../../core/ip-range.ts";
import { may, PERMISSION_NAMES, type Permission, type Role } from "./roles.ts";

/** How many tenants, and how many addresses or ranges, a key may be confined to. */
export const MOST_TENANTS = 100;
export const MOST_IPS = 20;

/** What a user or a key sees of its tenant, row by row. */
export type Rows = {
  /** Only usage that was recorded for its own user. */
  ownUsage: boolean;
  /** Only documents that its own user drafted, beside those to its customers. */
  ownDocuments: boolean;
  /** Ids of the customers that it sees, and what is addressed to them; null for all. */
  customers: readonly string[] | null;
};

/** How many customers a user or a key may be confined to. */
export const MOST_CUSTOMERS = 100;

/** What is confined; null for what is not. */
export type Confinement = {
  permissions: readonly Permission[] | null;
  /** Of the operator's keys: ids of the tenants for which it may act, and which it may name. */
  tenants: readonly string[] | null;
  /** IP addresses and ranges from which it is taken. */
  ips: readonly string[] | null;
  /** Real time from which it works no more. */
  endsMs: number | null;
  /** Rows that it sees: those that the key's own and its user's confinement both leave. */
  rows: readonly Rows[] | null;
};

/** As rows keep it: without its end, which is a column of its own. */
export type KeptConfinement = { [Part in "permissions" | "tenants" | "ips"]: Confinement[Part] } & {
  /** Rows of an earlier version have none. */
  rows?: Confinement["rows"];
};

export const UNCONFINED: Confinement = {
  permissions: null,
  tenants: null,
  ips: null,
  endsMs: null,
  rows: null,
};

/** A row's confinement, or null where it has none, so that whoever has none asks nothing else. */
export function confinementOf(
  kept: KeptConfinement | null,
  endsMs: number | null,
  ofUser: Rows | null = null,
): Confinement | null {
  const rows = [...(kept?.rows ?? []), ...(ofUser === null ? [] : [ofUser])];
  if (kept === null && endsMs === null && rows.length === 0) return null;
  return { ...UNCONFINED, ...kept, endsMs, rows: rows.length === 0 ? null : rows };
}

/** What a row keeps of a confinement, or null where that is nothing. */
export function keptOf({ permissions, tenants, ips, rows }: Confinement): KeptConfinement | null {
  const isFree = permissions === null && tenants === null && ips === null && rows === null;
  if (isFree) return null;
  return { permissions, tenants, ips, ...(rows === null ? {} : { rows }) };
}

/** Who asks, as far as what it may do goes. */
export type Asker = { role: Role; confinement?: Confinement | null };

/** True where a role has a permission and the key is not confined to others. */
export function mayDo({ role, confinement }: Asker, permission: Permission): boolean {
  if (permission === "usage.for_others" && isConfinedIn("usage", confinement)) return false;
  return may(role, permission) && (confinement?.permissions?.includes(permission) ?? true);
}

/** What rows can be confined in: documents with the customers that they are for, and usage. */
export type Subject = "usage" | "documents";

/** True where not all rows of a subject are seen. */
export function isConfinedIn(subject: Subject, confinement: Confinement | null = null): boolean {
  return (
    confinement?.rows?.some(({ ownUsage, ownDocuments, customers }) =>
      subject === "usage" ? ownUsage : ownDocuments || customers !== null,
    ) ?? false
  );
}

/**
 * True where an operator's key with this confinement may act for a tenant, or name it: none that
 * sees only rows of its own, since a tenant has no rows of the operator's users.
 */
export function mayActFor(confinement: Confinement | null, tenantId: string): boolean {
  if (confinement !== null && confinement.rows !== null) return false;
  return confinement?.tenants?.includes(tenantId) ?? true;
}

/** True for what is of the actor's own tenant, or of one for which the operator's key may act. */
export function reaches(
  actor: { operator: boolean; tenantId: string; confinement: Confinement | null },
  tenantId: string,
): boolean {
  const isOwn = tenantId === actor.tenantId;
  if (!actor.operator || (isOwn && actor.confinement?.tenants === null)) return isOwn;
  return mayActFor(actor.confinement, tenantId);
}

/** True where a key may be used from an address; from an unknown one only where any will do. */
export function isTakenFrom({ ips }: Confinement, address: string | null): boolean {
  if (ips === null) return true;
  const from = parseAddress(address ?? "");
  return from !== null && areIn([from], rangesOf(ips));
}

/** True from the instant on at which a key ends. */
export function hasEnded({ endsMs }: Pick<Confinement, "endsMs">, realMs: number): boolean {
  return endsMs !== null && realMs >= endsMs;
}

/** A key with its role and confinement, as far as what it may do goes. */
export type Bounds = { role: Role; confinement: Confinement };

/** `asked` with what `maker` is confined to wherever it asks for nothing narrower itself. */
export function inherited(asked: Bounds, maker: Confinement): Confinement {
  const { permissions, tenants, ips, endsMs } = asked.confinement;
  const own = maker.permissions?.filter((permission) => may(asked.role, permission)) ?? null;
  return {
    permissions: permissions ?? own,
    tenants: tenants ?? maker.tenants,
    ips: ips ?? maker.ips,
    endsMs: endsMs ?? maker.endsMs,
    rows: asked.confinement.rows ?? maker.rows,
  };
}

/** What of a key would allow more than `maker` is confined to, or null where nothing would. */
export function beyond({ role, confinement }: Bounds, maker: Confinement): string | null {
  const { permissions, tenants, ips, endsMs } = confinement;
  const allowed = permissions ?? PERMISSION_NAMES.filter((permission) => may(role, permission));
  if (maker.permissions && !isWithin(allowed, maker.permissions)) return "permissions";
  if (maker.tenants && !isWithin(tenants, maker.tenants)) return "tenants";
  if (maker.ips && !(ips && areIn(rangesOf(ips), rangesOf(maker.ips)))) return "addresses";
  if (maker.endsMs !== null && (endsMs === null || endsMs > maker.endsMs)) return "time";
  if (maker.rows !== null && confinement.rows !== maker.rows) return "rows";
  return null;
}

function isWithin(inner: readonly string[] | null, outer: readonly string[]): boolean {
  return inner?.every((one) => outer.includes(one)) ?? false;
}

type Ranges = NonNullable<ReturnType<typeof parseRange>>[];

function rangesOf(ips: readonly string[]): Ranges {
  return ips.map(parseRange).filter((range) => range !== null);
}

function areIn(inner: Ranges, outer: Ranges): boolean {
  return inner.every((one) => outer.some((range) => isInRange(one, range)));
}
