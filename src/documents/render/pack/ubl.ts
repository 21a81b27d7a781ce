/**
 * Pure. The name by which UBL was asked for before there were other formats: Peppol BIS Billing 3,
 * as it says of itself, and so held to all of its rules.
 */
import type { Pack } from "./pack.ts";
import { PEPPOL } from "./peppol.ts";

export const UBL = { ...PEPPOL, name: "UBL (Peppol BIS Billing 3)" } as const satisfies Pack;
