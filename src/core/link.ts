/**
 * A set-up of the lab as a link: `#/lab?l=` and a version letter, then JSON, deflate-raw, base64url. What is the default
 * is left out, what a later version added is passed over. Documents of one's own never travel: only that there were some.
 */
import { checkRunConfig, RUN_DEFAULTS, type RunConfig, SETTING_KEYS } from "./config.ts";
import { LabError } from "./errors.ts";
import { storedModelId } from "./models.ts";
import type { QuestionSet } from "./run.ts";

/** What a link restores. */
export interface SharedLab {
  settings: Partial<RunConfig>; // that are not the objective's own defaults; `data` only where it is the site's
  own: boolean; // it was made with documents of one's own, which it does not carry
  question: { set: QuestionSet; index: number } | null; // the one that is looked at
  measure: string | null; // what the plot shows
  step: number | null; // of a lesson
  hide: string[]; // names of controls
  task: string | null; // a sentence for whoever opens it
}

const VERSION = "a";
/** Longer ones are cut by mail programs and chats: they leave as a file. */
export const LONGEST_LINK = 2000; // characters of the code
const MOST_BYTES = 1 << 18; // of JSON: a few letters can unpack to gigabytes
const SETS: readonly string[] = ["train", "test", "twohop", "held"] satisfies QuestionSet[];
/** Settings that name what is fetched; only a path below the site, or a model that is stored here, may come by a link. */
const CORPORA = ["data", "other_data", "retain_data"] as const;
const PATHS = ["model", "embedder", "nli", ...CORPORA, "init_adapter"] as const;

/** Nothing but the settings. */
export const sharedSettings = (config: RunConfig): SharedLab => ({
  settings: config,
  own: false,
  question: null,
  measure: null,
  step: null,
  hide: [],
  task: null,
});

/** The code of a link, of any length. */
export async function encodeLink({ settings, own, ...rest }: SharedLab): Promise<string> {
  const { config } = checkRunConfig({ objective: settings.objective ?? RUN_DEFAULTS.objective });
  const told = (value: unknown): string => JSON.stringify(value);
  const isOwn = own || !isOfSite(settings.data ?? RUN_DEFAULTS.data);
  const changed = Object.entries(settings).filter(
    ([key, value]) =>
      (key === "objective"
        ? value !== RUN_DEFAULTS.objective
        : told(value) !== told(config?.[key as keyof RunConfig])) &&
      !((CORPORA as readonly string[]).includes(key) && value !== null && !isOfSite(String(value))),
  );
  const { question, measure, step, hide, task } = rest;
  const packed = {
    ...(changed.length > 0 ? { s: Object.fromEntries(changed) } : {}),
    ...(isOwn ? { o: 1 } : {}),
    ...(question ? { q: [question.set, question.index] } : {}),
    ...(measure === null ? {} : { m: measure }),
    ...(step === null ? {} : { n: step }),
    ...(hide.length > 0 ? { h: hide } : {}),
    ...(task === null ? {} : { t: task }),
  };
  const json = new Blob([JSON.stringify(packed)]);
  const stream = json.stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `${VERSION}${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * What a link's code says. Settings that this version does not know are passed over; one that it knows must be right.
 * @throws LabError bad-data for a code that is cut off, damaged or of a later version; bad-config naming a wrong setting
 */
export async function decodeLink(code: string): Promise<SharedLab> {
  const packed = await unpack(code);
  const raw = fieldsOf(packed.s);
  const known = SETTING_KEYS.filter((key) => Object.hasOwn(raw, key));
  const settings: Record<string, unknown> = Object.fromEntries(known.map((key) => [key, raw[key]]));
  for (const key of PATHS) {
    const value = settings[key];
    if (typeof value === "string" && !isOfSite(value) && storedModelId(value) === null)
      throw new LabError(
        "bad-config",
        `this link's ${key} is "${value.slice(0, 80)}": a link may name what the site has, or a stored model, nothing elsewhere`,
      );
  }
  const { faults } = checkRunConfig(settings);
  if (faults.length > 0)
    throw new LabError("bad-config", `this link is wrong: ${faults.map(({ says }) => says).join("; ")}`);
  const { q, m, n, h, t, o } = packed;
  const [set, index] = Array.isArray(q) ? q : [];
  return {
    settings: settings as Partial<RunConfig>, // checked field by field
    own: o === 1,
    question:
      SETS.includes(set) && Number.isSafeInteger(index) && index >= 0
        ? { set: set as QuestionSet, index }
        : null,
    measure: typeof m === "string" ? m : null,
    step: typeof n === "number" && Number.isSafeInteger(n) && n >= 0 ? n : null,
    hide: Array.isArray(h) ? h.filter((name) => typeof name === "string") : [],
    task: typeof t === "string" ? t : null,
  };
}

/** Below the site: a relative path without a way out of it. */
const isOfSite = (path: string): boolean =>
  /^[\w.-]+(\/[\w.-]+)*\/?$/.test(path) && !path.split("/").includes("..");

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

async function unpack(code: string): Promise<Record<string, unknown>> {
  const bad = (what: string, cause?: unknown): LabError =>
    new LabError("bad-data", `this link ${what}; ask for it again, or open the lab without it`, { cause });
  if (!code.startsWith(VERSION)) throw bad("was made by a later version of the page, or is none");
  const text = code.slice(1);
  if (!/^[\w-]+$/.test(text)) throw bad("has letters that no link has, or is cut off");
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return fieldsOf(JSON.parse(await inflate(bytes)));
  } catch (cause) {
    throw bad("is damaged or cut off", cause);
  }
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MOST_BYTES) {
      void reader.cancel();
      throw new Error(`more than ${MOST_BYTES} bytes`);
    }
    parts.push(part.value);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(parts).arrayBuffer());
}
