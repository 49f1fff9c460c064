/** How much of the gap each reported run won back, a dot a run; the table of reports has the numbers by name. */
import type { ReactNode } from "react";
import { Frame } from "../../../charts/Frame.tsx";
import type { Plane } from "../../../charts/plane.ts";
import { integer, percent, plural } from "../../../format.ts";
import type { Reported } from "./summary.ts";

const [HIGH, MARGIN] = [64, 26]; // px: of the dots, and below them
const MOST_APART = 9; // px from dot to dot

export function RecoveredPlot({ class_ }: { class_: readonly Reported[] }): ReactNode {
  const told = class_.flatMap(({ recovered }) => (recovered === null ? [] : [recovered]));
  const shares = [...new Set(told)].sort((a, b) => a - b);
  if (shares.length === 0) return null;
  const [least, most] = [shares[0]!, shares.at(-1)!];
  if (shares.length === 1)
    return (
      <p>
        <b>Gap won back</b>: {percent(least)} in {told.length === 1 ? "the one report" : "every report"} that
        tells it.
      </p>
    );
  const middle = [...told].sort((a, b) => a - b)[Math.floor(told.length / 2)]!;
  const count = shares.map((share) => told.filter((one) => one === share).length);
  const apart = Math.min(MOST_APART, (HIGH - 10) / Math.max(...count));
  const says = `From ${percent(least)} to ${percent(most)}, the middle one ${percent(middle)}.`;
  return (
    <Frame
      className="class-dots"
      title="Gap won back"
      heading={
        <>
          <b>Gap won back</b>, a dot a report: from {percent(least)} to {percent(most)}, the middle one{" "}
          {percent(middle)}
        </>
      }
      says={says}
      x={{
        domain: [Math.min(-0.02, least), Math.max(1.02, most)],
        ticks: () => [0, 0.5, 1].map((at) => ({ at, says: percent(at) })),
        title: null,
      }}
      y={{ domain: [0, 1], ticks: () => [], title: null }}
      height={() => HIGH + MARGIN}
      margins={() => ({ left: 14, right: 24, top: 4, bottom: MARGIN })}
      walk={{ columns: shares }}
      reading={({ column }) =>
        `${percent(shares[column])}: ${integer(count[column])} ${plural(count[column]!, "report")}`
      }
      caption={`A dot a report. ${says}`}
    >
      {({ x, bottom, left, right }: Plane) => (
        <>
          <line className="grid" x1={left} x2={right} y1={bottom} y2={bottom} />
          {shares.flatMap((share, i) =>
            Array.from({ length: count[i]! }, (_, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a dot is its place
              <circle key={`${share} ${n}`} cx={x(share)} cy={bottom - 6 - n * apart} r={4} />
            )),
          )}
        </>
      )}
    </Frame>
  );
}
