/** A question of one's own, answered both ways, by the adapter one chooses. */
import { type FormEvent, type ReactNode, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import type { AdapterUse, AskReply, FreeAnswer } from "../../../core/messages.ts";
import { PassageText } from "../../components/PassageText.tsx";
import { fixed, integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { hasAdapter, useRunStore } from "../../stores/runStore.ts";
import { AdapterPick, sayAdapter } from "./AdapterPick.tsx";

interface Answered {
  question: string;
  adapter: AdapterUse | null;
  reply: AskReply;
}

const OF_RUN: AdapterUse = { name: null, scale: 1 };

export function Ask({ config }: { config: RunConfig | null }): ReactNode {
  const { train } = useLab();
  const runId = useRunStore((s) => s.runId);
  const trained = useRunStore((s) => (s.run !== null && hasAdapter(s.run)) || s.updates.length > 0);
  const loaded = useRunStore((s) => s.adapters);
  const engine = useRunStore((s) => s.engine);
  const example = useCorpusStore((s) => s.current?.twohop[0]?.question ?? s.current?.test[0]?.question);
  const [question, setQuestion] = useState("");
  const [explain, setExplain] = useState(true);
  const [thinking, setThinking] = useState(false);
  const [chosen, setChosen] = useState<AdapterUse | null>(OF_RUN);
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  if (train === null) return null;
  const there = chosen !== null && (chosen.name === null ? trained : loaded.includes(chosen.name));
  const adapter = there || chosen === null ? chosen : trained ? OF_RUN : null;

  const ask = async (event: FormEvent) => {
    event.preventDefault();
    if (config === null || question.trim() === "" || busy) return;
    setBusy(true);
    setFault(null);
    try {
      const reply = await train.ask("ask", {
        runId,
        question: question.trim(),
        explain,
        thinking: thinking && engine?.canThink === true,
        adapter,
        config,
      });
      setAnswered({ question: question.trim(), adapter, reply });
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section className="ask" aria-labelledby="ask">
      <h2 id="ask">Ask it yourself</h2>
      <form onSubmit={ask}>
        <div className="ask-line">
          <input
            aria-label="Your question"
            value={question}
            placeholder={example ?? "A question about your documents"}
            onChange={(e) => setQuestion(e.target.value)}
          />
          <button
            type="submit"
            disabled={busy || engine === null || config === null || question.trim() === ""}
          >
            {busy ? "Asking…" : "Ask"}
          </button>
        </div>
        <div className="ask-how">
          <label>
            <input type="checkbox" checked={explain} onChange={(e) => setExplain(e.target.checked)} /> explain
          </label>
          {engine?.canThink && (
            <label>
              <input type="checkbox" checked={thinking} onChange={(e) => setThinking(e.target.checked)} />{" "}
              think first
            </label>
          )}
          <AdapterPick trained={trained} use={adapter} onUse={setChosen} />
          {!trained && <span className="hint">nothing learned yet</span>}
        </div>
      </form>
      {fault && <p className="fault">{fault}</p>}
      <div aria-live="polite">{answered && <Answer {...answered} />}</div>
    </section>
  );
}

function Answer({ question, adapter, reply }: Answered): ReactNode {
  const { passages } = reply.open;
  return (
    <div className="asked">
      <p className="hint">
        {question} · {sayAdapter(adapter)}
      </p>
      <div className="answer">
        <p className="who open">Open book</p>
        <Words {...reply.open} />
      </div>
      <div className="answer">
        <p className="who closed">Closed book</p>
        <Words {...reply.closed} />
      </div>
      <details>
        <summary>
          {integer(passages.length)} {plural(passages.length, "passage")} looked up
        </summary>
        <ol className="passages">
          {passages.map((p) => (
            <li key={p.index}>
              <code>{fixed(p.score, 3)}</code>
              <PassageText passage={p} />
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

/** What was said, and what was thought before. */
function Words({ text, thinking }: FreeAnswer): ReactNode {
  return (
    <>
      {thinking && (
        <details>
          <summary>thought first</summary>
          <p className="tokens">{thinking}</p>
        </details>
      )}
      {text === "" && thinking !== null ? (
        <p className="hint">It was still thinking when its tokens ran out.</p>
      ) : (
        <p className="tokens">{text}</p>
      )}
    </>
  );
}
