/** Passages by their vectors on two principal components; those that a question really found are lit, with their rank. */
import { type ReactNode, useMemo } from "react";
import { twoComponents } from "../../core/pca.ts";
import type { PassageVectors } from "../corpora.ts";
import { fixed } from "../format.ts";
import { Frame } from "./Frame.tsx";
import type { Axis, Plane } from "./plane.ts";

export interface LitPassage {
  index: number;
  score: number;
}

export function PassageMap({
  passages,
  lit,
}: {
  passages: PassageVectors;
  lit: readonly LitPassage[];
}): ReactNode {
  const { names } = passages;
  const places = useMemo(() => {
    const { x, y } = twoComponents(passages.vectors, passages.dimension);
    return [...x].map((at, index) => ({ x: at, y: y[index]!, index })).sort((a, b) => a.x - b.x);
  }, [passages]);
  const rank = new Map(lit.map(({ index }, i) => [index, i + 1]));
  const says =
    lit.length === 0
      ? `${names.length} passages; those that say alike things lie near each other.`
      : `Found: ${lit.map(({ index }, i) => `${i + 1}. ${names[index]}`).join("; ")}.`;
  const marks = ({ x, y, looked }: Plane) =>
    places.map((p, i) => {
      const at = rank.get(p.index);
      return (
        <g key={p.index}>
          <circle
            className={at === undefined ? "map-unlit" : "map-lit"}
            cx={x(p.x)}
            cy={y(p.y)}
            r={at !== undefined ? 7 : looked?.column === i ? 6 : 3.5}
          />
          {at !== undefined && (
            <text className="map-rank" x={x(p.x) + 10} y={y(p.y) + 5}>
              {at}
            </text>
          )}
        </g>
      );
    });
  return (
    <Frame
      className="passage-map"
      title="Map of the passages"
      says={says}
      x={span(places.map((p) => p.x))}
      y={span(places.map((p) => p.y))}
      height={(width) => Math.min(420, Math.max(240, width * 0.5))}
      margins={() => ({ left: 16, right: 28, top: 16, bottom: 16 })}
      walk={{ columns: places.map((p) => p.x), heights: places.map((p) => p.y) }}
      reading={({ column }) => {
        const { index } = places[column]!;
        const at = lit.find((l) => l.index === index);
        return (
          <>
            {names[index]}
            {at && (
              <span className="open">
                {" "}
                · found as number <b>{rank.get(index)}</b>, score {fixed(at.score, 3)}
              </span>
            )}
          </>
        );
      }}
      caption={`${says} Two principal components of the passages’ vectors; what a search finds is decided in all dimensions and by words.`}
    >
      {marks}
    </Frame>
  );
}

function span(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { domain: low < high ? [low, high] : [low - 1, low + 1], ticks: () => [], title: null };
}
