/** Ports of this machine for those who must know theirs before they listen. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { UserError } from "./process.ts";

export const HOST = "127.0.0.1";
/** Below what systems hand out by themselves: nobody who asks for any port gets one of these. */
const FIRST_PORT = 20_000;
const END_PORT = 32_768;
const TRIES = 20;

/** A port that nobody listens on. Another process may still take it first. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(FIRST_PORT, END_PORT);
    if (await isFree(port)) return port;
  }
  throw new UserError(`found no free port in ${TRIES} tries; choose one: PORT=9000 npm start`);
}

/**
 * What `start` answers for `port`; for 0, on a free one, and where that was taken, on another.
 * Errors: `UserError` where `port` is in use.
 */
export async function startOn<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let i = 0; i < TRIES; i++) {
    try {
      return await start(port || (await freePort()));
    } catch (error) {
      if (!isInUse(error)) throw error;
      if (port) throw inUse(port);
    }
  }
  throw new UserError(`each of ${TRIES} free ports was taken; choose one: PORT=9000 npm start`);
}

/** Errors: `UserError` where somebody listens on it; 0 is any free one. */
export async function requireFreePort(port: number): Promise<void> {
  if (!(await isFree(port))) throw inUse(port);
}

function inUse(port: number): UserError {
  return new UserError(`port ${port} is in use; choose another one: PORT=${port + 1} npm start`);
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", (error) => (isInUse(error) ? resolve(false) : reject(error)));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

/** Node's own word for it, and that of the Workers runtime. */
function isInUse(error: unknown): boolean {
  return /^(EADDRINUSE|ERR_ADDRESS_IN_USE)$/.test((error as NodeJS.ErrnoException)?.code ?? "");
}
