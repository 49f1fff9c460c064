/**
 * What every chart has in common: axes, scales, what is looked at (by pointer, or by arrow keys and told aloud), a table
 * twin, and a way out as a figure. The marks are the caller's: a function from the plane to SVG.
 */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useRef, useState } from "react";
import { useWidth } from "../components/useWidth.ts";
import {
  type Axis,
  type Cursor,
  type Margins,
  NARROW,
  type Plane,
  stepped,
  stopAt,
  type Walk,
} from "./plane.ts";
import { linear } from "./scale.ts";
import { TableTwin, type Twin } from "./TableTwin.tsx";
import { TakeFigure } from "./TakeFigure.tsx";

export interface FrameProps {
  title: string; // of the figure and its files
  says: string; // the picture in words, for those who do not see it
  x: Axis;
  y: Axis;
  height(width: number, narrow: boolean): number;
  margins(narrow: boolean): Margins;
  walk: Walk;
  reading?(cursor: Cursor): ReactNode; // what stands at a stop, shown beside the pointer and told to who walks by keys
  together?: Together; // of charts that are walked as one
  heading?: ReactNode; // that is seen; the title is for those who do not see it otherwise
  hint?: string; // what it shows, for those who ask
  children(plane: Plane): ReactNode;
  twin?: Twin;
  caption?: string; // under a figure that leaves; without it none is offered
  className?: string;
}

/** Charts over the same steps: what is looked at in one is looked at in all. Who holds this brings the keys and the words. */
export interface Together {
  looked: Cursor | null;
  look(cursor: Cursor | null): void;
}

const TICK_PX = 44; // apart at least

export function Frame(props: FrameProps): ReactNode {
  const { title, says, walk, reading, twin, caption, together } = props;
  const frame = useRef<HTMLElement>(null);
  const label = useId();
  const width = useWidth(frame, 720);
  const [own, setOwn] = useState<Cursor | null>(null);
  const [byKeys, setByKeys] = useState(false);
  const [looked, setLooked] = together ? [together.looked, together.look] : [own, setOwn];

  const narrow = width < NARROW;
  const height = props.height(width, narrow);
  const margins = props.margins(narrow);
  const [left, right] = [margins.left, width - margins.right];
  const [top, bottom] = [margins.top, height - margins.bottom];
  const x = linear(props.x.domain, [left, right]);
  const y = linear(props.y.domain, [bottom, top]);
  // Data may have shrunk since.
  const stop =
    looked && looked.column < walk.columns.length && looked.row < (walk.rows?.length ?? 1) ? looked : null;
  const plane: Plane = { x, y, left, right, top, bottom, width, height, narrow, looked: stop };

  const look = (event: PointerEvent<SVGSVGElement>): Cursor | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = event.clientX - box.left;
    const found = at < right + 20 ? stopAt(walk, plane, at, event.clientY - box.top) : null;
    setByKeys(false);
    setLooked(found);
    return found;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = stepped(walk, stop, event.key);
    if (next !== null) {
      setByKeys(true);
      setLooked(next);
    } else if (event.key === "Enter" && stop !== null && walk.pick) walk.pick(stop);
    else if (event.key === "Escape" && stop !== null) setLooked(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <figure
      ref={frame}
      className={`chart ${props.className ?? ""}`}
      aria-labelledby={label}
      title={props.hint}
    >
      <figcaption id={label} className={props.heading ? undefined : "hidden"}>
        {props.heading ?? title}
      </figcaption>
      {!together && walk.columns.length > 0 && (
        <input
          type="range"
          className="hidden stops"
          aria-label={`${title}: walk with the arrow keys`}
          min={0}
          max={walk.columns.length - 1}
          value={stop?.column ?? 0}
          readOnly
          onKeyDown={onKeyDown}
          onBlur={() => setLooked(null)}
        />
      )}
      <svg
        width="100%"
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={says}
        className={walk.pick ? "picked" : undefined}
        onPointerMove={look}
        onPointerLeave={() => setLooked(null)}
        onPointerUp={(event) => {
          const at = walk.pick && event.button === 0 ? look(event) : null;
          if (at !== null) walk.pick?.(at);
        }}
      >
        {props.y.ticks(Math.max(2, Math.floor((bottom - top) / TICK_PX))).map(({ at, says: tick }) => (
          <g key={at}>
            <line className="grid" x1={left} x2={right} y1={y(at)} y2={y(at)} />
            <text x={left - 8} y={y(at) + 4} textAnchor="end">
              {tick}
            </text>
          </g>
        ))}
        {props.x.ticks(Math.max(3, Math.floor((right - left) / TICK_PX))).map(({ at, says: tick }) => (
          <text key={at} x={x(at)} y={bottom + 22} textAnchor="middle">
            {tick}
          </text>
        ))}
        {props.x.title !== null && (
          <text x={(left + right) / 2} y={height - 3} textAnchor="middle">
            {props.x.title}
          </text>
        )}
        {stop && !walk.rows && !walk.heights && (
          <line
            className="hair"
            x1={x(walk.columns[stop.column]!)}
            x2={x(walk.columns[stop.column]!)}
            y1={top}
            y2={bottom}
          />
        )}
        {props.children(plane)}
      </svg>
      {reading && stop && (
        <p
          className="readout"
          aria-hidden="true"
          style={walk.rows && { top: Math.max(0, y(walk.rows[stop.row]!) - 34) }}
        >
          {reading(stop)}
        </p>
      )}
      {reading && (
        <p className="hidden" aria-live="polite">
          {byKeys && stop && reading(stop)}
        </p>
      )}
      {(twin || caption !== undefined) && (
        <div className="chart-foot">
          {twin && <TableTwin {...twin} />}
          {caption !== undefined && <TakeFigure frame={frame} title={title} caption={caption} />}
        </div>
      )}
    </figure>
  );
}
