/** Plans an experiment: what is compared, with which seeds, about what, for how long; the time it takes comes first. */
import { type FormEvent, type ReactNode, useEffect, useId, useState } from "react";
import { SETTINGS, type SettingKey } from "../../../core/config.ts";
import { EQUAL, planRuns } from "../../../core/experiment.ts";
import { newRunId } from "../../actions.ts";
import { ARCHIVE, corpusName } from "../../corpora.ts";
import { integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { PRESETS } from "../../presets.ts";
import { MOVABLE, valueInWords } from "../../settings.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { addExperiment } from "../../stores/experimentStore.ts";
import { planArms, type Wanted } from "./plan.ts";
import { totalInWords } from "./timeWords.ts";
import { useTimes } from "./useTimes.ts";

const VARIABLE = MOVABLE.filter(
  ({ key }) => key !== "seed" && !(EQUAL as readonly SettingKey[]).includes(key),
);

export function PlanForm({ onPlanned }: { onPlanned(): void }): ReactNode {
  const lab = useLab();
  const draft = useDraftStore();
  const { config } = checkDraft(draft);
  const ids = useId();
  const [own, setOwn] = useState<readonly string[]>([]);
  const [fault, setFault] = useState<string | null>(null);
  const [wanted, setWanted] = useState<Wanted>({
    presets: ["credit", "sft-both"],
    lab: false,
    vary: null,
    values: "",
    seeds: "0, 1, 2",
    corpora: [draft.corpus],
    equal: {},
  });
  useEffect(() => {
    lab.corpora.list().then(setOwn, () => setOwn([]));
  }, [lab]);
  const change = (part: Partial<Wanted>) => setWanted((before) => ({ ...before, ...part }));
  const toggle = (list: readonly string[], name: string) =>
    list.includes(name) ? list.filter((n) => n !== name) : [...list, name];

  const { arms, seeds, faults } = planArms(wanted, draft);
  const configs = arms.flatMap((arm) => wanted.corpora.map((data) => ({ ...arm.config, data })));
  const times = useTimes(configs);
  const runs = configs.length * seeds.length;
  const ready = arms.length > 0 && runs > 0 && faults.length === 0;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    try {
      await addExperiment(lab, {
        id: newRunId(),
        createdAt: Date.now(),
        name: arms.map(({ name }) => name).join(" · "),
        arms,
        runs: planRuns(arms.length, seeds, wanted.corpora, newRunId),
        going: true,
        failed: {},
      });
      onPlanned();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <form className="plan-form" onSubmit={(event) => void submit(event)}>
      <p className="plan-total" aria-live="polite">
        <b>{totalInWords(times, seeds.length)}</b> for {integer(runs)} {plural(runs, "run")}: {arms.length}{" "}
        {plural(arms.length, "arm")} × {seeds.length} {plural(seeds.length, "seed")}
        {wanted.corpora.length > 1 && ` × ${wanted.corpora.length} sets of documents`}.
        {arms[0] &&
          ` Each makes ${integer(arms[0].config.cycles * arms[0].config.updates)} updates of ${integer(arms[0].config.batch_size)} visits.`}
        {times.some((t) => t === null) &&
          runs > 0 &&
          " A run with the same work on this GPU tells the time; the first one will."}
      </p>
      <fieldset>
        <legend>What to compare</legend>
        {PRESETS.map(({ id, title }) => (
          <label key={id} className="plan-pick">
            <input
              type="checkbox"
              checked={wanted.presets.includes(id)}
              onChange={() => change({ presets: toggle(wanted.presets, id) })}
            />{" "}
            {title}
          </label>
        ))}
        <label className="plan-pick">
          <input type="checkbox" checked={wanted.lab} onChange={() => change({ lab: !wanted.lab })} /> The
          Lab’s settings as they are
        </label>
        <div className="plan-vary">
          <label>
            One setting, several values
            <select
              value={wanted.vary ?? ""}
              onChange={(e) => change({ vary: (e.target.value || null) as SettingKey | null })}
            >
              <option value="">none</option>
              {VARIABLE.map(({ key, label }) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          {wanted.vary !== null && (
            <label>
              Values, with a semicolon between
              <input
                type="text"
                value={wanted.values}
                placeholder={
                  config
                    ? `${valueInWords({ key: wanted.vary, ...SETTINGS[wanted.vary] }, config[wanted.vary])}; …`
                    : ""
                }
                onChange={(e) => change({ values: e.target.value })}
              />
            </label>
          )}
        </div>
        <p className="hint">Settings changed in the Lab hold for every arm, but for what makes its method.</p>
      </fieldset>
      <div className="plan-fields">
        <label htmlFor={`${ids}seeds`}>
          Seeds
          <input
            id={`${ids}seeds`}
            type="text"
            value={wanted.seeds}
            onChange={(e) => change({ seeds: e.target.value })}
          />
        </label>
        {EQUAL.map((key) => (
          <label key={key}>
            {SETTINGS[key].label}
            <input
              type="text"
              inputMode="numeric"
              value={wanted.equal[key] ?? (config?.[key] === null ? "" : String(config?.[key] ?? ""))}
              placeholder={key === "questions" ? "all" : ""}
              onChange={(e) => change({ equal: { ...wanted.equal, [key]: e.target.value } })}
            />
          </label>
        ))}
      </div>
      <p className="hint">
        Every arm gets as many; three seeds and more have an interval. Each seed of every arm comes before the
        next seed, so that a night that ends early leaves a comparison.
      </p>
      {own.length > 0 && (
        <fieldset>
          <legend>About</legend>
          {[ARCHIVE, ...own].map((id) => (
            <label key={id} className="plan-pick">
              <input
                type="checkbox"
                checked={wanted.corpora.includes(id)}
                onChange={() => change({ corpora: toggle(wanted.corpora, id) })}
              />{" "}
              {corpusName(id)}
            </label>
          ))}
        </fieldset>
      )}
      {faults.map((says) => (
        <p key={says} className="fault">
          {says}
        </p>
      ))}
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <button type="submit" className="go" disabled={!ready || lab.train === null}>
        Queue {integer(runs)} {plural(runs, "run")}
      </button>
      {lab.train === null && <p className="hint">This browser cannot train: it has no WebGPU.</p>}
    </form>
  );
}
