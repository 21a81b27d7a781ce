/**
 * Why something is taken off or put on (BT-98, BT-105, BT-140, BT-145). Pure. UNTDID 5189 and 7161,
 * D.23B, as the code lists of EN 16931 of 2025 have them (BR-CL-19, BR-CL-20). Typed in from those.
 */
import { codeList } from "./list.ts";

const ALLOWANCES = codeList("41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105");

const CHARGES = codeList(`
  AA AAA AAC AAD AAE AAF AAH AAI AAS AAT AAV AAY AAZ ABA ABB ABC ABD ABF ABK ABL ABN ABR ABS ABT
  ABU ACF ACG ACH ACI ACJ ACK ACL ACM ACS ADC ADE ADJ ADK ADL ADM ADN ADO ADP ADQ ADR ADT ADW ADY
  ADZ AEA AEB AEC AED AEF AEH AEI AEJ AEK AEL AEM AEN AEO AEP AES AET AEU AEV AEW AEX AEY AEZ AJ
  AU CA CAB CAD CAE CAF CAI CAJ CAK CAL CAM CAN CAO CAP CAQ CAR CAS CAT CAU CAV CAW CAX CAY CAZ CD
  CG CS CT DAB DAD DAC DAF DAG DAH DAI DAJ DAK DAL DAM DAN DAO DAP DAQ DL EG EP ER FAA FAB FAC FC
  FH FI GAA HAA HD HH IAA IAB ID IF IR IS KO L1 LA LAA LAB LF MAE MI ML NAA OA PA PAA PC PL PRV
  RAB RAC RAD RAF RE RF RH RV SA SAA SAD SAE SAI SG SH SM SU TAB TAC TT TV V1 V2 WH XAA YY ZZZ
`);

/** True for a reason of a discount (UNTDID 5189), such as 95 (discount). */
export function isAllowanceReason(code: string): boolean {
  return ALLOWANCES.has(code);
}

/** True for a reason of a charge (UNTDID 7161), such as FC (freight). */
export function isChargeReason(code: string): boolean {
  return CHARGES.has(code);
}
