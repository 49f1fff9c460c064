/**
 * From what a person types to a list of files: a Hugging Face repository ("owner/name", or "owner/name/file.gguf"), one of
 * its web addresses, or any URL of a GGUF file or of a folder. An .onnx file stands for a text encoder: it comes with its
 * tokenizer and configuration. Only asks; the files' contents are fetched by download.ts.
 */
import { LabError } from "../core/errors.ts";
import type { DownloadPlan, RemoteFile } from "../core/models.ts";
import { isPage, isPassing, readAnswer, refusal } from "./http.ts";

export const HUB = "https://huggingface.co";

/** What a model's folder may hold; anything else of a repository is left alone. */
const WANTED =
  /^(config\.json|generation_config\.json|chat_template\.jinja|tokenizer[\w.-]*\.json|model[\w.-]*\.safetensors(\.index\.json)?)$/;
const GGUF = /^(?!mmproj).*(?<!-\d{5}-of-\d{5})\.gguf$/i; // whole language models: no vision parts, no splits

const ONNX = /\.onnx$/i;
/** What a text encoder may have beside its .onnx file; the first two it must have. */
const ENCODER = [
  "tokenizer.json",
  "config.json",
  "modules.json",
  "1_Pooling/config.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
];

/** Whether a file of that name can be part of a model. */
export const isModelFile = (name: string): boolean => WANTED.test(name) || GGUF.test(name);

export interface PlanOptions {
  hub?: string; // a mirror that answers as Hugging Face does
  signal?: AbortSignal;
}

interface Repository {
  name: string; // owner/name
  revision: string;
  file: string | null;
}

/** @throws LabError not-found, download-failed or bad-config naming what was asked for */
export async function planDownload(
  source: string,
  { hub = HUB, signal = new AbortController().signal }: PlanOptions = {},
): Promise<DownloadPlan> {
  const base = hub.replace(/\/+$/, "");
  const repository = parseRepository(source.trim(), base);
  if (repository !== null) return planRepository(source, repository, base, signal);
  if (/^https?:\/\//.test(source.trim())) return planUrl(source, urlOf(source.trim()), signal);
  throw new LabError(
    "bad-config",
    `"${source}" is neither a repository (owner/name, or owner/name/file.gguf) nor a URL`,
  );
}

/** A repository by name or by its address on the hub; null for anything else. */
export function parseRepository(source: string, hub: string): Repository | null {
  const hubs = [hub, HUB, "https://hf.co", "https://www.huggingface.co"];
  const address = hubs.find((url) => source.startsWith(`${url}/`));
  if (address === undefined && source.includes(":")) return null;
  const path =
    address === undefined ? source : urlOf(source).pathname.slice(new URL(address).pathname.length);
  const [owner = "", name = "", ...rest] = path
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decoded(part, source));
  const good = (part: string) => /^[\w-][\w.-]*$/.test(part);
  if (!good(owner) || !good(name)) return null;
  const at = /^(tree|blob|resolve|raw)$/.test(rest[0] ?? "");
  const file = (at ? rest.slice(2) : rest).join("/");
  return { name: `${owner}/${name}`, revision: (at && rest[1]) || "main", file: file === "" ? null : file };
}

/** A part of an address without its escapes. @throws LabError bad-config where one of them is none */
function decoded(part: string, source: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    const says = `"${source}" has a % that is no escape: write %25 for the sign itself`;
    throw new LabError("bad-config", says, { cause });
  }
}

function urlOf(source: string): URL {
  try {
    return new URL(source);
  } catch (cause) {
    throw new LabError("bad-config", `"${source}" is not a URL`, { cause });
  }
}

/** What the hub's API says of a repository, as far as we read it. */
interface RepositoryInfo {
  sha?: string;
  gated?: false | string;
  cardData?: { license?: string; license_name?: string } | null;
  siblings?: { rfilename: string; size?: number; lfs?: { sha256?: string } | null }[];
}

