import { useEffect, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import type { RetrievedPassage } from "../../../core/run.ts";
import { useLab } from "../../lab.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { useRunStore } from "../../stores/runStore.ts";

const NONE: readonly RetrievedPassage[] = [];

/** What a run would look up for a question; retrieval needs no GPU. Empty for null, and until there is an index. */
export function usePassages(question: string | null, config: RunConfig | null): readonly RetrievedPassage[] {
  const { retrieval: client } = useLab();
  const corpus = useCorpusStore((s) => (s.index ? s.current?.id : undefined));
  const tokenBudget = useRunStore((s) => s.engine?.passageTokens ?? null); // a run's; unknown without a model
  const [passages, setPassages] = useState(NONE);
  const retrieval = config?.retrieval;
  const k = config?.k;
  useEffect(() => {
    setPassages(NONE);
    if (question === null || !corpus || !retrieval || !k) return;
    let wanted = true;
    client.ask("search", { corpus, queries: [question], retrieval, k, tokenBudget }).then(
      ([found]) => wanted && setPassages(found ?? NONE),
      () => {}, // the Knowledge page says why a search fails; here there is just nothing to show
    );
    return () => {
      wanted = false;
    };
  }, [client, corpus, question, retrieval, k, tokenBudget]);
  return passages;
}
