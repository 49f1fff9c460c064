/** One metric over the updates: raw faint, smoothed on top, its value as a number: the latest, or where somebody looks. */
import { type ReactNode, useMemo } from "react";
import { compact } from "../format.ts";
import { Frame, type Together } from "./Frame.tsx";
import type { Axis, Plane } from "./plane.ts";
import { linePath, type Point, smooth, thin } from "./scale.ts";

export interface SmallChartProps {
  title: string;
  says: string; // what the number is, for those who ask
  values: readonly (number | null)[]; // one per update or test, null where it was not measured
  say?: (value: number | null | undefined) => string; // three digits of anything, where it says nothing
  tone: "plain" | "reward" | "open" | "closed" | "elsewhere";
  together: Together; // with the others of its grid: a column is an update or a test
}

const HEIGHT = 46;
const KEEP = 0.8; // of the moving average
const MOST_POINTS = 300;

const bare = (domain: Axis["domain"]): Axis => ({ domain, ticks: () => [], title: null });

export function SmallChart({
  title,
  says,
  values,
  tone,
  say = compact,
  together,
}: SmallChartProps): ReactNode {
  const { known, spots } = useMemo(() => {
    const known = values.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
    const averaged = smooth(
      known.map((k) => k.value),
      KEEP,
    );
    const spots = thin(
      known.map((k, i) => ({ ...k, average: averaged[i]! })),
      MOST_POINTS,
    );
    return { known, spots };
  }, [values]);
  const columns = useMemo(() => values.map((_, i) => i), [values]);
  const all = spots.map((s) => s.value);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const noisy = known.length > 12;
  const now = say(known.at(-1)?.value);
  const span = known.length > 1 ? `, from ${say(known[0]?.value)}, between ${say(low)} and ${say(high)}` : "";
  const looked = together.looked?.column;
  const shown = looked === undefined || looked >= values.length ? now : say(values[looked]);

  const marks = ({ x, y, width }: Plane) => {
    const line = (of: "value" | "average") => linePath(spots.map((s): Point => [x(s.at), y(s[of])]));
    return (
      <>
        {spots.length === 0 && <line className="grid" x1="0" x2={width} y1={HEIGHT - 3} y2={HEIGHT - 3} />}
        {spots.length === 1 && <circle cx={x(spots[0]!.at)} cy={y(spots[0]!.value)} r="2.5" />}
        {noisy && <path className="raw" d={line("value")} />}
        <path d={line(noisy ? "average" : "value")} />
      </>
    );
  };
  return (
    <Frame
      className={`small tone-${tone}`}
      title={title}
      heading={
        <>
          {title} <b>{shown}</b>
        </>
      }
      hint={says}
      says={`${title}: now ${now}${span}`}
      x={bare([0, Math.max(1, values.length - 1)])}
      y={bare(spots.length === 0 ? [0, 1] : low === high ? [low - 1, low + 1] : [low, high])}
      height={() => HEIGHT}
      margins={() => ({ left: 1, right: 1, top: 3, bottom: 3 })}
      walk={{ columns }}
      together={together}
    >
      {marks}
    </Frame>
  );
}
