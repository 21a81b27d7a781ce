/** The receivers that the guide on webhooks shows, started as it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions } from "miniflare";
import { expect, onTestFinished } from "vitest";
import { apiAt } from "../../../scripts/lib/api.ts";
import { freePort } from "../../../scripts/lib/port.ts";
import { launchRuntime } from "../../../scripts/lib/runtime.ts";
import type { Served } from "../command.ts";
import { until } from "../peer.ts";

/** A receiver that runs: where it listens, and what it has said so far. */
type Receiver = { port: number; said: () => string };

type Start = (file: string, port: number, secret: string) => Promise<Receiver>;

/** One that is a program of Node. */
function inNode(node: string): Start {
  return async (file, port, secret) => {
    const env = { ...process.env, PORT: String(port), SECRET: secret };
    const child: ChildProcess = spawn(node, [file], { env, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill());
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    return { port, said: () => said };
  };
}

/** One that is a Worker, with the client's package beside it as a bundler would find it. */
function inWorkerd(app: string): Start {
  return async (file, port, secret) => {
    const client = join(app, "node_modules/@boxcostpro/client/dist");
    const names = readdirSync(client).filter((name) => name.endsWith(".js"));
    let said = "";
    const module = (path: string, contents: string) => ({
      type: "ESModule" as const,
      path,
      contents,
    });
    const options = convertV4MiniflareOptions({
      workers: [
        {
          name: "receiver",
          compatibilityDate: "2026-01-01",
          modules: [
            module("worker.mjs", readFileSync(file, "utf8")),
            module("@boxcostpro/client", 'export * from "./dist/index.js";'),
            ...names.map((name) =>
              module(`@boxcostpro/dist/${name}`, readFileSync(join(client, name), "utf8")),
            ),
          ],
          bindings: { SECRET: secret },
          unsafeDirectSockets: [{ host: "127.0.0.1", port }],
        },
      ],
      host: "127.0.0.1",
      port: 0,
      cf: false,
      handleStructuredLogs: ({ message }: { message: string }) => {
        said += message;
      },
    });
    const { close } = await launchRuntime(options);
    onTestFinished(close);
    return { port, said: () => said };
  };
}

/**
 * Runs each receiver behind a host's second endpoint, so that it has to prove itself, and sends it
 * the alert of a tenant; what nobody signed is refused. Errors: where one does not hear it.
 */
export async function expectReceivers(server: Served, app: string, node: string): Promise<void> {
  const starts: Record<string, Start> = {
    "express.mjs": inNode(node),
    "standard.mjs": inNode(node),
    "worker.mjs": inWorkerd(app),
  };
  const operator = apiAt(server.url, server.operatorKey);
  const { key, id } = await operator.call<{ key: string; id: string }>("POST", "/api/tenants", {
    name: "Heard",
  });
  const plan = { tenant_id: id, plan: "FREE", base_price: 0 };
  await operator.call("POST", "/api/subscriptions", plan);
  const api = apiAt(server.url, key);
  const receivers = await Promise.all(
    Object.entries(starts).map(async ([name, start]) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/hooks`;
      const add = (events: string[]) =>
        api.call<{ id: string; secret: string }>("POST", "/api/webhooks/endpoints", {
          url,
          events,
        });
      await add(["quote.rejected"]);
      const endpoint = await add(["usage.threshold_reached"]);
      const receiver = await start(join(app, name), port, endpoint.secret);
      const forged = () =>
        fetch(url, { method: "POST", body: '{"type":"invoice.paid"}' }).catch(() => null);
      expect((await until(forged)).status, name).toBe(400);
      const path = `/api/webhooks/endpoints/${endpoint.id}`;
      // By now it may have answered the first challenge, sent again: then this one is refused.
      await api.call("POST", `${path}/challenge`).catch(() => {});
      await until(async () => {
        return (await api.call<{ status: string }>("GET", path)).status === "active";
      });
      return receiver;
    }),
  );
  await api.call("POST", "/api/usage/record", { metric_name: "api_calls", quantity: 850 });
  await Promise.all(receivers.map(({ said }) => until(() => /api_calls/.test(said()))));
}
