/** A document's own address, as other products' APIs show it. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { fileAddress } from "../../../src/compat/common/document-file.ts";
import { draft, final, makePair } from "../../documents/api.ts";
import { call, makeTenant } from "../../support/api.ts";

it("opens a final PDF without a key, is none for a draft, and leaves no link", async () => {
  const pair = await makePair(await makeTenant());
  const { key } = pair.issuer;
  const { id, number } = await final(pair);
  const address = await fileAddress(env, { id, number }, Date.now());
  const { status, bytes } = await call(null, "GET", new URL(address ?? "").pathname);
  expect(status).toBe(200);
  expect(bytes).toEqual((await call(key, "GET", `/api/pdf/invoice/${id}`)).bytes);
  expect((await call(key, "GET", `/api/invoices/${id}/links`)).body.data).toEqual([]);
  const drafted = await draft(pair);
  expect(await fileAddress(env, { id: drafted.id, number: null }, Date.now())).toBeNull();
  const elsewhere = { ...env, PUBLIC_URL: "" };
  expect(await fileAddress(elsewhere, { id, number }, Date.now())).toBeNull();
});
