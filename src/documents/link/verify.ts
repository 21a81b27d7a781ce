/** Whether a document is what was issued, for whoever holds its link, or its number and hash. */
import { notFound } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { documentByHash, readStated } from "../chain/chain-store.ts";
import { documentOfFile } from "../chain/issued-file.ts";
import { type DocumentPlace, placeInChain } from "../chain/seal.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { linkedDocument } from "./link.ts";

/** What somebody holds of a document: a link, what the chain says of it, or a file of it. */
export type Held = { token: string } | { number: string; hash: string } | { file: Uint8Array };

/** What whoever holds a document is told of it. */
export type Verified = {
  result: "valid" | "voided" | "changed";
  kind: DocumentKind;
  number: string;
  issuedOn: string;
  issuer: string;
  place: DocumentPlace;
};

/** Looks a held document up and makes its hash again. Errors: 404; 410 for a link that ended. */
export async function verifyHeld(env: Env, held: Held, realMs: number): Promise<Verified> {
  const id = await heldId(env, held, realMs);
  const place = id === null ? null : await placeInChain(env.DB, id, realMs);
  const document = id === null ? null : await readStated(env.DB, id);
  if (!place || !document)
    throw notFound(`document with this ${"file" in held ? "file" : "number and hash"}`);
  const isVoid = document.status === "void";
  return {
    result: place.fault ? "changed" : isVoid ? "voided" : "valid",
    kind: document.kind,
    number: document.number ?? "",
    issuedOn: document.issueDate ?? "",
    issuer: document.seller?.party.name ?? "",
    place,
  };
}

async function heldId(env: Env, held: Held, realMs: number): Promise<string | null> {
  if ("token" in held) return (await linkedDocument(env, held.token, realMs)).id;
  if ("file" in held) return documentOfFile(env, held.file);
  return documentByHash(env.DB, held.number, held.hash);
}

/** A link's address, or its token, as the token; null for what is neither. */
export function tokenIn(text: string): string | null {
  const [, token] =
    /^(?:https?:\/\/[^/]+\/d\/)?([\w.-]{1,200})(?:[?#].*)?$/.exec(text.trim()) ?? [];
  return token ?? null;
}
