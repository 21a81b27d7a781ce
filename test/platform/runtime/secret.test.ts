import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { seal } from "../../../src/platform/runtime/crypto.ts";
import { opened, sealingSecret, secretFaults } from "../../../src/platform/runtime/secret.ts";

const GOOD = { DELIVERY_SECRET: "s".repeat(32), EMAIL_CALLBACK_SECRET: "user:password-of-a-test" };

function codeOf(error: unknown): unknown {
  return error instanceof Problem ? [error.status, error.code] : error;
}

describe("the installation's secrets", () => {
  it.each([
    [{ DELIVERY_SECRET: "s".repeat(31) }, ["DELIVERY_SECRET has 31 characters, of which 32"]],
    [{ EMAIL_CALLBACK_SECRET: "user:pw" }, ["EMAIL_CALLBACK_SECRET has 7 characters, of which 16"]],
    [{ DELIVERY_SECRET: "s", EMAIL_CALLBACK_SECRET: "p" }, ["DELIVERY_", "EMAIL_CALLBACK_"]],
    [{}, []],
    [GOOD, []],
  ])("are told where they could be guessed: %j", (secrets, faults) => {
    const told = secretFaults(secrets);
    expect(told).toEqual(faults.map((fault) => expect.stringContaining(fault)));
  });

  it("seal nothing where they are missing or too short", () => {
    expect(sealingSecret(GOOD)).toBe(GOOD.DELIVERY_SECRET);
    for (const DELIVERY_SECRET of ["", "short"]) {
      let thrown: unknown;
      try {
        sealingSecret({ DELIVERY_SECRET });
      } catch (error) {
        thrown = error;
      }
      expect(codeOf(thrown)).toEqual([503, "webhook.no_secret"]);
    }
  });

  it("that were lost or changed open nothing, and say so", async () => {
    const sealed = await seal(GOOD.DELIVERY_SECRET, "here", "text");
    expect(await opened(GOOD, "here", sealed)).toBe("text");
    for (const env of [{}, { DELIVERY_SECRET: "" }, { DELIVERY_SECRET: "t".repeat(32) }]) {
      const error = await opened(env, "here", sealed).catch((thrown: unknown) => thrown);
      expect(codeOf(error)).toEqual([503, "service.secret_lost"]);
    }
  });
});
