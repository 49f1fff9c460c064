/** What a person can say of a run and have done with it, unfolded under its row. */
import { type ReactNode, useEffect, useId, useState } from "react";
import { RUN_COLOURS, type RunRecord } from "../../../core/run.ts";
import { extendRun, labelRun } from "../../actions.ts";
import { corpusName, isOwn } from "../../corpora.ts";
import { bytes } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { runName } from "../../presets.ts";
import { go } from "../../route.ts";
import { hasAdapter, type StoredRun, usedCycle } from "../../stores/runStore.ts";
import { testedQuestions } from "../experiments/scores.ts";
import { AdapterUsed } from "./AdapterUsed.tsx";
import { downloadCsv, downloadRun } from "./exportRun.ts";
import { GoOn } from "./GoOn.tsx";
import { ShareLink } from "./ShareLink.tsx";
import { TakeBundle } from "./TakeBundle.tsx";

export interface RunMoreProps {
  run: RunRecord;
  busy: boolean; // under way
  attempt(action: () => Promise<void>): Promise<void>;
}

export function RunMore({ run, busy, attempt }: RunMoreProps): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <details className="run-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        More<span className="hidden"> about {runName(run)}</span>
      </summary>
      {open && <Within run={run} busy={busy} attempt={attempt} />}
    </details>
  );
}

function Within({ run, busy, attempt }: RunMoreProps): ReactNode {
  const lab = useLab();
  const [stored, setStored] = useState<StoredRun | null>(null);
  const [size, setSize] = useState<number | null>(null);
  const [withAdapter, setWithAdapter] = useState(false);
  const [withQuestions, setWithQuestions] = useState(!isOwn(run.config.data));
  const [packing, setPacking] = useState(false);
  useEffect(() => {
    void attempt(async () => {
      setStored(await lab.runs.load(run.id));
      setSize(await lab.runs.size(run.id));
    });
  }, [lab, run.id, attempt]);

  const say = (change: Parameters<typeof labelRun>[2]) =>
    void attempt(async () => {
      await labelRun(lab, run.id, change);
    });
  const cycles = stored?.rows.filter((row) => row.type === "cycle") ?? [];
  const adapter = hasAdapter(run) && lab.train !== null;
  const save = async () => {
    if (stored === null) return;
    setPacking(true);
    const { train } = lab;
    await attempt(async () => {
      const taken = withAdapter && adapter && train !== null;
      const questions = withQuestions ? await testedQuestions(lab.corpora, stored).catch(() => null) : null;
      if (withQuestions && questions === null)
        throw new Error(
          `The questions about ${corpusName(run.config.data)} are not here as this run was tested on them: take “with its questions” off.`,
        );
      await downloadRun(stored, {
        questions,
        adapter: taken ? { train, cycle: usedCycle(run, cycles) } : null,
      });
    });
    setPacking(false);
  };
  return (
    <div className="run-within">
      <Said run={run} say={say} />
      {adapter && cycles.length > 1 && (
        <AdapterUsed run={run} cycles={cycles} busy={busy} onUse={(use) => say({ use })} />
      )}
      {run.status === "finished" && run.checkpointId !== null && lab.train !== null && (
        <GoOn
          config={run.config}
          onGo={(more) =>
            void attempt(async () => {
              if (!(await extendRun(lab, run.id, more)))
                throw new Error("A run is under way; pause and stop it before another goes on.");
              go("lab");
            })
          }
        />
      )}
      <p className="run-out">
        <button
          type="button"
          className="link"
          disabled={packing || stored === null}
          onClick={() => void save()}
        >
          {packing ? "packing…" : "Save as one file"}
        </button>
        <label title="The texts of the held-out questions: whoever opens the file sees which were right. Without them they are told by their hash alone.">
          <input
            type="checkbox"
            checked={withQuestions}
            onChange={(event) => setWithQuestions(event.target.checked)}
          />{" "}
          with its questions{isOwn(run.config.data) && ", which are yours"}
        </label>
        {adapter && (
          <label>
            <input
              type="checkbox"
              checked={withAdapter}
              onChange={(event) => setWithAdapter(event.target.checked)}
            />{" "}
            with the adapter
          </label>
        )}
        <button
          type="button"
          className="link"
          disabled={stored === null}
          onClick={() => stored && downloadCsv(stored)}
        >
          Its rows as CSV
        </button>
        <ShareLink config={run.config} />
        <small>{size === null ? "measuring…" : `takes ${bytes(size)} here`}</small>
      </p>
      {run.checkpointId !== null && lab.train !== null && (
        <TakeBundle run={run} train={lab.train} attempt={attempt} />
      )}
    </div>
  );
}

/** Name, note and colour: kept when the field is left. */
function Said({
  run,
  say,
}: {
  run: RunRecord;
  say(change: { name?: string | null; note?: string; colour?: number | null }): void;
}): ReactNode {
  const id = useId();
  const { note = "", colour = null } = run.label ?? {};
  return (
    <div className="run-said">
      <label htmlFor={`${id}-name`}>Name</label>
      <input
        id={`${id}-name`}
        defaultValue={runName(run)}
        maxLength={120}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        onBlur={({ target }) => {
          const name = target.value.trim();
          if (name !== runName(run)) say({ name: name === "" ? null : name });
        }}
      />
      <label htmlFor={`${id}-note`}>Note</label>
      <textarea
        id={`${id}-note`}
        defaultValue={note}
        rows={2}
        maxLength={2000}
        placeholder="What it was for, what came of it"
        onBlur={({ target }) => target.value !== note && say({ note: target.value })}
      />
      <fieldset className="run-colours">
        <legend>Colour</legend>
        {[null, ...Array(RUN_COLOURS).keys()].map((one) => (
          <label key={one} title={one === null ? "none" : `colour ${one + 1}`}>
            <input
              type="radio"
              name={`${id}-colour`}
              defaultChecked={colour === one}
              onChange={() => say({ colour: one })}
            />
            <span className={`run-dot ${one === null ? "run-no-colour" : `run-colour-${one}`}`} />
            <span className="hidden">{one === null ? "none" : `colour ${one + 1}`}</span>
          </label>
        ))}
      </fieldset>
    </div>
  );
}
