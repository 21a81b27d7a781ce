import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Bounds,
  beyond,
  type Confinement,
  confinementOf,
  hasEnded,
  inherited,
  isTakenFrom,
  keptOf,
  mayActFor,
  mayDo,
  reaches,
  UNCONFINED,
} from "../../../src/accounts/actor/confinement.ts";
import { PERMISSION_NAMES, ROLES } from "../../../src/accounts/actor/roles.ts";

const TENANTS = ["ten_a", "ten_b", "ten_c"];
const IPS = ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "2001:db8::7", "0.0.0.0/0"];
const ADDRESSES = ["192.0.2.7", "192.0.2.8", "203.0.113.9", "2001:db8::7", "2001:db9::7"];
const TIMES = [0, 10, 20, 30];

const some = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: null });
const confinements: fc.Arbitrary<Confinement> = fc.record({
  permissions: some(PERMISSION_NAMES),
  tenants: some(TENANTS),
  ips: some(IPS),
  endsMs: fc.option(fc.constantFrom(...TIMES), { nil: null }),
  rows: fc.constant(null),
});
const keys: fc.Arbitrary<Bounds> = fc.record({
  role: fc.constantFrom(...ROLES),
  confinement: confinements,
});
/** An owner's key, so that only its confinement holds it back. */
const makers: fc.Arbitrary<Bounds> = fc.record({
  role: fc.constant("owner" as const),
  confinement: confinements,
});

/** What a key may do, for whom, from where and when: each of these is asked of it by itself. */
function all({ role, confinement }: Bounds): string[] {
  return [
    ...PERMISSION_NAMES.filter((permission) => mayDo({ role, confinement }, permission)),
    ...TENANTS.filter((tenant) => mayActFor(confinement, tenant)),
    ...ADDRESSES.filter((address) => isTakenFrom(confinement, address)),
    ...TIMES.filter((ms) => !hasEnded(confinement, ms)).map(String),
  ];
}

describe("a key that a confined key makes", () => {
  it("may nothing that its maker may not, where it is not refused", () => {
    fc.assert(
      fc.property(keys, makers, (asked, maker) => {
        const made = { ...asked, confinement: inherited(asked, maker.confinement) };
        fc.pre(beyond(made, maker.confinement) === null);
        const [acts, makers, wanted] = [all(made), all(maker), all(asked)];
        // Nor what was not asked for.
        expect(acts.filter((act) => !makers.includes(act) || !wanted.includes(act))).toEqual([]);
      }),
    );
  });

  it("is confined as its maker is, where nothing is asked for", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROLES), makers, (role, maker) => {
        const made = {
          role,
          confinement: inherited({ role, confinement: UNCONFINED }, maker.confinement),
        };
        expect(beyond(made, maker.confinement)).toBeNull();
      }),
    );
  });

  it.each([
    ["permissions", { permissions: ["usage.write"] }, { permissions: ["usage.read"] }],
    ["tenants", { tenants: ["ten_a"] }, { tenants: ["ten_a", "ten_b"] }],
    ["addresses", { ips: ["192.0.2.0/24"] }, { ips: ["192.0.2.0/23"] }],
    ["time", { endsMs: 10 }, { endsMs: 11 }],
  ] as const)("is refused for more %s", (more, maker, asked) => {
    const of = (part: Partial<Confinement>) => ({ ...UNCONFINED, ...part });
    const made = {
      role: "owner",
      confinement: inherited({ role: "owner", confinement: of(asked) }, of(maker)),
    } as const;
    expect(beyond(made, of(maker))).toBe(more);
  });
});

describe("a confinement", () => {
  it("is kept whole, and none is nothing", () => {
    fc.assert(
      fc.property(confinements, (confinement) => {
        const isNone = Object.values(confinement).every((part) => part === null);
        const kept = confinementOf(keptOf(confinement), confinement.endsMs);
        expect(kept).toEqual(isNone ? null : confinement);
      }),
    );
  });

  it("lets no address in that is not known, or is none", () => {
    const confined = { ...UNCONFINED, ips: ["0.0.0.0/0", "::/0"] };
    for (const address of [null, "", "unknown", "192.0.2.0/24"]) {
      expect(isTakenFrom(confined, address)).toBe(false);
      expect(isTakenFrom(UNCONFINED, address)).toBe(true);
    }
    expect(isTakenFrom(confined, "::ffff:192.0.2.1")).toBe(true);
  });

  it("ends at its instant", () => {
    const ends = { ...UNCONFINED, endsMs: 10 };
    expect([9, 10, 11].map((ms) => hasEnded(ends, ms))).toEqual([false, true, true]);
    expect(hasEnded(UNCONFINED, Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it("to tenants leaves the operator these alone, without its own", () => {
    const operator = (tenants: string[] | null) => ({
      operator: true,
      tenantId: "ten_operator",
      confinement: tenants && { ...UNCONFINED, tenants },
    });
    expect(TENANTS.map((id) => reaches(operator(["ten_b"]), id))).toEqual([false, true, false]);
    expect(reaches(operator(["ten_b"]), "ten_operator")).toBe(false);
    expect(TENANTS.map((id) => reaches(operator(null), id))).toEqual([true, true, true]);
    const own = { operator: false, tenantId: "ten_a", confinement: null };
    expect(TENANTS.map((id) => reaches(own, id))).toEqual([true, false, false]);
  });
});
