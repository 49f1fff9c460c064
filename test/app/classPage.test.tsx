/** The class page by itself: links that bring a code, lines said twice, the lines that stay, and the QR code that a camera reads. */
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import axe from "axe-core";
import jsQR from "jsqr";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ClassCode } from "../../src/app/panels/lessons/class/ClassCode.tsx";
import { ClassPage } from "../../src/app/panels/lessons/class/ClassPage.tsx";
import { layOut } from "../../src/app/panels/lessons/class/ClassPlot.tsx";
import { qrPath, qrText } from "../../src/app/panels/lessons/class/ClassQr.tsx";
import { useClassStore } from "../../src/app/panels/lessons/class/classStore.ts";
import { type ClassResult, encodeResult } from "../../src/app/panels/lessons/class/code.ts";
import { LESSONS } from "../../src/app/panels/lessons/lessons.ts";

const RESULT: ClassResult = {
  lesson: "gap",
  predicted: [2, 0, 1],
  happened: [2, 1, 1],
  recovered: 0.63,
  closed: 0.64,
  settings: "0a",
};
const CODE = encodeResult(RESULT);
const OTHER = encodeResult({ ...RESULT, predicted: [0, 1, 1], recovered: 0.4 });

const open = (hash = "#/lesson/class") => {
  window.location.hash = hash;
  render(
    <main>
      <ClassPage lessons={LESSONS} runs={[]} />
    </main>,
  );
};
const lines = () => (screen.getByRole("textbox", { name: "Codes" }) as HTMLTextAreaElement).value;
const status = () => screen.getByRole("status").textContent;
const who = () =>
  within(screen.getByRole("region", { name: "Reports" }))
    .getAllByRole("row")
    .slice(1)
    .map((row) => row.firstChild!.textContent);

beforeEach(() => useClassStore.setState({ text: "" }));
afterEach(() => {
  cleanup();
  window.location.hash = "";
});

test("a link adds its code once, and the address is without it after: a reload adds nothing", () => {
  useClassStore.setState({ text: `Anna: ${OTHER}\n` });
  open(`#/lesson/class?add=${CODE.replaceAll(" ", "-")}`);
  expect(lines()).toBe(`Anna: ${OTHER}\n${CODE}\n`);
  expect(status()).toBe("Added as line 2. Write a name before it, if you like.");
  expect(window.location.hash).toBe("#/lesson/class");
  cleanup();
  open();
  expect(lines()).toBe(`Anna: ${OTHER}\n${CODE}\n`);
  expect(status()).toBe("2 of 2 lines counted. ");
  cleanup();
  open(`#/lesson/class?add=${CODE.replaceAll(" ", "%20")}`);
  expect(status()).toMatch(
    /^Added as line 3\. Line 2 has the same words: two who predicted the same have them/,
  );
  expect(who()).toEqual(["Anna", "line 2", "line 3"]);
});

test("a link whose code is damaged adds nothing and says what is wrong with it", () => {
  open(`#/lesson/class?add=${CODE.replaceAll(" ", "-").slice(0, -1)}`);
  expect(lines()).toBe("");
  expect(status()).toMatch(/^The link’s code was not added\. “\w+” is no word of the list\. Is it “\w+”\?$/);
});

test("a line put in twice counts once and is named; another report of the same name counts, and is named too", () => {
  useClassStore.setState({
    text: [`Anna: ${CODE}`, `ANNA: ${CODE}`, `Anna ${OTHER}`, CODE, CODE].join("\n"),
  });
  open();
  expect(who()).toEqual(["Anna", "Anna", "line 4", "line 5"]);
  const notes = within(screen.getByRole("list", { name: "Remarks" })).getAllByRole("listitem");
  expect(notes.map((note) => note.textContent)).toEqual([
    "Line 2 says what line 1 says, of ANNA: it counts once.",
    "Anna reports “What the gap is” on line 1 and otherwise on line 3: both count.",
  ]);
});

