/** The search a run uses, to try by hand. */
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { RETRIEVALS, type Retrieval } from "../../../core/config.ts";
import type { RetrievedPassage } from "../../../core/run.ts";
import { PassageText } from "../../components/PassageText.tsx";
import type { Corpus } from "../../corpora.ts";
import { fixed } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { PassagesMap } from "./PassagesMap.tsx";

const HITS = 5;
const NONE: readonly RetrievedPassage[] = [];

export function Search({ corpus, ready }: { corpus: Corpus; ready: boolean }): ReactNode {
  const { retrieval: client } = useLab();
  const tokenBudget = useRunStore((s) => s.engine?.passageTokens ?? null); // a run's; unknown without a model
  const [query, setQuery] = useState("");
  const [retrieval, setRetrieval] = useState<Retrieval>("hybrid");
  const [hits, setHits] = useState<RetrievedPassage[] | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    void corpus.id; // hits of another corpus mean nothing here
    setHits(null);
  }, [corpus.id]);

  const search = async (event: FormEvent) => {
    event.preventDefault();
    if (query.trim() === "") return;
    setFault(null);
    try {
      const [found] = await client.ask("search", {
        corpus: corpus.id,
        queries: [query.trim()],
        retrieval,
        k: HITS,
        tokenBudget,
      });
      setHits(found ?? []);
      setAsked(query.trim());
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section className="search" aria-label="Search">
      <form onSubmit={search}>
        <input
          aria-label="Search the passages"
          value={query}
          placeholder={corpus.test[0]?.question ?? "What would you look up?"}
          onChange={(e) => setQuery(e.target.value)}
        />
        <select
          aria-label="Search by"
          value={retrieval}
          onChange={(e) => setRetrieval(e.target.value as Retrieval)}
        >
          {Object.entries(RETRIEVALS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
        <button type="submit" disabled={!ready || query.trim() === ""}>
          Search
        </button>
      </form>
      {fault && <p className="fault">{fault}</p>}
      <div aria-live="polite">
        {hits?.length === 0 && <p className="hint">Nothing found: no passage shares a word with it.</p>}
        {hits && hits.length > 0 && (
          <ol className="passages">
            {hits.map((hit) => (
              <li key={hit.index}>
                <code title="score">{fixed(hit.score, 3)}</code>
                <PassageText passage={hit} />
              </li>
            ))}
          </ol>
        )}
      </div>
      <PassagesMap corpus={corpus} ready={ready} asked={asked} lit={hits ?? NONE} />
    </section>
  );
}
