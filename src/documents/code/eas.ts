/**
 * Schemes of electronic addresses (BT-34-1, BT-49-1). Pure. The EAS list of the Connecting Europe
 * Facility as the code lists of EN 16931 of 2025 have it (BR-CL-25), and the part of it that Peppol
 * BIS Billing 3.0.19 delivers to (PEPPOL-EN16931-CL008). Typed in from those.
 */
import { codeList } from "./list.ts";

const PEPPOL = codeList(`
  0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183
  0184 0188 0190 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209
  0210 0211 0212 0213 0215 0216 0217 0218 0221 0225 0230 0235 0240 9910 9913 9914 9915 9918 9919
  9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939
  9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959
`);

/** What other networks deliver to: EM is an e-mail address. */
const OTHERS = codeList("0219 0220 0244 0242 0245 0246 0248 AN AQ AS AU EM");

/** True for a scheme of electronic addresses, such as 0088 (GLN) or EM (e-mail). */
export function isAddressScheme(code: string): boolean {
  return PEPPOL.has(code) || OTHERS.has(code);
}

/** True for a scheme that the Peppol network delivers to: an e-mail address (EM) is none. */
export function isPeppolScheme(code: string): boolean {
  return PEPPOL.has(code);
}

/** Every scheme of electronic addresses, those of Peppol first. */
export function addressSchemes(): readonly string[] {
  return [...PEPPOL.all(), ...OTHERS.all()];
}
