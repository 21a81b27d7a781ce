/** Miniflare's runtime process: started, known by its pid, and never left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Miniflare, type MiniflareOptions } from "miniflare";
import type { Fetcher } from "./ledger.ts";

export type Runtime = {
  miniflare: Miniflare;
  /** The runtime's process; this process is its parent. */
  pid: number;
  close: () => Promise<void>;
};

/** Starts a runtime that ends with this process, however this process ends. */
export async function launchRuntime(options: MiniflareOptions): Promise<Runtime> {
  const children: ChildProcess[] = [];
  const note = (message: unknown) => {
    children.push((message as { process: ChildProcess }).process);
  };
  subscribe("child_process", note);
  const miniflare = new Miniflare(options);
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose();
    throw error;
  } finally {
    unsubscribe("child_process", note);
  }
  const pid = children.find(({ spawnfile }) => /workerd/.test(spawnfile))?.pid;
  if (pid === undefined) throw new Error("the runtime started no process of its own");
  const stopWatching = endTogether(pid);
  return {
    miniflare,
    pid,
    close: async () => {
      await miniflare.dispose();
      stopWatching();
    },
  };
}

/** A Worker of the runtime by its name. Miniflare's own stand-in starts a thread to ask for it. */
export function workerIn(miniflare: Miniflare, name: string): Fetcher {
  return {
    fetch: (url, init) =>
      miniflare.dispatchFetch(url, { ...init, headers: { "MF-Route-Override": name } }),
  };
}

/**
 * SIGKILL leaves this process no time to end the runtime. A watcher does: it reads from a pipe that
 * closes with this process, and then kills `pid`.
 */
function endTogether(pid: number): () => void {
  if (process.platform === "win32") return () => {};
  const script = `trap "" HUP INT TERM; read -r _ || kill -9 ${pid} 2>/dev/null`;
  const watcher = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"] });
  watcher.unref();
  return () => watcher.stdin.end("done\n");
}