async function planRepository(
  source: string,
  { name, revision, file }: Repository,
  hub: string,
  signal: AbortSignal,
): Promise<DownloadPlan> {
  const url = `${hub}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await ask(url, {}, signal);
  if (response.status === 401 || response.status === 404)
    throw new LabError("not-found", `there is no public repository ${name} (${revision}) at ${hub}`);
  if (!response.ok) throw refusal(response.status, url);
  const info = (await response.json().catch((cause) => {
    throw new LabError("download-failed", `${url} did not answer with JSON`, { cause });
  })) as RepositoryInfo;
  const commit = info.sha ?? revision;
  const remote = (info.siblings ?? []).map(
    ({ rfilename, size, lfs }): RemoteFile => ({
      name: rfilename,
      url: `${hub}/${name}/resolve/${encodeURIComponent(commit)}/${rfilename.split("/").map(encodeURIComponent).join("/")}`,
      size: size ?? null,
      sha256: lfs?.sha256 ?? null,
    }),
  );
  const choices = remote.filter((f) => GGUF.test(f.name));
  const wanted = remote.filter((f) => WANTED.test(f.name));
  const hasWeights = wanted.some((f) => f.name.endsWith(".safetensors"));
  const plan = {
    source,
    revision: commit,
    licence: info.cardData?.license_name ?? info.cardData?.license ?? null,
    gated: Boolean(info.gated),
  };
  const isSentenceTransformer = remote.some((f) => f.name === "modules.json");
  const graph = ONNX.test(file ?? "")
    ? file
    : file === null && isSentenceTransformer
      ? "onnx/model.onnx"
      : null;
  if (graph !== null) return pickEncoder({ ...plan, id: name, files: remote, choices: [] }, graph);
  const whole = { ...plan, id: name, files: hasWeights ? wanted : [], choices };
  if (file === null) {
    if (!hasWeights && choices.length === 0)
      throw new LabError("bad-model", `${name} has neither safetensors nor a GGUF file of a language model`);
    return !hasWeights && choices.length === 1 ? pickFile(whole, choices[0]!) : whole;
  }
  const one = choices.find((f) => f.name === file);
  if (one) return pickFile(whole, one);
  if (wanted.some((f) => f.name === file)) return whole;
  const known = [...choices, ...wanted].map((f) => f.name).join(", ");
  throw new LabError("not-found", `${name} has no model file ${file}; it has ${known || "none"}`);
}

/** The plan for one of a repository's GGUF files. */
export const pickFile = (plan: DownloadPlan, file: RemoteFile): DownloadPlan => ({
  ...plan,
  id: `${plan.id}/${file.name}`,
  source: `${plan.id}/${file.name}`,
  files: [{ ...file, name: file.name.replace(/^.*\//, "") }],
  choices: [],
});

/** The plan for a text encoder among the files of `plan`; its graph is stored as model.onnx, whichever it is of several. */
function pickEncoder(plan: DownloadPlan, graph: string): DownloadPlan {
  const find = (name: string) => plan.files.find((file) => file.name === name);
  const model = find(graph);
  const beside = ENCODER.map(find).filter((file) => file !== undefined);
  const missing = [...(model ? [] : [graph]), ...ENCODER.slice(0, 2).filter((name) => !find(name))];
  if (model === undefined || missing.length > 0)
    throw new LabError(
      "not-found",
      `${plan.id} has no ${missing.join(" and no ")}, which a text encoder needs`,
    );
  const id = `${plan.id}/${graph}`;
  return { ...plan, id, source: id, files: [{ ...model, name: "model.onnx" }, ...beside] };
}

async function planUrl(source: string, url: URL, signal: AbortSignal): Promise<DownloadPlan> {
  const path = url.pathname.replace(/\/+$/, "");
  const last = decoded(path, source).replace(/^.*\//, "");
  const plan = { source, revision: null, licence: null, gated: false, choices: [] };
  const idOf = (at: string) => `${url.host}${decoded(at, source)}`;
  if (/\.gguf$/i.test(last)) {
    const file = await probe(last, url.href, signal);
    if (file === null) throw refusal(404, url.href);
    return { ...plan, id: idOf(path), files: [file] };
  }
  if (ONNX.test(last)) {
    const inOnnx = path.endsWith(`/onnx/${last}`);
    const graph = inOnnx ? `onnx/${last}` : last;
    const base = new URL(path.slice(0, -graph.length), url);
    const names = [graph, ...ENCODER];
    const found = await Promise.all(names.map((name) => probe(name, new URL(name, base).href, signal)));
    const files = found.filter((file) => file !== null);
    return { ...pickEncoder({ ...plan, id: idOf(base.pathname.replace(/\/$/, "")), files }, graph), source };
  }
  const folder = WANTED.test(last) ? path.slice(0, -last.length - 1) : path; // a file of it stands for all of it
  const files = await probeFolder(new URL(`${folder}/`, url), signal);
  return { ...plan, id: idOf(folder), files };
}

/** A folder on a plain server cannot be listed: the names a model may have are tried. */
async function probeFolder(folder: URL, signal: AbortSignal): Promise<RemoteFile[]> {
  const find = (name: string) => probe(name, new URL(name, folder).href, signal);
  const names = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"];
  const [config, weights, index, ...others] = await Promise.all(
    ["config.json", "model.safetensors", "model.safetensors.index.json", ...names].map(find),
  );
  if (!config || (!weights && !index))
    throw new LabError(
      "not-found",
      `${folder.href} has no config.json with model.safetensors; give a folder that has, or the URL of a .gguf file`,
    );
  const shards = weights || !index ? [weights] : await Promise.all((await shardsOf(index, signal)).map(find));
  const files = [config, ...(weights ? [] : [index]), ...shards, ...others];
  return files.filter((file): file is RemoteFile => file !== null && file !== undefined);
}

async function shardsOf(index: RemoteFile, signal: AbortSignal): Promise<string[]> {
  const response = await ask(index.url, {}, signal);
  const { weight_map } = ((await response.json().catch(() => ({}))) ?? {}) as { weight_map?: object };
  const names = [...new Set(Object.values(weight_map ?? {}).map(String))];
  if (names.length > 0 && names.every((name) => WANTED.test(name))) return names;
  throw new LabError("bad-model", `${index.url} does not say which files hold the weights`);
}

/** Size of a file without fetching it; null where it is not there. */
async function probe(name: string, url: string, signal: AbortSignal): Promise<RemoteFile | null> {
  const response = await ask(url, { range: "bytes=0-0" }, signal);
  const { total } = readAnswer(response);
  const { status, headers } = response;
  await response.body?.cancel(); // one byte, or all of it from a server without ranges
  if (status === 404 || status === 410 || isPage(headers, name)) return null;
  if (status !== 200 && status !== 206 && status !== 416) throw refusal(status, url);
  return { name, url, size: total, sha256: null };
}

/** @throws LabError download-failed when no server answers, or it is too busy */
async function ask(url: string, headers: HeadersInit, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal, cache: "no-store" });
  } catch (cause) {
    if (signal.aborted) throw new LabError("aborted", "stopped before anything was fetched", { cause });
    throw new LabError(
      "download-failed",
      `${url} could not be reached: check the address and the connection. A server that does not let other pages read its files cannot be read by this one either`,
      { cause },
    );
  }
  if (isPassing(response.status))
    throw new LabError("download-failed", `${url} is busy (HTTP ${response.status}): try again in a while`);
  return response;
}
