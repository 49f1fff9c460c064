/** Progress with the time left: what each kind of work took so far, times what is still to do. */
import type { Progress } from "../core/messages.ts";
import type { Piece } from "./plan.ts";

/** `Progress` as the cycle knows it; whoever owns the run adds its status. */
export type CycleProgress = Omit<Progress, "status">;

const INSTANT: readonly Piece["work"][] = ["reward", "record"]; // no model at work: no time worth counting

export interface Meter {
  /** A piece begins (or goes on, as updates do): `done` of `of` questions or updates are behind it. */
  begin(position: number, done: number, of: number): void;
  /** Within the piece, `done` of `of`. */
  advance(done: number): void;
  /** Tokens that went through the model in this piece. */
  tokens(count: number): void;
  /** The piece is done. */
  end(): void;
}

export function openMeter(
  plan: Piece[],
  now: () => number,
  announce: (progress: CycleProgress) => void,
): Meter {
  const taken = new Map<Piece["work"], { seconds: number; pieces: number }>();
  const cycles = plan.at(-1)!.cycle; // a plan has one evaluation at least
  let position = 0;
  let done = 0;
  let of = 0;
  let since = 0; // ms
  let moved = 0; // tokens
  let tokensPerSecond: number | null = null;

  const secondsLeft = (): number | null => {
    let left = 0;
    for (const { work } of plan.slice(position)) {
      const known = taken.get(work);
      if (known !== undefined) left += known.seconds / known.pieces;
      else if (!INSTANT.includes(work)) return null;
    }
    const piece = plan[position]!;
    const known = taken.get(piece.work);
    const behind = known === undefined ? 0 : known.seconds / known.pieces;
    return Math.max(0, left - Math.min(behind, (now() - since) / 1000));
  };
  const report = (): void => {
    const { phase, cycle } = plan[position]!;
    announce({ phase, cycle, cycles, done, of, secondsLeft: secondsLeft(), tokensPerSecond });
  };
  return {
    begin(at, from, total) {
      [position, done, of, since, moved] = [at, from, total, now(), 0];
      report();
    },
    advance(count) {
      done = count;
      report();
    },
    tokens(count) {
      moved += count;
    },
    end() {
      const seconds = (now() - since) / 1000;
      const { work } = plan[position]!;
      const known = taken.get(work) ?? { seconds: 0, pieces: 0 };
      taken.set(work, { seconds: known.seconds + seconds, pieces: known.pieces + 1 });
      if (moved > 0 && seconds > 0) tokensPerSecond = moved / seconds;
    },
  };
}
