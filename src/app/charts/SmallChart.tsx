/** One metric over the updates: raw faint, smoothed on top, the latest value as a number. */
import { type ReactNode, useRef } from "react";
import { useWidth } from "../components/useWidth.ts";
import { compact } from "../format.ts";
import { linear, linePath, type Point, smooth, thin } from "./scale.ts";

export interface SmallChartProps {
  title: string;
  says: string; // what the number is, for those who ask
  values: readonly (number | null)[]; // one per update or test, null where it was not measured
  say?: (value: number | null | undefined) => string; // three digits of anything, where it says nothing
  tone: "plain" | "reward" | "open" | "closed" | "elsewhere";
}

const HEIGHT = 46;
const KEEP = 0.8; // of the moving average
const MOST_POINTS = 300;

export function SmallChart({ title, says, values, tone, say = compact }: SmallChartProps): ReactNode {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame, 160);
  const known = values.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
  const averaged = smooth(
    known.map((k) => k.value),
    KEEP,
  );
  const spots = thin(
    known.map((k, i) => ({ ...k, average: averaged[i]! })),
    MOST_POINTS,
  );
  const all = spots.map((s) => s.value);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const x = linear([0, Math.max(1, values.length - 1)], [1, width - 1]);
  const y = linear(low === high ? [low - 1, low + 1] : [low, high], [HEIGHT - 3, 3]);
  const line = (of: "value" | "average") => linePath(spots.map((s): Point => [x(s.at), y(s[of])]));
  const noisy = known.length > 12;
  const now = say(known.at(-1)?.value);
  const span = known.length > 1 ? `, from ${say(known[0]?.value)}, between ${say(low)} and ${say(high)}` : "";

  return (
    <figure ref={frame} className={`small tone-${tone}`} title={says}>
      <figcaption>
        {title} <b>{now}</b>
      </figcaption>
      <svg
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`${title}: now ${now}${span}`}
      >
        {spots.length === 0 && <line className="grid" x1="0" x2={width} y1={HEIGHT - 3} y2={HEIGHT - 3} />}
        {spots.length === 1 && <circle cx={x(spots[0]!.at)} cy={y(spots[0]!.value)} r="2.5" />}
        {noisy && <path className="raw" d={line("value")} />}
        <path d={line(noisy ? "average" : "value")} />
      </svg>
    </figure>
  );
}
