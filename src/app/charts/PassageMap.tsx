/**
 * Passages by their vectors on two principal components, and questions among them; lines lead from the one that was asked
 * to what a search really found, with its rank.
 */
import { type ReactNode, useMemo } from "react";
import { type Places, placedTogether } from "../../core/pca.ts";
import type { PassageVectors } from "../corpora.ts";
import { fixed } from "../format.ts";
import { Frame } from "./Frame.tsx";
import type { Axis, Plane } from "./plane.ts";

export interface LitPassage {
  index: number;
  score: number;
}

export interface MapQuestion {
  text: string;
  learnt: number | null | undefined; // since which cycle it is right, closed book; null: it is not; undefined: not known
  lit: readonly LitPassage[] | null; // what was found for it, where it is the one asked
}

export interface PassageMapProps {
  passages: PassageVectors;
  questions: readonly MapQuestion[];
  vectors: Float32Array; // of the questions, (questions, dimension)
  lit: readonly LitPassage[]; // found, whether or not the question has a place
  placed: { places: Places; others: Places } | null; // where all lie; null: on the principal components
  cycles: number; // the last one, of `learnt`
  onPick(question: number): void;
}

export function PassageMap({
  passages,
  questions,
  vectors,
  lit,
  placed,
  cycles,
  onPick,
}: PassageMapProps): ReactNode {
  const { names, dimension } = passages;
  const stops = useMemo(() => {
    const { places, others } = placed ?? placedTogether(passages.vectors, vectors, dimension);
    const count = vectors.length / dimension; // places come later than vectors, and may be of one question more
    const known = (q: number) => vectors.subarray(q * dimension, (q + 1) * dimension).some((v) => v !== 0);
    return [
      ...[...places.x].map((x, index) => ({
        x,
        y: places.y[index]!,
        index,
        question: null as number | null,
      })),
      ...[...others.x].flatMap((x, question) =>
        question < count && known(question)
          ? [{ x, y: others.y[question]!, index: -1, question: question as number | null }]
          : [],
      ),
    ].sort((a, b) => a.x - b.x);
  }, [passages, vectors, placed, dimension]);
  const rank = new Map(lit.map(({ index }, i) => [index, i + 1]));
  const asked = questions.findIndex((question) => question.lit !== null);
  const from = stops.find((stop) => stop.question === asked);
  const says =
    lit.length === 0
      ? `${names.length} passages; those that say alike things lie near each other.`
      : `Found: ${lit.map(({ index }, i) => `${i + 1}. ${names[index]}`).join("; ")}.`;

  const marks = ({ x, y, looked }: Plane) => (
    <>
      {from &&
        stops
          .filter(({ index }) => rank.has(index))
          .map((to) => (
            <line
              key={to.index}
              className="map-line"
              x1={x(from.x)}
              y1={y(from.y)}
              x2={x(to.x)}
              y2={y(to.y)}
            />
          ))}
      {stops.map((stop, i) => {
        const [cx, cy, isLooked] = [x(stop.x), y(stop.y), looked?.column === i];
        if (stop.question !== null) {
          const size = stop.question === asked ? 7 : isLooked ? 6 : 4;
          const { learnt } = questions[stop.question]!;
          return (
            <path
              key={`q${stop.question}`}
              className={`map-question${learnt == null ? " unlearnt" : ""}`}
              fillOpacity={learnt == null ? 0 : freshness(learnt, cycles)}
              d={`M${cx} ${cy - size}L${cx + size} ${cy}L${cx} ${cy + size}L${cx - size} ${cy}Z`}
            />
          );
        }
        const at = rank.get(stop.index);
        return (
          <g key={stop.index}>
            <circle
              className={at === undefined ? "map-unlit" : "map-lit"}
              cx={cx}
              cy={cy}
              r={at !== undefined ? 7 : isLooked ? 6 : 3.5}
            />
            {at !== undefined && (
              <text className="map-rank" x={cx + 10} y={cy + 5}>
                {at}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
  return (
    <Frame
      className="passage-map"
      title="Map of the passages"
      says={says}
      x={span(stops.map((p) => p.x))}
      y={span(stops.map((p) => p.y))}
      height={(width) => Math.min(420, Math.max(240, width * 0.5))}
      margins={() => ({ left: 16, right: 28, top: 16, bottom: 16 })}
      walk={{
        columns: stops.map((p) => p.x),
        heights: stops.map((p) => p.y),
        pick({ column }) {
          const { question } = stops[column]!;
          if (question !== null) onPick(question);
        },
      }}
      reading={({ column }) => {
        const { index, question } = stops[column]!;
        if (question !== null) {
          const { text, learnt } = questions[question]!;
          return (
            <>
              {text} <span className="closed">{learntWords(learnt)}</span>
            </>
          );
        }
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
      caption={`${says} ${placed ? "UMAP of the passages’ vectors: distances on it lie" : "Two principal components of the passages’ vectors"}; what a search finds is decided in all dimensions and by words.`}
    >
      {marks}
    </Frame>
  );
}

/** The earlier it was learnt, the fuller: 1 from the start, 0.25 at the last cycle. */
export const freshness = (learnt: number, cycles: number): number =>
  1 - (0.75 * learnt) / Math.max(1, cycles);

function learntWords(learnt: number | null | undefined): string {
  if (learnt === undefined) return "";
  if (learnt === null) return "· not known closed book";
  return learnt === 0 ? "· known from the start" : `· learnt in cycle ${learnt}`;
}

function span(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { domain: low < high ? [low, high] : [low - 1, low + 1], ticks: () => [], title: null };
}
