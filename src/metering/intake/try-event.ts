/** What would become of an incoming event, without recording it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { checkItems } from "../record/record.ts";
import { isCloudEvent, usageAt } from "./cloud-event.ts";
import type { ForeignItem, Mapped } from "./foreign.ts";
import { rulesOfType, type UsageRule } from "./rule.ts";
import { rulesFor } from "./rule-store.ts";

export type Tried = {
  eventType: string;
  results: {
    /** Null where no rule is for the type. */
    rule: UsageRule | null;
    event: ForeignItem | null;
    refused: { pointer: string; code: ErrorCode; detail: string } | null;
  }[];
};

/**
 * What a CloudEvent in structured mode would be recorded as, if the actor sent it now: an entry for
 * each rule of its type, or one where there is none. Nothing is kept, and the meter is not asked,
 * so limits and ids that were used are not seen.
 */
export async function tryEvent(env: Env, actor: Actor, event: { type: string }): Promise<Tried> {
  const rules = await rulesFor(env, actor);
  // An event that is wrong itself is one refusal, whatever rules there are.
  const own = isCloudEvent(event) ? rulesOfType(rules, event.type) : [];
  const results = await Promise.all(
    usageAt("", event, rules).map(async (mapped, i) => ({
      rule: own[i] ?? null,
      ...(await checked(actor, mapped)),
    })),
  );
  return { eventType: event.type, results };
}

async function checked(actor: Actor, mapped: Mapped) {
  if (!("item" in mapped)) {
    const { at: pointer, code, detail } = mapped;
    return { event: null, refused: { pointer, code, detail } };
  }
  const { outcomes } = await checkItems(actor, [{ value: mapped.item }], () => null);
  const [outcome] = outcomes;
  if (outcome?.outcome !== "refused") return { event: mapped.item, refused: null };
  const { code, detail } = outcome;
  return { event: null, refused: { pointer: mapped.at, code, detail } };
}
