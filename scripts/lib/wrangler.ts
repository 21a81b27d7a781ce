/** Runs wrangler's commands; WRANGLER names another executable in its place. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./build.ts";
import { UserError } from "./process.ts";

const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

export type Answer = { ok: boolean; output: string };

export type Wrangler = {
  /** What it printed, whether it succeeded or not. */
  ask: (args: string[]) => Answer;
  /** What it printed. Errors: `UserError` with all of it where it failed. */
  run: (args: string[]) => string;
};

/** Every command reads the configuration in `config()`. */
export function wranglerWith(config: () => string): Wrangler {
  const ask = (args: string[]): Answer => {
    const executable = process.env.WRANGLER || WRANGLER;
    const all = [executable, ...args, "--config", config()];
    const { status, stdout, stderr, error } = spawnSync(process.execPath, all, {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (error) throw error;
    return status === 0
      ? { ok: true, output: stdout }
      : { ok: false, output: `${stdout}${stderr}`.trim() };
  };
  const run = (args: string[]): string => {
    const { ok, output } = ask(args);
    if (ok) return output;
    throw new UserError(`wrangler ${args.join(" ")} failed:\n${output}`);
  };
  return { ask, run };
}
