/** The settings of the next run: a preset and what was moved away from it. Kept over reloads. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { catalogModel } from "../../core/catalog.ts";
import { parseRunConfig, RUN_DEFAULTS, type RunConfig, type SettingKey } from "../../core/config.ts";
import { type Fit, fitTo } from "../../core/fit.ts";
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

export function chooseCorpus(corpus: string): void {
  useDraftStore.setState({ corpus });
}

export function chooseModel(model: string): void {
  useDraftStore.setState({ model });
}

export function chooseEmbedder(embedder: string): void {
  useDraftStore.setState({ embedder });
}

/** Null: rewards without the part `entailed`. */
export function chooseNli(nli: string | null): void {
  useDraftStore.setState({ nli });
}

/** What fits the draft's model. */
export function fitOf({ model }: Pick<Draft, "model">): Fit {
  const known = catalogModel(model);
  return fitTo({ name: known?.name ?? modelName(model), builtIn: known !== null && known.download === null });
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
  const base = parseRunConfig({
    ...preset.config,
    ...fitOf({ model }).config,
    objective: config.objective,
  });
  const changes: Draft["changes"] =
    config.objective === preset.config.objective ? {} : { objective: config.objective };
  for (const { key } of MOVABLE) {
    if (!sameValue(base[key], config[key])) changes[key] = config[key];
  }
  return { presetId: preset.id, changes, corpus, model, embedder, nli };
}
