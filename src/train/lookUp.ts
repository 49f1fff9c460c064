/** What a run looks up before anything else: the passages of all its questions, which depend on documents and embedder only. */
import type { RunConfig } from "../core/config.ts";
import type { CycleContext, CycleDeps, Foreign, RunData } from "./context.ts";
import { controlledPassages } from "./controls.ts";
import { type Elsewhere, otherArchive } from "./elsewhere.ts";
import { readsForeign } from "./reading.ts";
import { viewsOf, wordingsOf } from "./views.ts";

export type LookedUp = Pick<CycleContext, "views" | "wordings" | "Z" | "elsewhere" | "reading">;

/** @param onProgress is told how many of the questions have their passages */
export async function lookUp(
  config: RunConfig,
  data: RunData,
  deps: Pick<CycleDeps, "retrieve" | "elsewhere" | "reading">,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<LookedUp> {
  const retrieve = async (
    questions: RunData["train"],
    from: Pick<CycleDeps, "retrieve"> = deps,
  ): Promise<string[][]> => {
    const hits = await from.retrieve(
      questions.map(({ question }) => question),
      config.k,
    );
    return hits.map((passages) => passages.map(({ text }) => text));
  };
  const views = viewsOf(data, config.phrasings);
  const of = views.length + data.test.length;
  onProgress(0, of);
  const asked = views.map(({ question }) => question);
  const train = controlledPassages(config, views, await retrieve(asked));
  onProgress(views.length, of);
  const test = await retrieve(data.test);
  onProgress(of, of);
  const besides = async (archive: Elsewhere | null): Promise<Foreign | null> =>
    archive && { questions: archive.questions, Z: await retrieve(archive.questions, archive) };
  return {
    views,
    wordings: wordingsOf(views),
    Z: { train, test },
    elsewhere: await besides(otherArchive(config) === null ? null : deps.elsewhere),
    reading: await besides(readsForeign(config) ? deps.reading : null),
  };
}
