/** The settings of the next run: a preset and what was moved away from it. Kept over reloads. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { catalogModel } from "../../core/catalog.ts";
import { parseRunConfig, RUN_DEFAULTS, type RunConfig, type SettingKey } from "../../core/config.ts";
import { FITTED, type Fit, fitTo } from "../../core/fit.ts";
import type { EngineInfo } from "../../core/messages.ts";
import { modelName } from "../../core/models.ts";
import { PRESETS, presetById } from "../presets.ts";
import { type CheckedConfig, checkConfig, MOVABLE, sameValue } from "../settings.ts";

export interface Draft {
  presetId: string;
  changes: Partial<Record<SettingKey, unknown>>; // as typed: may be wrong, the check says where
  corpus: string; // RunConfig.data
  model: string; // RunConfig.model, as are the next two
  embedder: string;
  nli: string | null;
  parameters: number | null; // of the model, once it was open
  questions: number | null; // of the corpus, to learn, once it was read
}

export const useDraftStore = create<Draft>()(
  persist(
    (): Draft => ({
      presetId: PRESETS[0].id,
      changes: {},
      corpus: "data/archive",
      model: RUN_DEFAULTS.model,
      embedder: RUN_DEFAULTS.embedder,
      nli: RUN_DEFAULTS.nli,
      parameters: null,
      questions: null,
    }),
    {
      name: "closed-book-draft",
      version: 1,
    },
  ),
);

export function choosePreset(presetId: string): void {
  useDraftStore.setState({ presetId, changes: {} });
}

/** `questions` are those to learn: defaults depend on how many. */
export function chooseCorpus(corpus: string, questions: number): void {
  useDraftStore.setState({ corpus, questions });
}

export function chooseModel(model: string): void {
  useDraftStore.setState({ model, parameters: null });
}

/** The worker has opened a model and knows how large it is: defaults depend on it. */
export function noteModel({ model, parameters }: Pick<EngineInfo, "model" | "parameters">): void {
  if (useDraftStore.getState().model === model) useDraftStore.setState({ parameters });
}

export function chooseEmbedder(embedder: string): void {
  useDraftStore.setState({ embedder });
}

/** Null: rewards without the part `entailed`. */
export function chooseNli(nli: string | null): void {
  useDraftStore.setState({ nli });
}

/** What fits the draft's model and questions. */
export function fitOf({ model, parameters, questions, changes }: Draft): Fit {
  const known = catalogModel(model);
  const most = checkConfig({ questions: changes.questions ?? null }).config?.questions ?? null;
  return fitTo({
    builtIn: known !== null && known.download === null,
    parameters: known?.parameters ?? parameters,
    questions: questions === null || most === null ? questions : Math.min(questions, most),
  });
}

/** What the draft's model is called where settings were chosen for it; null where none were. */
export const fittedModel = (draft: Draft): string | null =>
  Object.keys(fitOf(draft).config).length === 0
    ? null
    : (catalogModel(draft.model)?.name ?? modelName(draft.model));

/** The settings that are not as they would be untouched. */
export function changedSettings(draft: Draft): SettingKey[] {
  const defaults = defaultsOf(draft);
  return MOVABLE.map(({ key }) => key).filter(
    (key) => key in draft.changes && !sameValue(draft.changes[key], defaults[key]),
  );
}

/** What a field is worth if nobody touches it; depends on the objective, as `rlag-paper` brings its own. */
export function defaultsOf(draft: Draft): RunConfig {
  const { presetId, changes } = draft;
  const preset = presetById(presetId).config;
  const objective = checkConfig({ objective: changes.objective }).config?.objective;
  return parseRunConfig({ ...preset, ...fitOf(draft).config, ...(objective ? { objective } : {}) });
}

/** Moves a field; moving it back to its default takes the mark off. */
export function changeSetting(key: SettingKey, value: unknown): void {
  useDraftStore.setState((draft) => {
    const { [key]: _old, ...others } = draft.changes;
    const preset = defaultsOf({ ...draft, changes: key === "objective" ? {} : draft.changes });
    return { changes: sameValue(preset[key], value) ? others : { ...others, [key]: value } };
  });
}

export function resetSetting(key: SettingKey): void {
  useDraftStore.setState(({ changes: { [key]: _gone, ...changes } }) => ({ changes }));
}

/** The draft as a complete configuration, or what is wrong with it. */
export function checkDraft(draft: Draft): CheckedConfig {
  const { presetId, changes, corpus, model, embedder, nli } = draft;
  const chosen = { data: corpus, model, embedder, nli };
  return checkConfig({ ...presetById(presetId).config, ...fitOf(draft).config, ...changes, ...chosen });
}

/** A draft that repeats a run: its settings as changes to the nearest preset. */
export function draftFrom(config: RunConfig): Draft {
  const preset =
    PRESETS.find((p) => p.config.objective === config.objective && p.config.answers === config.answers) ??
    PRESETS[0];
  const { data: corpus, model, embedder, nli } = config;
  const now = useDraftStore.getState();
  const parameters = now.model === model ? now.parameters : null;
  const questions = now.corpus === corpus ? now.questions : null;
  const draft = { presetId: preset.id, corpus, model, embedder, nli, parameters, questions };
  const objective = config.objective === preset.config.objective ? {} : { objective: config.objective };
  const base = defaultsOf({ ...draft, changes: objective });
  const fitted = fittedModel({ ...draft, changes: {} }) === null ? [] : FITTED; // may be chosen otherwise another time
  const changes: Draft["changes"] = { ...objective };
  for (const { key } of MOVABLE) {
    if (!sameValue(base[key], config[key]) || fitted.some((name) => name === key)) changes[key] = config[key];
  }
  return { ...draft, changes };
}
