/** A final document's place in the chain of its series, for its page. */
import type { DocumentPlace } from "../../documents/chain/seal.ts";
import { CopyText } from "../component/copy-text.tsx";

type Props = { number: string; place: DocumentPlace };

/** Its place, its hash, and where anybody who is given both can verify it. */
export function ChainFacts({ number, place }: Props) {
  const { seq, length, year, hash, fault } = place;
  const query = new URLSearchParams({ number, hash });
  return (
    <section class="card" aria-label="Integrity">
      <h2>Integrity</h2>
      {fault ? (
        <div class="notice bad" role="alert">
          <p>The stored document is not the one that was issued: {fault.detail}.</p>
        </div>
      ) : (
        <p>Exactly as it was issued: sealed together with all before it in its series.</p>
      )}
      <dl class="facts">
        <dt>Place</dt>
        <dd>
          {seq} of {length} in {year}
        </dd>
        <dt>Hash</dt>
        <dd>
          <CopyText text={hash} />
        </dd>
      </dl>
      <p>
        <a href={`/verify?${query}`}>Verify it as its recipient can</a>
      </p>
    </section>
  );
}
