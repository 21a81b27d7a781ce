/** Whose usage foreign records are, and what they count as by the rules of whose they are. Pure. */

import type { Usage } from "../../../../src/metering/file/format.ts";
import { foreignItem, type Mapped, Unfit } from "../../../../src/metering/intake/foreign.ts";
import {
  itemsOf,
  type RuleEvent,
  rawItemOf,
  rulesUsed,
  type UsageRule,
} from "../../../../src/metering/intake/rule.ts";
import type { Named } from "./event.ts";

/** A tenant, as items name it, and the rules by which what is sent for it counts. */
export type Owner = { tenant: string; rules: readonly UsageRule[] };

/** A rule's metric that has to be there before its events; `tenant` null for the key's own. */
export type Needed = { tenant: string | null; rule: UsageRule };

export class Placing {
  readonly #own: readonly UsageRule[];
  readonly #owners: ReadonlyMap<string, Owner>;
  readonly #self: string | null;
  readonly #seen = new Set<string>();
  #needed: Needed[] = [];

  /**
   * `own`: the rules of the key's own tenant. `owners`: tenants by the foreign ids that stand for
   * them. `self`: the foreign id that is the key's own tenant, so that it is no user of it.
   */
  constructor(
    own: readonly UsageRule[],
    owners: ReadonlyMap<string, Owner> = new Map(),
    self: string | null = null,
  ) {
    this.#own = own;
    this.#owners = owners;
    this.#self = self;
  }

  /** The usage events of a record. Errors: `Unfit`. */
  usagesOf(named: Named): Usage[] {
    const { subject } = named;
    const owner = subject === null ? undefined : this.#owners.get(subject);
    const user = owner === undefined && subject !== this.#self ? subject : null;
    const tenant = owner?.tenant ?? null;
    return this.#mapped(named, { user, rules: owner?.rules ?? this.#own, tenant }).map((mapped) => {
      if (!("item" in mapped)) throw new Unfit(mapped.at, mapped.detail, mapped.code);
      const item = { ...mapped.item };
      return { text: JSON.stringify(tenant === null ? item : { tenant, ...item }), item };
    });
  }

  #mapped(
    named: Named,
    {
      user,
      rules,
      tenant,
    }: { user: string | null; rules: readonly UsageRule[]; tenant: string | null },
  ): Mapped[] {
    if ("item" in named) {
      const { timestamp = null, metadata = {}, ...item } = named.item;
      return [{ at: "", item: foreignItem(item, { timestamp, user, metadata }) }];
    }
    const event: RuleEvent = { ...named.event, at: "", user };
    const items = itemsOf(rules, event);
    if (items.length === 0) {
      if (named.needsRule) throw new Unfit("", noRule(event.type));
      return [rawItemOf(event)];
    }
    for (const rule of rulesUsed(rules, items)) {
      const name = JSON.stringify([tenant, rule.metric]);
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.#needed.push({ tenant, rule });
    }
    return items;
  }

  /** The metrics that what was read since is counted under, and that nobody was told of. */
  takeNeeded(): Needed[] {
    const needed = this.#needed;
    this.#needed = [];
    return needed;
  }
}

function noRule(type: string): string {
  return (
    `no meter counts ${type}: make it as it was there (POST /v1/billing/meters), or a rule ` +
    "(POST /api/usage/rules)"
  );
}
