/** The installation's secret: what is sealed under it, and what is said where it is lost. */
import { Problem } from "../../core/errors.ts";
import { unseal } from "./crypto.ts";
import type { Env } from "./env.ts";

/** Characters of a secret at least: fewer could be guessed from what is sealed. */
export const LEAST_SECRET = 32;
/** Of what a provider of e-mail signs with, or of its user name and password together. */
export const LEAST_CALLBACK_SECRET = 16;

type Secrets = Pick<Env, "DELIVERY_SECRET" | "DELIVERY_SECRET_PREVIOUS" | "EMAIL_CALLBACK_SECRET">;

/** Why a secret should not be used, in words for the operator; none where all is well. */
export function secretFaults({
  DELIVERY_SECRET: sealing = "",
  EMAIL_CALLBACK_SECRET: callback = "",
}: Secrets): string[] {
  const faults: string[] = [];
  const tooShort = (name: string, secret: string, least: number) =>
    `${name} has ${secret.length} characters, of which ${least} are the least: set a random one`;
  if (sealing !== "" && sealing.length < LEAST_SECRET) {
    faults.push(tooShort("DELIVERY_SECRET", sealing, LEAST_SECRET));
  }
  if (callback !== "" && callback.length < LEAST_CALLBACK_SECRET) {
    faults.push(tooShort("EMAIL_CALLBACK_SECRET", callback, LEAST_CALLBACK_SECRET));
  }
  return faults;
}

let said = false;

/** Writes to the log what is wrong with the secrets, once for each isolate, when it starts. */
export function sayFaults(env: Secrets): void {
  if (said) return;
  said = true;
  for (const fault of secretFaults(env)) {
    console.error(JSON.stringify({ at: "start", error: fault }));
  }
}

/**
 * What secrets at rest are sealed with. Errors: 503 `webhook.no_secret` where there is none, or one
 * that could be guessed.
 */
export function sealingSecret({ DELIVERY_SECRET: secret }: Secrets): string {
  if (!secret) {
    throw new Problem("webhook.no_secret", "the operator has yet to set DELIVERY_SECRET");
  }
  const [fault] = secretFaults({ DELIVERY_SECRET: secret });
  if (fault === undefined) return secret;
  throw new Problem("webhook.no_secret", `the operator has to change a secret: ${fault}`);
}

/**
 * What was sealed under the installation's secret, or under the one before while it is changed.
 * Errors: 503 `service.secret_lost` where that is missing, or is another one than it was.
 */
export async function opened(env: Secrets, context: string, sealed: string): Promise<string> {
  try {
    return await unseal(env.DELIVERY_SECRET ?? "", context, sealed);
  } catch {
    const { DELIVERY_SECRET_PREVIOUS: previous } = env;
    const earlier = previous ? await unseal(previous, context, sealed).catch(() => null) : null;
    if (earlier !== null) return earlier;
    throw new Problem(
      "service.secret_lost",
      "this was sealed under another DELIVERY_SECRET: the operator has to set that one as " +
        "DELIVERY_SECRET_PREVIOUS, or what it sealed has to be made anew",
    );
  }
}
