/**
 * Pure. Why a tax is zero (BT-120): as the document says, else in its language and as the law of
 * the issuer's country has it.
 */
import type { Labels, UntaxedCategory } from "../../language/labels.ts";
import type { TaxCategory, TaxGroup } from "../../model/model.ts";

// What an earlier version wrote down, in English, where the caller had given no reason.
const EARLIER: Partial<Record<TaxCategory, { reason: string; code: string | null }>> = {
  E: { reason: "Exempt from tax", code: null },
  AE: { reason: "Reverse charge", code: "VATEX-EU-AE" },
  K: { reason: "Intra-Community supply", code: "VATEX-EU-IC" },
  G: { reason: "Export outside the EU", code: "VATEX-EU-G" },
  O: { reason: "Not subject to tax", code: "VATEX-EU-O" },
};

type Exempt = Pick<TaxGroup, "category" | "exemption">;

/** The reason that the document gives of its own; null where it gives none. */
export function givenReason({ category, exemption }: Exempt): string | null {
  if (!exemption) return null;
  const earlier = EARLIER[category];
  const isEarlier = exemption.reason === earlier?.reason && exemption.code === earlier.code;
  return isEarlier ? null : exemption.reason;
}

/** Whether a category is one of which no tax is charged. */
export function isUntaxed(category: TaxCategory): category is UntaxedCategory {
  return category !== "S" && category !== "L" && category !== "M";
}

/** Why a group's tax is zero; null for categories that are taxed. `country` is the issuer's. */
export function exemptionReason(
  group: Exempt,
  labels: Labels,
  country: string | null,
): string | null {
  const { category } = group;
  if (!isUntaxed(category)) return givenReason(group);
  const { reasons, exemption } = labels;
  const usual = reasons[`${category}-${country}`] ?? reasons[category] ?? exemption[category];
  return givenReason(group) ?? usual;
}
