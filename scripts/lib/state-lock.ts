/** One server per state directory: two would give each tenant two objects that both count. */
import { rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join, relative } from "node:path";

/**
 * Takes the directory until the returned function is called or this process ends; null where
 * another process has it. The lock is a socket that somebody answers, so a crash leaves none.
 */
export async function lockState(stateDir: string): Promise<(() => void) | null> {
  const path = join(stateDir, "lock.sock");
  // A socket's path has at most about 100 bytes; the way from here may be the shorter one.
  const near = relative(process.cwd(), path);
  const address = near.length < path.length ? near : path;
  if (await answers(address)) return null;
  rmSync(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await listen(server, address);
  server.unref();
  return () => server.close();
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, resolve);
  });
}
