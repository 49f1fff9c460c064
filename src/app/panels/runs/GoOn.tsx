/** More cycles for a finished run, and what its learning rate does then. */
import { type ReactNode, useId, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import { ratesAround } from "../../../core/schedule.ts";
import { plural } from "../../format.ts";

export function GoOn({ config, onGo }: { config: RunConfig; onGo(more: number): void }): ReactNode {
  const id = useId();
  const [typed, setTyped] = useState("4");
  const more = Number(typed);
  const right = Number.isInteger(more) && more >= 1 && more <= 1000;
  return (
    <form
      className="go-on"
      onSubmit={(event) => {
        event.preventDefault();
        if (right) onGo(more);
      }}
    >
      <button type="submit" className="link" disabled={!right}>
        Go on
      </button>{" "}
      for{" "}
      <label htmlFor={id} className="hidden">
        How many more cycles
      </label>
      <input id={id} inputMode="numeric" size={3} value={typed} onChange={(e) => setTyped(e.target.value)} />{" "}
      more {right ? plural(more, "cycle") : "cycles"}.{" "}
      <small>{right ? sayRates(config, more) : "A whole number from 1 to 1000."}</small>
    </form>
  );
}

/** What happens to the learning rate, with both numbers. */
export function sayRates(config: RunConfig, more: number): string {
  const [before, after] = ratesAround(config, more);
  const all = config.cycles + more;
  return before === after && config.retain_cycles === 0
    ? `The learning rate stays at ${rate(after)}: it comes to what a run of ${all} cycles from the start comes to.`
    : `The learning rate was ${rate(before)} at the end; it goes on at ${rate(after)}, as in a run planned for ${all} cycles, up to cycle ${all}. A run of ${all} cycles from the start would have come another way.`;
}

/** Two significant digits, without an exponent. */
const rate = (x: number): string => String(Number(x.toPrecision(2)));
