/** What people mistype or forget is answered in a sentence or two, by each command, with code 1. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { newState, runScript, serve, temporaryDir } from "./command.ts";

type Mistake = { says: RegExp; script: string; args: string[]; code?: number };

/** A mistake, and what is said of it. */
function mistake(says: RegExp, script: string, ...args: string[]): Mistake {
  return { says, script, args };
}

async function answersOf(mistakes: readonly Mistake[], env: Record<string, string>) {
  const rest = mistakes.values();
  const work = async () => {
    for (const { says, script, args, code: expected = 1 } of rest) {
      const command = runScript(script, args, env);
      const { code } = await command.ended;
      const { stdout, stderr } = command.output();
      const asked = `${script} ${args.join(" ")}`;
      expect([asked, code, stdout, stderr]).toEqual([
        asked,
        expected,
        "",
        expect.stringMatching(says),
      ]);
      expect([asked, stderr]).toEqual([asked, expect.not.stringMatching(/^ {4}at |node:/m)]);
      expect([asked, stderr.trimEnd().split("\n").length]).toEqual([asked, 1]);
    }
  };
  await Promise.all([work(), work()]);
}

it("says what is wrong with a file or folder, whichever command is given it", async () => {
  const dir = temporaryDir();
  const [none, file, folder] = ["none", "file", "folder"].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, "[[[");
  mkdirSync(folder);
  const within = join(file, "within");
  await answersOf(
    [
      mistake(/none is not there: name one that is$/m, "import.ts", none),
      mistake(/folder is a folder: name a file$/m, "import.ts", folder),
      mistake(/none is not there: /, "audit.ts", "verify", "--file", none),
      mistake(/within goes through a file /, "audit.ts", "verify", "--heads", within),
      mistake(/none is not there: /, "backup.ts", folder, "--local", "--config", none),
      mistake(/file is no TOML, mend line 1: /, "backup.ts", folder, "--local", "--config", file),
      mistake(/file is a file, not a folder: name a folder$/m, "backup.ts", file, "--local"),
      mistake(/folder is a folder: name a file$/m, "demo.ts", folder),
      mistake(/none is not there: /, "simulate.ts", "--constants", none),
      mistake(/file is a file, not a folder: /, "search.ts", "drop"),
      mistake(/^nothing answers at http:\/\/127.0.0.1:9: /, "ledger.ts", "status"),
      mistake(/^nothing answers at http:\/\/127.0.0.1:9; /, "archive.ts", "status", "nobody"),
    ],
    { STATE_DIR: file, BOXCOSTPRO_KEY: "k", BOXCOSTPRO_URL: "http://127.0.0.1:9", PORT: "9" },
  );
}, 60_000);

it("says what a product refuses once, and without where in the code", async () => {
  const { url, operatorKey } = await serve(await newState());
  const { id } = await apiAt(url, operatorKey).call<{ id: string }>("POST", "/api/tenants", {
    name: "Ltd",
  });
  const dir = temporaryDir();
  const [file, folder] = [join(dir, "file"), join(dir, "folder")];
  writeFileSync(file, "no archive\n");
  const env = { BOXCOSTPRO_URL: url, BOXCOSTPRO_KEY: operatorKey, PORT: new URL(url).port };
  const exported = runScript("archive.ts", ["export", id, folder], env);
  expect((await exported.ended).code).toBe(0);
  await answersOf(
    [
      mistake(
        /^GET \/api\/export answered 404: tenant not found; name one by /,
        "archive.ts",
        "export",
        "nobody",
        folder,
      ),
      mistake(/file is a file, not a folder: /, "archive.ts", "export", id, file),
      mistake(/none is not there: /, "archive.ts", "load", join(dir, "none")),
      mistake(/file is no whole archive: /, "archive.ts", "load", file),
      mistake(
        /has the tenant already; load it into another one$/m,
        "archive.ts",
        "load",
        join(folder, "export-0001.zip"),
      ),
      mistake(/^Nothing of 2025-01 is archived: /, "archive.ts", "restore", id, "2025-01"),
      mistake(
        /answered 404: tenant not found; name one by /,
        "archive.ts",
        "restore",
        "nobody",
        "2025-01",
      ),
      mistake(
        /answered 404: tenant not found; name one by /,
        "ledger.ts",
        "move",
        "nobody",
        "--to",
        "0",
      ),
      mistake(/answered 4\d\d: /, "ledger.ts", "move", id, "--to", "77"),
      { ...mistake(/^--to takes /, "ledger.ts", "move", id, "--to", "first"), code: 2 },
      mistake(/folder is a folder: /, "audit.ts", "note", "--heads", folder),
    ],
    env,
  );
  const wrong = apiAt(url, operatorKey).call("POST", "/api/tenants", { name: 7 });
  const { message } = await wrong.then(
    () => Promise.reject(),
    (error: Error) => error,
  );
  expect(message.match(/\/name/g)).toHaveLength(1);
}, 60_000);
