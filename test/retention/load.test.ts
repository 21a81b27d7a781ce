/** A tenant that is kept in a jurisdiction is read back into it, or not at all. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import product from "../../scripts/platform/checked-worker.ts";
import { ledgerDb } from "../../src/platform/db/ledger.ts";
import { makeId } from "../../src/platform/runtime/crypto.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { idIn } from "../../src/platform/runtime/jurisdiction.ts";
import { operatorKey } from "../support/api.ts";
import { ledgerOf } from "../support/ledger.ts";

const worker = env as unknown as Env;
const DIVIDED = { ...worker, LEDGER_JURISDICTIONS: "1=eu" };

it("comes into a ledger and a bucket there, and is refused where one is missing", async () => {
  const id = idIn("eu", makeId("ten", Date.now()));
  const key = await operatorKey();
  const send = async (into: Env, query: string, body: string) => {
    const request = new Request(`https://api.test/api/tenant-load?of=${id}&${query}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/octet-stream" },
      body,
    });
    const answer = await product.fetch(request, into, createExecutionContext());
    const { errors } = (await answer.json()) as { errors?: { detail: string }[] };
    return [answer.status, errors?.[0]?.detail];
  };
  const row = { id, name: "Kept", mode: "live", created_ms: 1, operator: 0 };
  const home = { ledger: 0, ledger_epoch: 0 };
  const rows = JSON.stringify({ table: "tenants", row: { ...row, ...home } });
  const refusal = "are of a tenant that is kept in eu, and";
  expect(await send(worker, "part=rows", rows)).toEqual([
    422,
    `${refusal} no ledger is kept in eu`,
  ]);
  const { FILES_EU: _, ...bare } = DIVIDED;
  expect(await send(bare as Env, "part=rows", rows)).toEqual([
    422,
    `${refusal} FILES_EU is not bound`,
  ]);
  expect(await send(DIVIDED, "part=rows", rows)).toEqual([200, undefined]);
  expect(await ledgerOf(id)).toBe(ledgerDb(worker, 1));
  const own = `attachment/${id}/inv_kept/att_kept`;
  for (const file of [own, `mail/eml_${id}/0`]) {
    expect(await send(DIVIDED, `part=file&key=${file}`, "bytes")).toEqual([200, undefined]);
    expect(await worker.FILES.head(file)).toBe(null);
    expect(await (await worker.FILES_EU?.get(file))?.text()).toBe("bytes");
  }
  // Its operator's stay with the operator.
  const theirs = `attachment/ten_operator/inv_${id}/att_kept`;
  await send(DIVIDED, `part=file&key=${theirs}`, "bytes");
  expect((await worker.FILES.head(theirs))?.key).toBe(theirs);
});
