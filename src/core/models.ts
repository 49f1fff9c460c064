/** Models that are not part of the site: what is asked for, what is stored, how far a download is. */

/** A file on a server. */
export interface RemoteFile {
  name: string; // in the model's folder; "1_Pooling/config.json" lies in a folder of it
  url: string;
  size: number | null; // bytes; null where the server does not say before it sends
  sha256: string | null; // lower-case hex; null where nobody published one: then it is not checked
}

/** What a download would fetch, known before its first byte. */
export interface DownloadPlan {
  id: string; // what the model will be stored under: "owner/name", "owner/name/file.gguf" (or .onnx), "host/path"
  source: string; // as it was asked for
  revision: string | null; // the repository's commit: it cannot change under way
  licence: string | null; // as the repository says
  gated: boolean; // the owner wants an agreement first
  files: RemoteFile[]; // all that will be fetched; empty where one of `choices` must be picked
  choices: RemoteFile[]; // GGUF files of the repository, any one of which is a model by itself
}

/** A file of a stored model, or the part of one that has come. */
export interface StoredFile extends RemoteFile {
  etag: string | null; // of what has come so far
  checked: boolean; // its SHA-256 was compared
  date: string | null; // ISO, when it was whole; null while it is not
}

/** What lies beside a stored model's files and says what they are. */
export interface ModelManifest {
  id: string;
  source: string;
  revision: string | null;
  licence: string | null;
  files: StoredFile[];
}

export interface StoredModel extends ModelManifest {
  whole: boolean; // every file is there
  bytes: number; // stored, unfinished files included
}

/** What a model is for: it learns, it searches, or it judges explanations. */
export type ModelKind = "language" | "embedder" | "nli";

/** By its files: a text encoder is an ONNX model, an embedder says how its tokens are pooled. */
export function kindOf({ files }: Pick<ModelManifest, "files">): ModelKind {
  const has = (name: string): boolean => files.some((file) => file.name === name);
  if (!has("model.onnx")) return "language";
  return has("modules.json") || has("1_Pooling/config.json") ? "embedder" : "nli";
}

export interface DownloadProgress {
  file: string;
  done: number; // bytes of all files that are stored
  of: number | null; // null while a file's size is not known
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  note: string | null; // why it waits or began anew
}

const STORED = "stored:"; // what RunConfig.model begins with for a model in the browser's own file system

export const storedModel = (id: string): string => STORED + id;

/** The id of a stored model, or null for a folder or URL. */
export const storedModelId = (model: string): string | null =>
  model.startsWith(STORED) ? model.slice(STORED.length) : null;

/** A model of the settings for whoever does not know the site: a folder's URL; a stored model as it is. */
export const absoluteModel = (model: string, site: string): string =>
  storedModelId(model) === null ? new URL(model, site).href : model;

/** The bytes a plan will fetch, or null where a size is not known. */
export const planBytes = (files: readonly RemoteFile[]): number | null =>
  files.reduce<number | null>((sum, { size }) => (sum === null || size === null ? null : sum + size), 0);

/** What a model is called on screen: the last part of its id. */
export const modelName = (model: string): string =>
  (storedModelId(model) ?? model)
    .replace(/\/+$/, "")
    .replace(/(\/onnx)?\/[^/]*\.onnx$/i, "") // an encoder is known by its repository
    .replace(/^.*\//, "")
    .replace(/\.gguf$/i, "");
