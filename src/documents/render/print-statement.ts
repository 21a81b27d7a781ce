/** A customer's statement of account: its figures, and its PDF. */
import { Temporal } from "temporal-polyfill";
import type { Actor } from "../../accounts/actor/actor.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { invalidField } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Statement, statementOf } from "../account/account.ts";
import { readAccount } from "../account/account-store.ts";
import { loadLogo } from "../logo/logo.ts";
import type { Parties } from "../model/party.ts";
import { wholeCustomerOf } from "../party/customer.ts";
import { readParties } from "../party/party-store.ts";
import { brandingOf } from "../store/snapshot.ts";
import type { Viewer } from "../store/viewer.ts";
import { fontsFor } from "./pdf/font-set.ts";
import { renderStatement } from "./pdf/statement.ts";
import { printable } from "./present/printable.ts";
import type { StatementModel } from "./wording/statement.ts";

/** What is asked for; what is left out is the customer's currency, and the last three months. */
export type StatementQuery = {
  currency?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** A statement with whose it is and of which days. */
export type StatedAccount = {
  parties: Parties;
  currency: string;
  from: string;
  to: string;
  today: string;
  statement: Statement;
};

const USUAL_MONTHS = 3;
/** More entries make no letter: a shorter period is asked for. */
const MOST_ENTRIES = 2_000;

/**
 * A customer's account in a currency, from one day to another. Errors: 404; 422 where it ends
 * before it begins, or has more than 2,000 entries.
 */
export async function stateAccount(
  env: Env,
  actor: Viewer & Pick<Actor, "nowMs">,
  customerId: string,
  asked: StatementQuery,
): Promise<StatedAccount> {
  await wholeCustomerOf(env, actor, customerId);
  const parties = await readParties(env.DB, actor, customerId);
  const { issuer, customer, scope } = parties;
  const isOther = scope !== "" && scope !== actor.tenantId;
  const { nowMs } = isOther ? await tenantClock(env.DB, scope) : actor;
  const today = dateText(nowMs, issuer.timeZone);
  const to = asked.to ?? today;
  const from =
    asked.from ?? Temporal.PlainDate.from(to).subtract({ months: USUAL_MONTHS }).toString();
  if (from > to) throw invalidField("/query/to", "is not before from");
  const currency = asked.currency ?? customer.currency ?? issuer.currency;
  const account = await readAccount(env.DB, { tenant: actor.tenantId, customerId, currency });
  const statement = statementOf(account, { from, to });
  if (statement.entries.length > MOST_ENTRIES) {
    const [most, here] = [MOST_ENTRIES, statement.entries.length].map((n) =>
      n.toLocaleString("en"),
    );
    const why = `a statement has at most ${most} entries, and these days have ${here}`;
    throw invalidField("/query/from", `${why}: choose a later first day`);
  }
  return { parties, currency, from, to, today, statement };
}

/** The PDF of a statement, with the key of what it shows. */
export async function printStatement(
  env: Env,
  issuer: string,
  stated: StatedAccount,
): Promise<{ key: string; bytes: Uint8Array }> {
  const { parties } = stated;
  const { logoKey } = parties.branding;
  const model = modelOf(stated);
  const logo = logoKey ? await loadLogo(env, issuer, logoKey) : null;
  const key = await sha256Hex(`statement|${logo ? logoKey : ""}|${JSON.stringify(model)}`);
  const drawn = { ...model, branding: { ...model.branding, logo } };
  return { key, bytes: await renderStatement(drawn, await fontsFor(drawn, env.ASSETS)) };
}

function modelOf({ parties, currency, from, to, today, statement }: StatedAccount): StatementModel {
  const { issuer, customer } = parties;
  const look = brandingOf(parties);
  return printable<StatementModel>({
    template: { name: look.template, version: look.templateVersion },
    language: customer.language ?? issuer.language,
    region: customer.party.address.country,
    currency,
    page: { size: look.pageSize, marginPt: look.marginPt },
    watermark: null,
    seller: issuer.party,
    buyer: customer.party,
    shipTo: null,
    footer: look.footer,
    branding: { accent: look.accent, logo: null },
    day: today,
    from,
    to,
    statement,
  });
}
