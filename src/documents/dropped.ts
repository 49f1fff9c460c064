/** Whatever people drop, sorted into documents and questions: files, folders, zips of them, a collection that left the lab. */
import { LabError } from "../core/errors.ts";
import type { DropProgress, Dropped, QuestionFile, SourceDocument } from "../core/messages.ts";
import type { QuestionSet } from "../core/run.ts";
import { openZip } from "../core/unzip.ts";
import { MANIFEST, readCollectionName } from "./collection.ts";
import { readTable } from "./csv.ts";
import { readText } from "./decode.ts";
import { documentText, parseDocuments } from "./documents.ts";
import { freeId } from "./gather.ts";
import { checkQuestions, QUESTION_FIELDS } from "./questions.ts";
import { kindOf, readDocument } from "./read.ts";

export type { Dropped, QuestionFile };

export interface DroppedFile {
  name: string; // with the folders it was dropped in
  bytes: Content;
}

type Content = Uint8Array<ArrayBuffer> | Blob | (() => Promise<Uint8Array<ArrayBuffer>>);

export interface DropWatch {
  onProgress(progress: DropProgress): void;
  signal: AbortSignal;
}

const MOST_BYTES = 300_000_000; // of a file that is read at once
const DEEPEST_ZIP = 3; // a zip in a zip in a zip

const UNWATCHED: DropWatch = { onProgress() {}, signal: new AbortController().signal };

/**
 * Reads files one after the other. One that cannot be read is listed in `unread` with the reason, and the others go on.
 * @throws AbortError when told to stop
 */
export async function readDropped(
  files: readonly DroppedFile[],
  watch: DropWatch = UNWATCHED,
): Promise<Dropped> {
  const dropped: Dropped = {
    name: null,
    documents: [],
    questionFiles: [],
    notes: [],
    faults: [],
    unread: [],
  };
  const waiting = files.map((file) => ({ ...file, depth: 0 }));
  for (let done = 0; done < waiting.length; done++) {
    const { name, bytes: content, depth } = waiting[done]!;
    watch.signal.throwIfAborted();
    if (isDebris(name)) continue;
    const tell = (part: number, parts: number) =>
      watch.onProgress({ name, done, of: waiting.length, part, parts });
    tell(0, 0);
    try {
      const bytes = await bytesOf(content, name);
      if ((await kindOf({ name, bytes })) === "zip") {
        if (depth >= DEEPEST_ZIP)
          throw new LabError("bad-data", `${name} lies in ${depth} other zips: unpack it first`);
        waiting.splice(done + 1, 0, ...(await unpack(bytes, name, depth + 1, dropped)));
      } else await readOne({ name, bytes }, dropped, { onProgress: tell, signal: watch.signal });
    } catch (error) {
      watch.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      dropped.unread.push({ name, reason });
    }
  }
  return dropped;
}

/** What systems leave in folders and zips, which nobody wrote. */
const isDebris = (path: string): boolean =>
  /(?:^|\/)(?:__MACOSX\/|\.[^/]*$|\.[^/]+\/|Thumbs\.db$|desktop\.ini$)/i.test(path);

async function bytesOf(content: Content, name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (content instanceof Blob) checkSize(content.size, name);
  const bytes = await readContent(content, name);
  if (bytes.length === 0) throw new LabError("bad-data", `${name} is empty`);
  return bytes;
}

async function readContent(content: Content, name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof content === "function") return await content();
  if (!(content instanceof Blob)) return content;
  try {
    return new Uint8Array(await content.arrayBuffer());
  } catch (cause) {
    throw new LabError("not-found", `${name} can no longer be read: choose it again`, { cause });
  }
}

function checkSize(size: number, name: string): void {
  if (size > MOST_BYTES)
    throw new LabError("bad-data", `${name} has ${size} bytes, ${MOST_BYTES} can be read: split it`);
}

