/** What a process has used, as Linux says it; what runs beside it is not counted. */
import { readdirSync, readFileSync } from "node:fs";

const QUIET_MS = 200;

/** Milliseconds on a processor, of all threads that it has. Errors: without /proc. */
export function cpuMs(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [onCpu] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return Number(onCpu);
  });
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** Resident bytes. Errors: without /proc. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}

/** Waits until a process does next to nothing. */
export async function untilQuiet(pid: number): Promise<void> {
  for (let used = cpuMs(pid), still = 0; still < 2; ) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const now = cpuMs(pid);
    still = now - used < 2 ? still + 1 : 0;
    used = now;
  }
}
