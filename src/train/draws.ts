/** What comes in an update, place by place of its batch: visits, retained rows and chains, all drawn by seed and update alone. */
import type { RunConfig } from "../core/config.ts";
import { taughtUpdates } from "../core/schedule.ts";
import { drawChains } from "./chains.ts";
import { batchAt } from "./order.ts";
import { drawRetained, type KeptRow } from "./retention.ts";
import { type Asked, drawVisit } from "./visit.ts";

/** A place of an update's batch. */
export interface Place {
  question: number; // index into train
  visits: Asked[]; // its forms, each in words of its own drawing; none where nothing is taught any more
  kept: KeptRow[];
  chains: number[]; // indices into the run's chains
}

/** What is drawn from. */
export interface Urn {
  config: RunConfig;
  wordings: readonly number[][]; // per training question the indices of its views
  chains: number; // there are so many
  foreign: number | null; // so many foreign questions; null: the run keeps its own
}

/** The places of update `update`, from 0 over the run. */
export function drawUpdate({ config, wordings, chains, foreign }: Urn, update: number): Place[] {
  const teaches = update < taughtUpdates(config);
  const places = batchAt(update, wordings.length, config).map(
    (question, place): Place => ({
      question,
      visits: teaches ? drawVisit({ config, wordings, update }, question, place) : [],
      kept: [],
      chains: [],
    }),
  );
  const retained = drawRetained(config, update, places.length, teaches ? config.retain_share : 1);
  for (const { place, form, foreign: at } of retained) {
    const { question, kept } = places[place]!;
    const row = foreign === null ? question : Math.floor(at * foreign);
    // The expected loss of a visit is λ·KL, however large the share of visits that bring a row.
    kept.push({ form, row, slope: (-config.retain * places.length) / retained.length });
  }
  if (teaches)
    for (const { chain, place } of drawChains(config, update, chains, places.length))
      places[place]!.chains.push(chain);
  return places;
}
