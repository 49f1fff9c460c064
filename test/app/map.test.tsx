/** The map of passages by UMAP: asked for, worked out beside the page, kept, and honest about distances. */
import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, expect, test, vi } from "vitest";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import type { MapRequests } from "../../src/core/messages.ts";
import { openMapService } from "../../src/workers/mapService.ts";
import { directClient } from "../helpers/directClient.ts";
import { freshPages } from "./helpers/freshPage.ts";
import { openPage } from "./helpers/openPage.tsx";
import { CORPUS, type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { QUESTIONS } from "./helpers/story.ts";

freshPages();
const FEW = QUESTIONS.slice(0, 6);
const labOfFew = () => scriptedLab({ corpus: { ...CORPUS, test: FEW } });
afterEach(() => useViewStore.setState({ map: "components" }));

async function openMap(lab: ScriptedLab): Promise<HTMLDetailsElement> {
  await openPage(lab, "#/knowledge");
  const details = screen.getByText("The passages as a map").closest("details")!;
  act(() => {
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
  });
  await screen.findByRole("img", { name: /^10 passages/ });
  return details;
}
const dots = (details: HTMLElement) =>
  [...details.querySelectorAll(".map-unlit, .map-lit")].map(
    (dot) => `${dot.getAttribute("cx")} ${dot.getAttribute("cy")}`,
  );
const choose = (name: string) => fireEvent.click(screen.getByRole("radio", { name }));
const LIES = /^UMAP keeps neighbours together.*Distances lie/;

test("UMAP is an option: components until it has come, then its picture, the same each time, and the choice is kept", async () => {
  const lab = labOfFew();
  const fit = vi.spyOn(lab.maps, "ask");
  let details = await openMap(lab);
  const components = dots(details);
  expect(fit).not.toHaveBeenCalled(); // nothing is worked out that nobody asked for
  choose("UMAP");
  expect(screen.getByText(/^UMAP is at work, \d+ %; until then/)).toBeTruthy();
  expect(dots(details)).toEqual(components);
  await screen.findByText(LIES);
  const first = dots(details);
  expect(first).toHaveLength(10);
  expect(first).not.toEqual(components);
  expect(details.querySelectorAll(".map-question")).toHaveLength(FEW.length);
  const rules = { "color-contrast": { enabled: false } }; // needs layout
  expect((await axe.run(document.body, { rules })).violations).toEqual([]);

  expect(JSON.parse(localStorage.getItem("closed-book-view")!).state.map).toBe("umap");
  cleanup();
  details = await openMap(labOfFew());
  await screen.findByText(LIES);
  expect(dots(details)).toEqual(first);
  choose("principal components");
  expect(dots(details)).toEqual(components);
});

test("what is searched for is placed among the others, and lines lead to what is really found", async () => {
  useViewStore.setState({ map: "umap" });
  const details = await openMap(labOfFew());
  await screen.findByText(LIES);
  fireEvent.change(screen.getByRole("textbox", { name: "Search the passages" }), {
    target: { value: "Where was Brem Coprea born?" },
  });
  fireEvent.click(screen.getByRole("button", { name: "Search" }));
  await waitFor(() => expect(details.querySelectorAll(".map-question")).toHaveLength(FEW.length + 1));
  expect(details.querySelectorAll(".map-line")).toHaveLength(2);
  expect([...details.querySelectorAll(".map-rank")].map((text) => text.textContent).sort()).toEqual([
    "1",
    "2",
  ]);
  expect((await screen.findByRole("img", { name: "Found: 1. Passage 3; 2. Passage 9." })).tagName).toBe(
    "svg",
  );
});

test("what goes wrong is said, and the map is there all the same", async () => {
  useViewStore.setState({ map: "umap" });
  const lab = labOfFew();
  lab.maps = directClient<MapRequests>({
    ...openMapService(),
    fit: () => {
      throw new Error("out of memory");
    },
  });
  const details = await openMap(lab);
  expect(
    await screen.findByText("UMAP did not come about: out of memory. The map is of principal components."),
  ).toBeTruthy();
  expect(dots(details)).toHaveLength(10);
});

test("a newer map ends the one before; nothing is placed where none is", async () => {
  const service = directClient<MapRequests>(openMapService());
  const vectors = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * i));
  await expect(service.ask("place", { vectors })).rejects.toMatchObject({ code: "not-found" });
  const progress: number[] = [];
  const one = service.ask("fit", { vectors, dimension: 2, seed: 0 });
  const two = service.ask(
    "fit",
    { vectors, dimension: 2, seed: 0 },
    { onProgress: ({ done, of }) => progress.push(done / of) },
  );
  await expect(one).rejects.toMatchObject({ code: "aborted" });
  expect((await two).x).toHaveLength(20);
  expect(progress.at(-1)).toBe(1);
});
