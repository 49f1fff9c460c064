/** A set-up to pass on: as a link where it is short enough, else as a file; and what opening one does. */
import { parseRunConfig, type RunConfig } from "../core/config.ts";
import { reportError } from "../core/errors.ts";
import { decodeLink, encodeLink, LONGEST_LINK, type SharedLab, sharedSettings } from "../core/link.ts";
import { RUN_FILE_ENDING, writeRunFile } from "../core/runFile.ts";
import { isOwn } from "./corpora.ts";
import { download } from "./download.ts";
import { methodName } from "./presets.ts";
import { draftFrom, useDraftStore } from "./stores/draftStore.ts";
import { lookAt, useViewStore } from "./stores/viewStore.ts";

export const LINK_PARAMETER = "l";

/** What a person sees besides the settings. */
export type SharedView = Partial<Pick<SharedLab, "question" | "measure" | "step" | "hide" | "task">>;

/** The link that restores a set-up, but for documents of one's own; null where it would be too long to pass on. */
export async function linkTo(config: RunConfig, view: SharedView = {}): Promise<string | null> {
  const code = await encodeLink({ ...sharedSettings(config), ...view, own: isOwn(config.data) });
  if (code.length > LONGEST_LINK) return null;
  return new URL(`#/lab?${LINK_PARAMETER}=${code}`, document.baseURI).href;
}

/** The same as a file: a run of which nothing but the settings is there. */
export async function downloadSettings(config: RunConfig): Promise<void> {
  const facts = {
    name: methodName(config),
    note: null,
    date: new Date().toISOString(),
    status: "stopped" as const,
    config,
    gpuAdapter: null,
    variants: null,
    fingerprint: null,
    baselines: null,
    memory: null,
    notes: [],
    extended: [],
    rows: [],
    answers: [],
    questions: null,
    adapter: null,
  };
  download(`closed-book-settings${RUN_FILE_ENDING}`, "application/zip", await writeRunFile(facts));
}

/** The code in a hash such as "#/lab?l=…"; null without one. */
export const codeIn = (hash: string): string | null =>
  new URLSearchParams(hash.split("?")[1] ?? "").get(LINK_PARAMETER);

/** Makes the draft what the link says, if the hash has one; the view store says what came of it. Answers whether the draft changed. */
export async function openLink(hash: string): Promise<boolean> {
  const code = codeIn(hash);
  if (code === null) return false;
  window.history.replaceState(null, "", `${window.location.pathname}${window.location.search}#/lab`);
  try {
    takeShared(await decodeLink(code));
    return true;
  } catch (error) {
    const fault = reportError(error).message;
    useViewStore.setState({ shared: { fault, own: false, task: null, before: null } });
    return false;
  }
}

/** Settings that came by a link or a file become the draft; documents of one's own are what they were. */
export function takeShared(shared: SharedLab): void {
  const before = useDraftStore.getState();
  const config = parseRunConfig(shared.settings);
  const data = shared.own || isOwn(config.data) ? before.corpus : config.data;
  useDraftStore.setState(draftFrom({ ...config, data }));
  if (shared.question !== null) lookAt(shared.question.set, shared.question.index);
  const { measure } = shared;
  useViewStore.setState({
    ...(measure === "answers" || measure === "explanations" ? { measure } : {}),
    shared: { fault: null, own: shared.own, task: shared.task, before },
  });
}

/** Settings of a file become the draft. */
export const takeSettings = (config: RunConfig): void =>
  takeShared({ ...sharedSettings(config), own: isOwn(config.data) });
