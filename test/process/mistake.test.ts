/** What a command says of a mistake: one sentence of what is wrong, and no stack. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runScript, temporaryDir } from "./command.ts";

const UNKNOWN = "there is no tenant with this id";

/** A product that knows no tenant. */
async function product(): Promise<string> {
  const server = createServer((request, response) => {
    const body =
      request.url === "/api/ledgers"
        ? { ledgers: [{ ledger: 0, bound: true, tenants: 0, bytes: 0 }] }
        : {
            code: "resource.not_found",
            detail: UNKNOWN,
            errors: [{ pointer: "", detail: UNKNOWN }],
          };
    response.writeHead(request.url === "/api/ledgers" ? 200 : 404);
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("names the file, or what the product says, and ends with code 1", async () => {
  const [url, dir] = [await product(), temporaryDir()];
  const file = join(dir, "file");
  writeFileSync(file, "");
  const missing = join(dir, "missing");
  const mistakes: [string, string[], string][] = [
    ["archive.ts", ["load", missing], `${missing}: there is no such file or folder\n`],
    ["archive.ts", ["load", dir], "what was named: is a folder; a file is needed\n"],
    ["archive.ts", ["export", "ten_x", file], `${file}: is a file; a folder is needed\n`],
    ["archive.ts", ["export", "ten_x", dir], `GET /api/export: ${UNKNOWN}\n`],
    ["archive.ts", ["status", "ten_x"], `GET /api/tenants/ten_x/archive?limit=200: ${UNKNOWN}\n`],
    ["ledger.ts", ["move", "ten_x"], `POST /api/ledgers/moves answered 404: ${UNKNOWN}\n`],
  ];
  for (const [script, args, text] of mistakes) {
    const env = { BOXCOSTPRO_KEY: "bcp_op_test" };
    const command = runScript(script, [...args, "--url", url], env);
    const { code } = await command.ended;
    expect([script, args[0], code, command.output().stderr]).toEqual([script, args[0], 1, text]);
  }
});
