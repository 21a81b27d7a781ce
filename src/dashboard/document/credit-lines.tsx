/** Pure. Choosing what of an invoice a credit note takes: lines whole, or an amount of each. */

import { type Body, type Sent, textOf } from "../form/form.ts";
import type { Format } from "../form/format.ts";

/** A line of an invoice with what is left of it to credit, in minor units. */
export type LineToCredit = { position: number; name: string; leftMinor: bigint; left: string };

const POINTER = "/lines";

/** The lines of a credit note's body; none where all that is left is credited. */
export function creditLinesOf(sent: Sent): Body[] | undefined {
  const lines = [...sent.keys()]
    .flatMap((name) => /^\/lines\/(\d{1,5})\//.exec(name)?.[1] ?? [])
    .map(Number);
  const chosen = [...new Set(lines)]
    .sort((a, b) => a - b)
    .flatMap((position): Body[] => {
      const amount = textOf(sent, `${POINTER}/${position}/amount`);
      if (amount !== "") return [{ position, amount }];
      return sent.has(`${POINTER}/${position}/all`) ? [{ position }] : [];
    });
  return chosen.length === 0 ? undefined : chosen;
}

type Props = { lines: readonly LineToCredit[]; typed: Body | undefined };

/** A row for each line of which something is left. */
export function CreditLines({ lines, typed }: Props) {
  const before = (Array.isArray(typed?.lines) ? typed.lines : []) as Body[];
  const of = (position: number) => before.find((line) => line.position === position);
  const rows = lines.filter(({ leftMinor }) => leftMinor !== 0n);
  return (
    <fieldset class="credit-lines">
      <legend>What it takes back</legend>
      <p class="hint">
        Tick a line to credit all that is left of it, or type an amount. With nothing chosen, all
        that is left of the invoice is credited.
      </p>
      <ul>
        {rows.map(({ position, name, left }) => {
          const line = of(position);
          const amount = line?.amount === undefined ? "" : String(line.amount);
          return (
            <li>
              <label>
                <input
                  type="checkbox"
                  name={`${POINTER}/${position}/all`}
                  value="yes"
                  checked={line !== undefined && amount === ""}
                />
                <span>{name}</span>
              </label>
              <span class="muted figure">{left} left</span>
              <input
                name={`${POINTER}/${position}/amount`}
                aria-label={`Amount of ${name}`}
                inputmode="decimal"
                placeholder="Amount"
                autocomplete="off"
                value={amount}
              />
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}

/** How lines to credit are shown. */
export function linesToCredit(
  format: Format,
  currency: string,
  lines: readonly { position: number; name: string; leftMinor: bigint }[],
): LineToCredit[] {
  return lines.map((line) => ({ ...line, left: format.money(line.leftMinor, currency) }));
}
