/** The sign before decimals of the page that is shown, for its forms and their fields. */
import { createContext } from "hono/jsx";
import type { DecimalSign } from "../form/number.ts";

/** Set by each page; null where nobody's format is known. */
export const NumberSign = createContext<DecimalSign | null>(null);