test("lines stay in this browser until they are cleared, and another tab's are heard", async () => {
  open();
  fireEvent.change(screen.getByRole("textbox"), { target: { value: `Ben: ${CODE}` } });
  const stored = () => JSON.parse(localStorage.getItem("closed-book-class")!).state.text;
  expect(stored()).toBe(`Ben: ${CODE}`);
  localStorage.setItem(
    "closed-book-class",
    JSON.stringify({ state: { text: `Cleo: ${OTHER}` }, version: 1 }),
  );
  await act(async () => void window.dispatchEvent(new StorageEvent("storage", { key: "closed-book-class" })));
  expect(who()).toEqual(["Cleo"]);
  fireEvent.click(screen.getByRole("button", { name: "Clear of codes" }));
  expect(lines()).not.toBe("");
  fireEvent.click(screen.getByRole("button", { name: "Clear all lines? of codes" }));
  expect([lines(), stored()]).toEqual(["", ""]);
  expect((await axe.run(document.body)).violations).toEqual([]);
});

test("shares that differ are dots of one plot, stacked where they are equal", async () => {
  useClassStore.setState({ text: [CODE, CODE, OTHER].join("\n") });
  open();
  const plot = screen.getByRole("figure", { name: /^Gap won back.*from 40 % to 63 %, the middle one 63 %/ });
  const dots = [...plot.querySelectorAll("circle")].map((dot) => [
    dot.getAttribute("cx"),
    dot.getAttribute("cy"),
  ]);
  expect(dots).toHaveLength(3);
  expect(new Set(dots.map(String)).size).toBe(3);
  expect(new Set(dots.map(([x]) => x)).size).toBe(2);
  expect((await axe.run(document.body)).violations).toEqual([]);
});

test.each([280, 358, 760])(
  "at %i px no dot leaves its frame and no row covers another, for 30 pupils",
  (width) => {
    const count = { step: 0, predicted: [30, 0, 0], happened: [0, 30, 0], hits: [0, 0, 0], right: 0, of: 30 };
    const rows = [0, 1].map((step) => ({ lesson: LESSONS[2]!, step: null, count: { ...count, step } }));
    const { laid, height } = layOut(rows, width);
    for (const [i, row] of laid.entries()) {
      expect(row.top).toBeGreaterThan(row.asksAt);
      expect(row.optionsAt).toBeGreaterThan(
        row.dots + 13 * (Math.ceil(30 / Math.floor((width / 3 - 44) / 13)) - 1),
      );
      expect(row.bottom).toBeLessThan((laid[i + 1]?.asksAt ?? height + 14) - 14);
    }
  },
);

/** What a camera reads of a path of dark modules. */
function read({ d, size }: ReturnType<typeof qrPath>): string | undefined {
  const scale = 4;
  const side = size * scale;
  const pixels = new Uint8ClampedArray(4 * side * side).fill(255);
  for (const [, x, y] of d.matchAll(/M(\d+) (\d+)/g))
    for (let j = 0; j < scale; j++)
      for (let i = 0; i < scale; i++)
        pixels.fill(
          0,
          4 * ((+y! * scale + j) * side + +x! * scale + i),
          4 * ((+y! * scale + j) * side + +x! * scale + i) + 3,
        );
  return jsQR(pixels, side, side)?.data;
}

test("the QR code is read as what it says, with a quiet zone of four modules", () => {
  const text = "https://example.org/closed/book/#/lesson/class?add=fiddle-fence-beetle-recipe-orchid-otter";
  const path = qrPath(text);
  expect(read(path)).toBe(text);
  const at = [...path.d.matchAll(/M(\d+) (\d+)/g)].flatMap(([, x, y]) => [+x!, +y!]);
  expect([Math.min(...at), Math.max(...at)]).toEqual([4, path.size - 5]);
});

test("beside the words it is unfolded; on this machine alone it has the words, elsewhere a link that adds them", async () => {
  render(
    <main>
      <h1>A lesson</h1>
      <ClassCode result={RESULT} />
    </main>,
  );
  const details = screen.getByText("As a QR code").closest("details")!;
  details.open = true;
  fireEvent(details, new Event("toggle"));
  const picture = await screen.findByRole("img", { name: `QR code of “${CODE}”` });
  const shown = {
    d: picture.querySelector("path")!.getAttribute("d")!,
    size: +picture.getAttribute("viewBox")!.split(" ")[2]!,
  };
  expect(read(shown)).toBe(CODE); // the tests' page is at localhost
  expect(screen.getByText(/^It has the six words alone/)).toBeTruthy();
  expect((await axe.run(document.body)).violations).toEqual([]);

  const base = document.createElement("base");
  base.href = "https://school.test/lab/?from=x";
  document.head.append(base);
  try {
    expect(qrText(CODE)).toBe(`https://school.test/lab/#/lesson/class?add=${CODE.replaceAll(" ", "-")}`);
  } finally {
    base.remove();
  }
});
