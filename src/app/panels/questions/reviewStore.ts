/** The review on screen: made, judged, decided, and stored a moment after each change. */
import { create } from "zustand";
import type { OptionSitting } from "../../../core/run.ts";
import { canBeJudged, NEAR, scoreFact, thresholdsFor } from "../../../documents/questionMaking.ts";
import {
  factsOf,
  judgedBy,
  noteScores,
  type Review,
  remade,
  startReview,
} from "../../../documents/review.ts";
import { isOwn } from "../../corpora.ts";
import type { Lab } from "../../lab.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { useRunStore } from "../../stores/runStore.ts";

export interface Judging {
  done: number; // facts
  of: number;
  secondsLeft: number | null; // null until the first ones were timed
}

export interface ReviewState {
  corpus: string | null;
  review: Review | null;
  making: boolean;
  stale: boolean; // the documents have changed since
  judging: Judging | null;
  fault: string | null;
}

const NOTHING: ReviewState = {
  corpus: null,
  review: null,
  making: false,
  stale: false,
  judging: null,
  fault: null,
};

export const useReviewStore = create<ReviewState>(() => NOTHING);

const SEED = 0;
const SAVE_MS = 300;
const TIMED = 2; // facts before a time is told

let stopJudging: AbortController | null = null;
let saving: { timer: number; flush: () => void } | null = null;

const says = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Puts the review of a corpus on screen, as it was left; makes one where there is none. */
export async function openReview(lab: Lab, corpus: string): Promise<void> {
  const { corpus: open, making } = useReviewStore.getState();
  if (open === corpus && (making || useReviewStore.getState().review !== null)) return;
  closeReview();
  useReviewStore.setState({ ...NOTHING, corpus, making: true });
  try {
    const [stored, passages] = await Promise.all([lab.reviews.load(corpus), lab.reviews.passages(corpus)]);
    if (useReviewStore.getState().corpus !== corpus) return;
    if (stored === null) return await make(lab, corpus);
    const stale = JSON.stringify(passages) !== JSON.stringify(stored.passages);
    useReviewStore.setState({ review: stored, making: false, stale });
  } catch (error) {
    if (useReviewStore.getState().corpus === corpus)
      useReviewStore.setState({ making: false, fault: says(error) });
  }
}

/** Makes questions of the documents as they are now; what was decided before holds where its sentence still stands. */
export async function makeAnew(lab: Lab): Promise<void> {
  const { corpus } = useReviewStore.getState();
  if (corpus === null) return;
  stopJudging?.abort();
  useReviewStore.setState({ making: true, fault: null });
  try {
    await make(lab, corpus);
  } catch (error) {
    useReviewStore.setState({ making: false, fault: says(error) });
  }
}

async function make(lab: Lab, corpus: string): Promise<void> {
  const made = { seed: SEED, ...(await lab.retrieval.ask("makeFacts", { corpus, seed: SEED })) };
  if (useReviewStore.getState().corpus !== corpus) return;
  const { review: before } = useReviewStore.getState();
  const review =
    before === null ? { ...startReview(made), before: questionsBefore(corpus) } : remade(before, made);
  useReviewStore.setState({ review, making: false, stale: false });
  await lab.reviews.save(corpus, review);
}

/** What a corpus of one's own was brought with; the made ones are put behind it. */
function questionsBefore(corpus: string): Review["before"] {
  const { current } = useCorpusStore.getState();
  if (current?.id !== corpus || !isOwn(corpus) || current.train.length === 0) return null;
  const { train, test, twohop, held = [] } = current;
  return { train, test: test === train ? [] : test, twohop, held };
}

/** Takes the review off the screen; it stays stored, and judging goes on where it stopped. */
export function closeReview(): void {
  stopJudging?.abort();
  saving?.flush();
  useReviewStore.setState(NOTHING);
}

/** Leaves the page: what is being judged goes on, anything else is read anew when one comes back. */
export function leaveReview(): void {
  if (useReviewStore.getState().judging === null) closeReview();
}

/** Does something with the review and stores it. */
export function act(lab: Lab, change: (review: Review) => Review): void {
  const { review, corpus } = useReviewStore.getState();
  if (review === null || corpus === null) return;
  const next = change(review);
  if (next === review) return;
  useReviewStore.setState({ review: next });
  saveSoon(lab, corpus);
}

function saveSoon(lab: Lab, corpus: string): void {
  if (saving !== null) window.clearTimeout(saving.timer);
  const flush = () => {
    if (saving !== null) window.clearTimeout(saving.timer);
    saving = null;
    const { review, corpus: open } = useReviewStore.getState();
    if (review === null || open !== corpus) return;
    lab.reviews.saveDecided(corpus, review).catch((error) => useReviewStore.setState({ fault: says(error) }));
  };
  saving = { timer: window.setTimeout(flush, SAVE_MS), flush };
}

if (typeof window !== "undefined") window.addEventListener("pagehide", () => saving?.flush());

/** Has the draft's model judge every question that it has not judged yet; stopped, it goes on there next time. */
export async function check(lab: Lab): Promise<void> {
  const { engine } = useRunStore.getState();
  const { config } = checkDraft(useDraftStore.getState());
  const { train } = lab;
  if (engine === null || config === null || train === null || stopJudging !== null) return;
  const stop = new AbortController();
  stopJudging = stop;
  useReviewStore.setState({ fault: null });
  const judge = { model: config.model, thresholds: thresholdsFor(engine.parameters) };
  act(lab, (review) => judgedBy(review, judge));
  try {
    const { review, corpus } = useReviewStore.getState();
    if (review === null || corpus === null) return;
    const texts = review.passages.map(({ text }) => text);
    const waiting = factsOf(review).filter((fact) => canBeJudged(fact) && !review.scored[fact.id]);
    const began = performance.now();
    const ask = (sittings: readonly OptionSitting[]) =>
      unlessAborted(train.ask("judge", { sittings: [...sittings], config }), stop.signal);
    for (const [done, fact] of waiting.entries()) {
      const perFact = (performance.now() - began) / 1000 / done;
      const secondsLeft = done < TIMED ? null : perFact * (waiting.length - done);
      useReviewStore.setState({ judging: { done, of: waiting.length, secondsLeft } });
      const queries = fact.phrasings.map(({ text }) => text);
      const lists = await lab.retrieval.ask("search", {
        corpus,
        queries,
        retrieval: "bm25",
        k: NEAR,
        tokenBudget: null,
      });
      const found = new Map(queries.map((query, i) => [query, lists[i]!.map(({ index }) => index)]));
      stop.signal.throwIfAborted();
      const scored = await scoreFact(fact, texts, (query) => found.get(query) ?? [], ask, {
        thresholds: judge.thresholds,
        seed: review.seed,
      });
      // A fact that was changed meanwhile waits for the next time.
      const isSame = (now: Review) => factsOf(now).find(({ id }) => id === fact.id) === fact;
      act(lab, (now) => (isSame(now) ? noteScores(now, fact.id, scored) : now));
    }
  } catch (error) {
    if (!stop.signal.aborted) useReviewStore.setState({ fault: says(error) });
  } finally {
    if (stopJudging === stop) stopJudging = null;
    useReviewStore.setState({ judging: null });
  }
}

/** Stops at once; what was judged is kept, and the worker ends the one question it is at. */
export const stopCheck = (): void => stopJudging?.abort();

const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
