/**
 * A chart as a figure that stands alone: its styles written into it, a title above and a caption below, texts kept as text.
 * It is drawn in the light theme whatever the page's is: figures go on paper.
 */
import { LabError } from "../../core/errors.ts";

export interface Figure {
  text: string; // an SVG document
  width: number; // px
  height: number;
}

const PAD = 16; // px
const TITLE = 17; // px of its type, as is the next
const CAPTION = 13;
const LEADING = 1.4;

/** What of a computed style makes the picture, and what it is where nothing says otherwise, which is not written. */
const DRAWN: Readonly<Record<string, string>> = {
  fill: "rgb(0, 0, 0)",
  "fill-opacity": "1",
  stroke: "none",
  "stroke-width": "1px",
  "stroke-dasharray": "none",
  "stroke-linejoin": "miter",
  "stroke-linecap": "butt",
  "stroke-opacity": "1",
  opacity: "1",
  "paint-order": "normal",
};
const WRITTEN: Readonly<Record<string, string>> = {
  "font-family": "",
  "font-size": "",
  "font-weight": "400",
  "text-anchor": "start",
};

/** @param chart the element round the chart, whose first picture is taken */
export function figureSvg(chart: HTMLElement, title: string, caption: string): Figure {
  const light = document.createElement("div");
  light.dataset.theme = "light";
  Object.assign(light.style, { position: "absolute", left: "-10000px", top: "0" }); // the page's policy refuses the attribute
  const copy = chart.cloneNode(true) as HTMLElement;
  light.append(copy);
  document.body.append(light);
  try {
    const svg = copy.querySelector<SVGSVGElement>("svg[role=img]");
    if (svg === null) throw new LabError("not-found", "this chart has no picture to take");
    const [, , width = 0, height = 0] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
    for (const hair of svg.querySelectorAll(".hair")) hair.remove();
    // All are read before any is written: a style may hang on the class of an element above.
    const drawn = [...svg.querySelectorAll<SVGElement>("line, path, circle, rect, text")].map(readStyle);
    for (const element of svg.querySelectorAll("[class], [style]")) {
      element.removeAttribute("class");
      element.removeAttribute("style");
    }
    for (const { element, style } of drawn)
      for (const [name, value] of Object.entries(style)) element.setAttribute(name, value);
    const root = getComputedStyle(document.documentElement);
    const sans = root.getPropertyValue("--sans") || "sans-serif";
    const lines = wrapped(caption, Math.floor((width - 2 * PAD) / (CAPTION * 0.5)));
    const above = PAD + TITLE * LEADING;
    const below = lines.length * CAPTION * LEADING + PAD;
    const whole = { width, height: Math.ceil(above + height + below) };
    const line = (text: string, y: number, size: number, weight: number, colour: string) =>
      `<text x="${PAD}" y="${y.toFixed(1)}" font-family="${escaped(sans)}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escaped(text)}</text>`;
    const parts = [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}" viewBox="0 0 ${whole.width} ${whole.height}" role="img">`,
      `<title>${escaped(title)}</title>`,
      `<desc>${escaped(svg.getAttribute("aria-label") ?? "")}</desc>`,
      `<rect width="${whole.width}" height="${whole.height}" fill="#ffffff"/>`,
      line(title, PAD + TITLE, TITLE, 600, "#1f1d1a"),
      `<g transform="translate(0 ${above.toFixed(1)})">${new XMLSerializer().serializeToString(svg).replace(/^<svg[^>]*>|<\/svg>$/g, "")}</g>`,
      ...lines.map((text, i) =>
        line(text, above + height + (i + 1) * CAPTION * LEADING, CAPTION, 400, "#5a554d"),
      ),
      "</svg>",
    ];
    return { text: parts.join("\n"), ...whole };
  } finally {
    light.remove();
  }
}

function readStyle(element: SVGElement): { element: SVGElement; style: Record<string, string> } {
  const computed = getComputedStyle(element);
  const names = element.tagName === "text" ? { ...DRAWN, ...WRITTEN } : DRAWN;
  const style: Record<string, string> = {};
  for (const [name, usual] of Object.entries(names)) {
    const value = computed.getPropertyValue(name);
    if (value !== "" && value !== usual) style[name] = name === "stroke" ? paperWhite(value, element) : value;
  }
  return { element, style };
}

/** A text's halo is the page's paper; a figure's paper is white. */
const paperWhite = (value: string, element: Element): string =>
  element.tagName === "text" && value !== "none" ? "#ffffff" : value;

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** Lines of at most `most` characters, cut between words. */
export function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const PIXELS = 2; // per px

/** The figure as pixels, twice as fine. @throws LabError unexpected where the browser cannot draw it */
export async function figurePng({ text, width, height }: Figure): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * PIXELS, height * PIXELS];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob((blob) =>
        blob === null
          ? reject(new Error("the browser could not draw this figure: take it as SVG"))
          : resolve(blob),
      ),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
