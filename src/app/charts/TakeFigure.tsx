/** A chart as a file: vector for print, pixels for slides. */
import { type ReactNode, type RefObject, useState } from "react";
import { download, fileName } from "../download.ts";
import { figurePng, figureSvg } from "./figure.ts";

export interface TakeFigureProps {
  frame: RefObject<HTMLElement | null>;
  title: string;
  caption: string;
}

export function TakeFigure({ frame, title, caption }: TakeFigureProps): ReactNode {
  const [fault, setFault] = useState<string | null>(null);
  const take = async (form: "svg" | "png") => {
    if (frame.current === null) return;
    setFault(null);
    try {
      const svg = figureSvg(frame.current, title, caption);
      if (form === "svg") download(fileName(title, "svg"), "image/svg+xml", svg.text);
      else download(fileName(title, "png"), "image/png", await figurePng(svg));
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <p className="take-figure">
      {fault !== null && <span role="alert">{fault} </span>}
      {(["svg", "png"] as const).map((form) => (
        <button key={form} type="button" className="link" onClick={() => void take(form)}>
          {form.toUpperCase()}
          <span className="hidden"> of {title}</span>
        </button>
      ))}
    </p>
  );
}
