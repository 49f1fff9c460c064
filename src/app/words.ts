/** What the lab does and what went wrong, in plain words. */
import type { LabErrorCode } from "../core/errors.ts";
import type { Phase } from "../core/run.ts";
import type { LabStatus } from "./stores/runStore.ts";

/** The steps of the cycle as the picture shows them, and the phases each stands for. */
export const CYCLE_STEPS: readonly {
  name: string;
  says: string;
  phases: readonly Phase[];
  tone?: "open" | "closed";
}[] = [
  { name: "Look up", says: "find passages for each question", phases: ["retrieving"] },
  { name: "Open book", says: "answer with the passages in view", phases: ["open-book"], tone: "open" },
  { name: "Closed book", says: "answer from memory alone", phases: ["closed-book"], tone: "closed" },
  { name: "Reward", says: "right answer × sound explanation", phases: ["rewarding"] },
  { name: "Learn", says: "move the adapter that way", phases: ["optimising"] },
  { name: "Test", says: "new wordings, book open and closed", phases: ["testing", "explaining"] },
];

/** A phase as a clause that follows "Cycle 3 of 8 · ". */
export const PHASE_WORDS: Record<Phase, { doing: string; unit: string }> = {
  preparing: { doing: "preparing the GPU: building and checking the shaders", unit: "shader" },
  retrieving: { doing: "looking up passages", unit: "question" },
  "open-book": { doing: "answering with the book open", unit: "question" },
  "closed-book": { doing: "answering with the book closed", unit: "question" },
  rewarding: { doing: "rewarding the answers", unit: "question" },
  optimising: { doing: "learning from what earned a reward", unit: "update" },
  testing: { doing: "testing on wordings it has not seen", unit: "question" },
  explaining: { doing: "testing its explanations", unit: "question" },
};

export const STATUS_WORDS: Record<LabStatus, string> = {
  none: "not started",
  preparing: "preparing",
  running: "running",
  pausing: "pausing",
  paused: "paused",
  interrupted: "interrupted",
  finished: "finished",
  stopped: "stopped",
  failed: "failed",
};

/** The Models dialog. */
export const MODEL_WORDS = {
  intro:
    "The model that learns. What you download is stored in this browser, works offline, and is sent nowhere.",
  another: "Another model",
  source: "Repository or URL",
  sourceHint:
    "owner/name on Hugging Face, one of its files (owner/name/file.gguf), or the URL of a .gguf file or a folder",
  asking: "Asking the server…",
  gated:
    "Its owner wants you to agree to terms first. If the download is refused, agree on the model’s page, download it there, and drop the file here.",
  sizeUnknown: "the server does not say how large",
  drop: "Drop a .gguf file, or a model’s folder",
  dropHint:
    "config.json, tokenizer.json and .safetensors. It is copied into this browser and never leaves this machine.",
  embedders:
    "What turns passages and questions into vectors. With another one the documents are indexed anew.",
  judges:
    "Optional: says how far the passages entail an explanation, which then counts in its reward. It reads every sentence beside every passage, so a cycle takes longer.",
  active: "A run is under way: stop it to change the model.",
} as const;

interface Trouble {
  title: string;
  next: string;
}

const RELOAD = "Reload the page; the run continues from its last stored cycle.";

/** Per error code: a heading, and what to do. The error's own message stands between the two. */
export const TROUBLE: Record<LabErrorCode | "unexpected", Trouble> = {
  "bad-config": {
    title: "These settings do not work",
    next: "Open the settings and put right what is marked.",
  },
  "bad-data": {
    title: "The documents or questions could not be read",
    next: "Correct the file at the place named and drop it again.",
  },
  "bad-model": {
    title: "The model could not be read",
    next: "Reload the page. If it happens again, the files on the server are damaged: copy them there once more.",
  },
  "bad-shape": {
    title: "Two sizes do not agree",
    next: "This is a fault of the lab. Start a new run; please report the message.",
  },
  "no-webgpu": { title: "This browser has no WebGPU", next: "The instructions below say how to get it." },
  "no-adapter": {
    title: "The browser found no GPU it may use",
    next: "The instructions below say what to try.",
  },
  "kernel-failed": {
    title: "A shader failed its check on this GPU",
    next: "Update the browser and the graphics driver. Training on wrong numbers is worse than not training, so the lab stops here.",
  },
  "out-of-memory": {
    title: "The GPU ran out of memory",
    next: "Close other tabs that use the GPU, or choose fewer questions per update in the settings, then resume.",
  },
  "device-lost": {
    title: "The GPU went away",
    next: "A driver reset or a sleeping laptop does this. Press Resume; if that fails, reload the page.",
  },
  "not-finite": {
    title: "The numbers ran away",
    next: "A step produced no finite number and was not applied. Start a new run with a lower learning rate.",
  },
  "quota-exceeded": {
    title: "The browser's storage is full",
    next: "Delete runs you no longer need on the Runs page, or free disk space, then resume.",
  },
  "storage-failed": {
    title: "The browser could not store the run",
    next: "Private windows often refuse storage: try a normal one.",
  },
  busy: { title: "Another tab is training", next: "Pause or close it there; one tab trains at a time." },
  "not-found": {
    title: "Something the run needs is gone",
    next: "It may have been deleted in another tab. Start a new run.",
  },
  "download-failed": {
    title: "The download did not end well",
    next: "What came is kept. Open the models and press Resume; if it fails again, try another source.",
  },
  aborted: { title: "Stopped", next: "Resume whenever you like." },
  unexpected: { title: "Something unexpected went wrong", next: RELOAD },
};
