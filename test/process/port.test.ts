import { once } from "node:events";
import { createServer } from "node:net";
import { convertV4MiniflareOptions } from "miniflare";
import { expect, it, onTestFinished } from "vitest";
import { freePort, requireFreePort, startOn } from "../../scripts/lib/port.ts";
import { launchRuntime } from "../../scripts/lib/runtime.ts";

/** Somebody who listens there until the test is over. */
async function takePort(port: number): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return port;
}

/** A real runtime with a socket on `port`. */
async function listenOn(port: number): Promise<string> {
  const options = convertV4MiniflareOptions({
    modules: true,
    script: "export default { fetch: () => new Response('here') }",
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
    host: "127.0.0.1",
    port: 0,
    cf: false,
  });
  const { close } = await launchRuntime(options);
  onTestFinished(close);
  return `http://127.0.0.1:${port}`;
}

it("starts on another port where a free one was taken before the runtime had it", async () => {
  const tried: number[] = [];
  const url = await startOn(0, async (port) => {
    tried.push(port);
    if (tried.length === 1) await takePort(port);
    return listenOn(port);
  });
  expect(tried.length).toBe(2);
  expect(await (await fetch(url)).text()).toBe("here");
});

it("names the port that was asked for and is taken, early or late", async () => {
  const port = await takePort(await freePort());
  const message = `port ${port} is in use; choose another one: PORT=${port + 1} npm start`;
  await expect(requireFreePort(port)).rejects.toThrow(message);
  await expect(startOn(port, listenOn)).rejects.toThrow(message);
});

it("says anything else that keeps a start from succeeding as it is", async () => {
  const failing = async () => {
    throw new Error("no disk");
  };
  await expect(startOn(0, failing)).rejects.toThrow("no disk");
});

it("finds ports that no system hands out by itself", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});
