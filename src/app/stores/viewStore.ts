/** How the page is set up: theme, what the plot shows, which question is looked at. The lasting part is kept. */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import type { QuestionSet } from "../../core/run.ts";
import type { Measure } from "../charts/gap.ts";
import type { Draft } from "./draftStore.ts";

export type Theme = "system" | "light" | "dark";
export type DialogName = "settings" | "shortcuts" | "about" | "models" | "gpu";

export interface View {
  theme: Theme;
  measure: Measure;
  extraLines: boolean; // training and two-hop questions in the plot
  elsewhere: boolean; // reading of an archive never trained on in the plot
  lastRunId: string | null; // shown again after a reload
  startedRunId: string | null; // the newest run that was started here, as far as this note got to disk
  set: QuestionSet;
  index: number;
  dialog: DialogName | null;
  present: boolean; // big type for a room, little beside the plot
  shared: Shared | null; // a link or a file of settings was opened
  map: "components" | "umap"; // by what the passages are laid out
  tryHere: boolean; // training was asked for where the recorded run is shown first (app/held.ts)
  gone: boolean; // a run was stored, and nothing is any more
}

/** What became of a link. */
export interface Shared {
  fault: string | null; // why it could not be read; the settings are what they were
  own: boolean; // made with documents of one's own, which it does not carry
  task: string | null; // what its author asks for
  before: Draft | null; // the settings it took the place of
}

export const useViewStore = create<View>()(
  persist(
    (): View => ({
      theme: "system",
      measure: "answers",
      extraLines: false,
      elsewhere: false,
      lastRunId: null,
      startedRunId: null,
      set: "test",
      index: 0,
      dialog: null,
      present: false,
      shared: null,
      map: "components",
      tryHere: false,
      gone: false,
    }),
    {
      name: "closed-book-view",
      version: 1,
      partialize: ({ theme, measure, extraLines, elsewhere, lastRunId, startedRunId, map, tryHere }) => ({
        theme,
        measure,
        extraLines,
        elsewhere,
        lastRunId,
        startedRunId,
        map,
        tryHere,
      }),
    },
  ),
);

const NEXT_THEME: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

/** Walks system → light → dark and writes the choice where the style sheet looks. */
export function nextTheme(): void {
  applyTheme(NEXT_THEME[useViewStore.getState().theme]);
}

export function applyTheme(theme: Theme): void {
  useViewStore.setState({ theme });
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function openDialog(dialog: DialogName | null): void {
  useViewStore.setState({ dialog });
}

export function lookAt(set: QuestionSet, index: number): void {
  useViewStore.setState({ set, index });
}
