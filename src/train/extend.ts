/** A finished run that goes on for more cycles, as if it had been planned for them; what its schedule does then is kept. */
import type { RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import type { Extension } from "../core/run.ts";
import { ratesAround } from "../core/schedule.ts";
import { planRun } from "./plan.ts";
import type { CycleState } from "./state.ts";

export interface Extended {
  config: RunConfig;
  state: CycleState;
  extension: Extension;
}

/**
 * @param more cycles, from 1
 * @throws LabError bad-config where the run is not at its end, or its halves would be cut anew
 */
export function extend(config: RunConfig, state: CycleState, more: number, hasTwoHop: boolean): Extended {
  if (!Number.isInteger(more) || more < 1)
    throw new LabError("bad-config", `a run goes on for an integer ≥ 1 of cycles, got ${more}`);
  const planned = planRun(config, hasTwoHop).length;
  if (state.position !== planned)
    throw new LabError(
      "bad-config",
      `the run has done ${state.position} of ${planned} pieces of work: let it finish before it is told to go on`,
    );
  if (config.objective === "cpt+sft" && more >= config.cycles)
    throw new LabError(
      "bad-config",
      `cpt+sft reads in the first half of its updates and answers in the second: a run of ${config.cycles} cycles can go on for ${config.cycles - 1} at most, asked were ${more}. Start a longer run instead`,
    );
  const longer = { ...config, cycles: config.cycles + more };
  const position = planRun(longer, hasTwoHop).findIndex(({ cycle }) => cycle > config.cycles);
  return {
    config: longer,
    state: { ...state, position },
    extension: { cycles: config.cycles, updates: state.updates, learning_rate: ratesAround(config, more) },
  };
}