async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  depth: number,
  dropped: Dropped,
): Promise<(DroppedFile & { depth: number })[]> {
  const entries = (await openZip(new Blob([bytes]), name)).filter(({ path }) => !isDebris(path));
  const collection = await readCollectionName(entries);
  if (collection !== null) dropped.name = collection;
  if (entries.length === 0) throw new LabError("bad-data", `${name} is a zip without files`);
  return entries
    .filter(({ path, size }) => size > 0 && !(collection !== null && path === MANIFEST))
    .map(({ path, size, read }) => ({
      name: path,
      depth,
      bytes: async () => {
        checkSize(size, path);
        return await read();
      },
    }));
}

async function readOne(
  { name, bytes }: { name: string; bytes: Uint8Array<ArrayBuffer> },
  dropped: Dropped,
  watch: Parameters<typeof readDocument>[1],
): Promise<void> {
  const text = /\.(?:json|jsonl|ndjson|csv|tsv)$/i.test(name) ? readText(bytes, name) : null;
  if (text !== null && holdsQuestions(name, text.text)) {
    const { questions, faults } = checkQuestions(text.text, name);
    dropped.notes.push(...text.notes);
    dropped.faults.push(...faults);
    dropped.questionFiles.push({ name, set: setOf(name), questions });
  } else if (text !== null && /\.json$/i.test(name)) {
    dropped.notes.push(...text.notes);
    for (const document of parseDocuments([{ name, text: text.text }])) add(document, dropped);
  } else {
    if (text !== null)
      dropped.notes.push(`${name} has no column “question”, so that its rows are a document`);
    add(await documentOf({ name, bytes }, watch), dropped);
  }
}

/** Reads one file that is a document. @throws LabError bad-data naming the file, and what to do */
async function documentOf(
  { name, bytes }: { name: string; bytes: Uint8Array<ArrayBuffer> },
  watch: Parameters<typeof readDocument>[1],
): Promise<SourceDocument> {
  const { title, kind, blocks, pages, encoding, doubts } = await readDocument({ name, bytes }, watch);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    id: name,
    title: title ?? name,
    text: null,
    passages: null,
    blocks,
    file: { name, kind, size: bytes.length, hash, pages, encoding, doubts },
  };
}

/** Under an id that no other document has. */
function add(document: SourceDocument, { documents, unread }: Dropped): void {
  if (documentText(document).trim() === "") {
    unread.push({ name: document.id, reason: `the document "${document.id}" is empty: leave it out` });
    return;
  }
  documents.push({ ...document, id: freeId(document.id, new Set(documents.map(({ id }) => id))) });
}

/** What a file holds, by its name's ending; a .json with questions in it says so, a table by its columns. */
function holdsQuestions(name: string, text: string): boolean {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return true;
  if (/\.json$/i.test(name)) return /"question"\s*:/.test(text);
  const columns = readTable(text.slice(0, FIRST), name, QUESTION_FIELDS).header.map((cell) =>
    cell.trim().toLowerCase(),
  );
  return columns.includes("question");
}

const FIRST = 10_000; // characters, in which a table's header ends

const HELD_OUT = new Set(
  "test tests testing testset dev devset eval evals evaluation val valid validation heldout holdout exam".split(
    " ",
  ),
);

/** Which set a question file is for: by the whole words of its name, so that latest.jsonl and devices.csv are to learn. */
export function setOf(fileName: string): QuestionSet {
  const words = fileName
    .replace(/^.*\//, "") // the file's own name: a folder "tests" may hold any
    .replace(/\.[^.]*$/, "")
    .replace(/DevOps/gi, "devops") // one word, however it is written
    .split(
      /[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u,
    )
    .map((word) => word.toLowerCase())
    .filter((word) => word !== "");
  const pairs = words.map((word, i) => word + (words[i + 1] ?? ""));
  if (words.join() === "untaught") return "held"; // as a collection calls it
  if ([...words, ...pairs].some((word) => /^(two|2)hops?$/.test(word))) return "twohop";
  return [...words, ...pairs.filter((pair) => /^(held|hold)out$/.test(pair))].some((word) =>
    HELD_OUT.has(word),
  )
    ? "test"
    : "train";
}
