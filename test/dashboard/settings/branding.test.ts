import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { signedInOwner, tokenOn } from "../browser.ts";

describe("branding", () => {
  const PATH = "/dashboard/settings/branding";
  /** One white pixel. */
  const BASE64 =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/" +
    "AAX+Av4N70a4AAAAAElFTkSuQmCC";
  const PNG: Uint8Array<ArrayBuffer> = Uint8Array.from(atob(BASE64), (char) => char.charCodeAt(0));

  it("is replaced by its form; its logo is uploaded and taken away", async () => {
    const { browser, key } = await signedInOwner();
    const saved = await browser.submit(PATH, PATH, {
      "/accent": "#1f3a5f",
      "/template": "classic",
    });
    expect([saved.status, saved.text]).toEqual([303, ""]);
    const branding = async () => (await call(key, "GET", "/api/branding")).body;
    expect((await branding()).accent).toBe("#1f3a5f");
    const upload = async (bytes: string | Uint8Array<ArrayBuffer>) => {
      const form = new FormData();
      form.set("form_token", tokenOn((await browser.get(PATH)).text));
      form.set("logo", new File([bytes], "logo.png"));
      return browser.upload(`${PATH}/logo`, form);
    };
    expect((await upload("no picture")).status).toBe(422);
    expect((await upload(PNG)).status).toBe(303);
    const logo = await call(key, "GET", "/api/branding/logo");
    expect(logo.bytes).toEqual(PNG);
    expect((await browser.submit(PATH, `${PATH}/logo/remove`)).status).toBe(303);
    expect((await branding()).logo).toBeNull();
  });
});
