/** The first page of each: the operator's and a tenant's. */
import { expect } from "vitest";
import type { Area } from "./area.ts";

export const home: Area = async ({ server, demo, page, signIn, look, context }) => {
  await signIn(server.operatorKey);
  await look("home-operator");
  await context.clearCookies();
  await demo.call("POST", "/api/usage/record", { metric_name: "api_calls", quantity: 950 });
  await signIn(server.demoKey);
  const bar = page.locator('[data-metric="api_calls"]');
  expect(await bar.textContent()).toContain("950");
  await look("home-tenant");
};
