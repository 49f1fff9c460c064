/** Knowledge, Runs and How it works on scripted workers. */
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import "../../src/app/panels/lessons/LessonsPage.tsx";
import "../../src/app/panels/knowledge/EditDialog.tsx";
import "../../src/app/panels/how/HowPage.tsx"; // loaded when it is opened; here before, so that no test waits for it
import { type Corpus, ownCorpusId } from "../../src/app/corpora.ts";
import { useCorpusStore } from "../../src/app/stores/corpusStore.ts";
import { useDraftStore } from "../../src/app/stores/draftStore.ts";
import { showStoredRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { LabError } from "../../src/core/errors.ts";
import type { RunRecord } from "../../src/core/run.ts";
import { block } from "../../src/documents/blocks.ts";
import { freshPages } from "./helpers/freshPage.ts";
import { openPage } from "./helpers/openPage.tsx";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { answersOf, configOf, cycleRow, engineInfo, QUESTIONS, runRecord } from "./helpers/story.ts";

freshPages();

const openAt = (hash: string, lab = scriptedLab()): Promise<ScriptedLab> => openPage(lab, hash);
const ENGINE = engineInfo({ gpuAdapter: "x", isFallbackAdapter: true, parameters: 1, modelBytes: 1 });
const press = (name: string | RegExp) => act(() => fireEvent.click(screen.getByRole("button", { name })));
const type = (name: string, value: string) =>
  fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });

describe("Knowledge", () => {
  test("search shows passages with scores, best first", async () => {
    const lab = await openAt("#/knowledge");
    const search = vi.spyOn(lab.retrieval, "search");
    act(() => lab.say({ type: "opened", info: ENGINE }));
    type("Search the passages", "Where was Brem Coprea born?");
    press("Search");
    const first = (await screen.findByText("Brem Coprea")).closest("li")!;
    expect(first.textContent).toContain("0.033");
    expect(search.mock.lastCall![0].tokenBudget).toBe(ENGINE.passageTokens); // as a run would look it up
  });

  const drop = (...files: [name: string, content: string | Uint8Array<ArrayBuffer>][]) => {
    const input = document.querySelector<HTMLInputElement>('input[type="file"]')!;
    const list = files.map(([name, content]) => new File([content], name));
    Object.defineProperty(input, "files", { value: list, configurable: true });
    fireEvent.change(input);
  };

  test("the map lights what the search really found, with ranks, and is walked by keys", async () => {
    const lab = await openAt("#/knowledge");
    const details = screen.getByText("The passages as a map").closest("details")!;
    act(() => {
      details.open = true;
      details.dispatchEvent(new Event("toggle"));
    });
    await screen.findByRole("img", { name: /^10 passages/ });
    type("Search the passages", "Where was Brem Coprea born?");
    press("Search");
    await screen.findByRole("img", { name: "Found: 1. Passage 3; 2. Passage 9." });
    expect([...details.querySelectorAll(".map-rank")].map((t) => t.textContent)).toEqual(["1", "2"]);
    await waitFor(() => expect(details.querySelectorAll(".map-line")).toHaveLength(2)); // from what was searched for
    const walk = screen.getByRole("slider", { name: /^Map of the passages/ });
    fireEvent.keyDown(walk, { key: "End" });
    expect(details.querySelector("[aria-live]")!.textContent).toBe(
      "Passage 9 · found as number 2, score 0.016",
    );
    const told = () => details.querySelector("[aria-live]")!.textContent;
    expect(details.querySelectorAll(".map-question")).toHaveLength(QUESTIONS.length + 1);

    // A question of the set is picked by keys: it is looked up as a run would. A run on screen says when it was learned.
    act(() =>
      showStoredRun({
        run: runRecord({ status: "finished" }),
        rows: [cycleRow(0), cycleRow(8)],
        answers: [answersOf(0), answersOf(8)],
      }),
    );
    fireEvent.keyDown(walk, { key: "Home" });
    for (let steps = 0; steps < 20 && told()!.startsWith("Passage"); steps++)
      fireEvent.keyDown(walk, { key: "ArrowRight" });
    expect(told()).toMatch(/^In which town is the home of person \d+\? · (known|learnt|not known)/);
    const search = vi.spyOn(lab.retrieval, "search");
    await act(async () => void fireEvent.keyDown(walk, { key: "Enter" }));
    expect(search.mock.calls[0]![0]).toMatchObject({
      retrieval: "hybrid",
      k: 3,
      queries: [told()!.split(" ·")[0]],
    });
    await waitFor(() => expect(details.querySelectorAll(".map-line")).toHaveLength(2));
    expect(details.querySelectorAll(".map-question")).toHaveLength(QUESTIONS.length); // the searched one is gone
    const right = answersOf(8).closed_test.filter((said) => said === "Thornmoor").length;
    expect(details.textContent).toContain(`${right} of 124 are, after cycle 8`);
  });

  test("the passages that no question to learn looks up are counted and shown", async () => {
    const lab = await openAt("#/knowledge");
    const search = vi.spyOn(lab.retrieval, "search");
    // The script finds passages 3 and 9 for every question; nine are stored.
    press("Which passages does no question find?");
    const said = await screen.findByText(
      /^8 of 9 passages are never among the 3 looked up for the 124 questions/,
    );
    expect(said.textContent).toContain("a run does not read them");
    expect(search.mock.calls[0]![0]).toMatchObject({ corpus: "data/archive", retrieval: "hybrid", k: 3 });
    const region = screen.getByRole("region", { name: "Passages that no question finds" });
    expect(within(region).getAllByRole("listitem")).toHaveLength(8);
    expect(region.textContent).not.toContain("Ysa Brondt was born"); // passage 3 is found
  });

  test("own files are looked over, named, kept and indexed, in this order", async () => {
    const lab = scriptedLab();
    const index = vi.spyOn(lab.retrieval, "index");
    await openAt("#/knowledge", lab);
    drop(
      ["valley.txt", "Ada lives in the valley."],
      ["questions.jsonl", '{"question": "Who?", "answer": "Ada"}'],
    );
    expect((await screen.findByText(/1 document, 1 question to learn/)).textContent).toContain("0 held out");
    expect(screen.getByText(/shows memory, not understanding/)).toBeTruthy();
    type("Name", "The valley");
    press("Keep and index");
    await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
    expect(index.mock.lastCall![0]).toMatchObject({
      corpus: ownCorpusId("The valley"),
      documents: [{ blocks: [{ text: "Ada lives in the valley." }] }],
      questions: { train: [{ answer: "Ada" }] }, // with the documents: both are stored or neither
    });
    expect(useCorpusStore.getState().current?.documents[0]?.blocks?.[0]?.text).toBe(
      "Ada lives in the valley.",
    );
    expect(useDraftStore.getState().corpus).toBe("corpus:The valley");
  });

  test("a dragged folder is read with all that lies in it, a hundred entries at a time", async () => {
    const lab = scriptedLab();
    const read = vi.spyOn(lab.documents, "read");
    await openAt("#/knowledge", lab);
    const file = (path: string, content: string): FileSystemFileEntry =>
      ({
        isFile: true,
        isDirectory: false,
        fullPath: `/${path}`,
        file: (take: FileCallback) => take(new File([content], path.split("/").at(-1)!)),
      }) as FileSystemFileEntry;
    const folder = (path: string, entries: FileSystemEntry[]): FileSystemEntry => {
      const waiting = [...entries];
      const readEntries = (take: FileSystemEntriesCallback) => take(waiting.splice(0, 100));
      return {
        isFile: false,
        isDirectory: true,
        fullPath: `/${path}`,
        createReader: () => ({ readEntries }),
      } as unknown as FileSystemEntry;
    };
    const many = Array.from({ length: 130 }, (_, i) => file(`valley/days/${i}.txt`, `Day ${i} was dry.`));
    const entries = [
      folder("valley", [file("valley/mill.txt", "The mill stands."), folder("valley/days", many)]),
      file("bridge.txt", "Bo keeps the bridge."),
    ];
    const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
    fireEvent.drop(screen.getByText("Drop your own documents and questions").closest("label")!, {
      dataTransfer: { items: [...items, { webkitGetAsEntry: () => null }], files: [] },
    });
    expect(await screen.findByText(/132 documents, 0 questions to learn/)).toBeTruthy();
    const paths = read.mock.lastCall![0].files.map(({ path }) => path);
    expect(paths).toHaveLength(132);
    expect(paths).toEqual(expect.arrayContaining(["valley/mill.txt", "valley/days/129.txt", "bridge.txt"]));
    expect(screen.getByLabelText("Name")).toHaveProperty("value", "valley");

    // 132 rows are a long list: a part of it is shown, and one press shows all.
    expect(screen.getByText(/showing 100 of 132/)).toBeTruthy();
    expect(document.body.textContent).not.toContain("129 plain text");
    press("show all");
    expect(document.body.textContent).toContain("129 plain text");
    expect(screen.queryByText(/showing 100/)).toBeNull();
  });

  test("dragged files without a folder are those that were let go", async () => {
    await openAt("#/knowledge");
    const files = [new File(["Ada lives in the valley."], "valley.txt")];
    fireEvent.drop(screen.getByText("Drop your own documents and questions").closest("label")!, {
      dataTransfer: { items: [{ webkitGetAsEntry: () => ({ isFile: true, isDirectory: false }) }], files },
    });
    expect(await screen.findByText(/1 document, 0 questions/)).toBeTruthy();
  });

  test("how a file was read, what was left out and which set it is for show before it is kept", async () => {
    const lab = scriptedLab();
    const index = vi.spyOn(lab.retrieval, "index");
    await openAt("#/knowledge", lab);
    const table = "question,answer,A,B\nWho?,Zo\xeb,Ada,Zo\xeb\nWhere?,Rome,Oslo,Paris\n";
    drop(["valley.txt", "Ada lives here."], ["my-test.csv", Uint8Array.from(table, (c) => c.charCodeAt(0))]);
    expect(await screen.findByText(/0 questions to learn, 1 held out/)).toBeTruthy();
    expect(screen.getByText("my-test.csv was read as windows-1252.")).toBeTruthy();
    expect(screen.getByText(/1 question left out/)).toBeTruthy();
    expect(screen.getByText(/my-test\.csv, line 3: the answer "Rome" is not among/)).toBeTruthy();
    fireEvent.change(screen.getByLabelText(/^my-test\.csv is/), { target: { value: "train" } });
    expect(screen.getByText(/1 question to learn, 0 held out/)).toBeTruthy();
    press("Keep and index");
    await waitFor(() => expect(index).toHaveBeenCalledTimes(2));
    expect(index.mock.lastCall![0].questions?.train?.map(({ answer }) => answer)).toEqual(["Zoë"]);
  });

  test("a name that is taken gets a number, and the corpus that has it stays", async () => {
    const lab = scriptedLab();
    lab.corpora.list = async () => ["corpus:valley", "corpus:valley 2"];
    const index = vi.spyOn(lab.retrieval, "index");
    await openAt("#/knowledge", lab);
    await screen.findByRole("radio", { name: /valley 2/ });
    drop(["valley.txt", "Ada lives in the valley."]);
    expect(await screen.findByText(/“valley” is stored already; this will be “valley 3”/)).toBeTruthy();
    press("Keep and index");
    await waitFor(() => expect(useDraftStore.getState().corpus).toBe("corpus:valley 3"));
    expect(index.mock.calls.slice(1).map(([ask]) => ask.corpus)).toEqual(["corpus:valley 3"]);
  });

  test("what is dropped during a run is kept beside it", async () => {
    const lab = scriptedLab();
    const index = vi.spyOn(lab.retrieval, "index");
    useRunStore.setState({ runId: "run-1", run: runRecord(), live: true });
    await openAt("#/knowledge", lab);
    drop(["valley.txt", "Ada lives in the valley."]);
    await screen.findByText(/1 document/);
    lab.corpora.list = async () => ["corpus:valley"].slice(0, index.mock.calls.length - 1);
    press("Keep and index");
    expect(await screen.findByText(/Kept as “valley”. The run under way keeps its documents/)).toBeTruthy();
    expect(index.mock.lastCall![0]).toMatchObject({
      corpus: "corpus:valley",
      documents: [{ id: "valley.txt" }],
    });
    expect(useCorpusStore.getState().current?.id).toBe("data/archive");
    expect(await screen.findByRole("radio", { name: /valley/ })).toBeTruthy();
  });

  test("documents that could not be kept stay where they were dropped", async () => {
    const lab = scriptedLab();
    await openAt("#/knowledge", lab);
    vi.spyOn(lab.retrieval, "index").mockImplementation(() => {
      throw new LabError("quota-exceeded", "the storage is full");
    });
    drop(["valley.txt", "Ada lives in the valley."]);
    await screen.findByText(/1 document/);
    press("Keep and index");
    expect((await screen.findByRole("alert")).textContent).toBe("the storage is full");
    expect(screen.getByRole("button", { name: "Keep and index" })).toBeTruthy();
  });

  test("a file that cannot be read is named, and what was there stays", async () => {
    await openAt("#/knowledge");
    drop(["notes.txt", "x"], ["broken.json", '[{"question": "Who?"}]']);
    expect((await screen.findByRole("alert")).textContent).toMatch(/broken\.json.*answer/);
    expect(useCorpusStore.getState().current?.id).toBe("data/archive");
  });

  describe("one's own documents", () => {
    const VALLEY: Corpus = {
      id: "corpus:Valley",
      name: "Valley",
      documents: [
        {
          id: "a.pdf",
          title: "The valley",
          text: null,
          passages: null,
          blocks: [
            block("text", "The valley, page 1", { page: 1, left: "running head" }),
            block("heading", "The mill", { page: 1, level: 1 }),
            block("text", "It stands.", { page: 1 }),
            block("text", "The valley, page 2", { page: 2, left: "running head" }),
            block("text", "It burnt.", { page: 2 }),
          ],
          file: {
            name: "a.pdf",
            kind: "pdf",
            size: 900,
            hash: "aa",
            pages: 2,
            encoding: null,
            doubts: ["Letters are missing on page 2: the file does not say what they are."],
          },
        },
        { id: "old.txt", title: "Old notes", text: "As it was stored before.", passages: null },
      ],
      train: QUESTIONS.slice(0, 1),
      test: QUESTIONS.slice(0, 1),
      twohop: [],
    };
    const openValley = async () => {
      const lab = scriptedLab({ corpus: VALLEY });
      const index = vi.spyOn(lab.retrieval, "index");
      useDraftStore.setState({ corpus: VALLEY.id });
      await openAt("#/knowledge", lab);
      await screen.findByRole("heading", { name: "2 documents" });
      await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
      return { lab, index, indexed: () => index.mock.lastCall![0].documents };
    };

    test("a row says what a document is, what was left out of it and what is doubtful", async () => {
      await openValley();
      expect(screen.getByText("a.pdf · PDF · 2 pages · 6 words")).toBeTruthy();
      expect(screen.getByText("5 words")).toBeTruthy(); // an old one, without a file
      expect(screen.getByText(/Left out: 2 pieces, running head/)).toBeTruthy();
      expect(screen.getByText(/Letters are missing on page 2/)).toBeTruthy();
    });

    test("what was left out comes back by one click, all of a reason or one piece; a piece can be left out", async () => {
      const { indexed } = await openValley();
      press("bring back running head of The valley");
      await waitFor(() =>
        expect(indexed()[0]!.blocks!.map(({ left }) => left)).toEqual([null, null, null, null, null]),
      );
      await waitFor(() => expect(screen.queryByText(/Left out/)).toBeNull());
      await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
      const details = screen.getByText("The valley", { selector: "b" }).closest("details")!;
      act(() => {
        details.open = true;
        fireEvent(details, new Event("toggle"));
      });
      expect(screen.getByText("page 2")).toBeTruthy();
      press("leave out The valley, page 2");
      await waitFor(() => expect(indexed()[0]!.blocks![3]!.left).toBe("left out by you"));
      expect(indexed()[0]!.blocks![0]!.left).toBeNull();
      expect(screen.getByText(/Left out: 1 piece, left out by you/)).toBeTruthy();
    });

    test("a document is renamed, replaced, deleted", async () => {
      const { lab, indexed } = await openValley();
      press("Rename The valley");
      type("New title of The valley", "The upper valley");
      press("Rename");
      await waitFor(() => expect(indexed()[0]!.title).toBe("The upper valley"));
      const input = screen.getByLabelText("Replace Old notes");
      Object.defineProperty(input, "files", {
        value: [new File(["New words."], "new.txt")],
        configurable: true,
      });
      fireEvent.change(input);
      await waitFor(() =>
        expect(indexed()[1]).toMatchObject({ id: "old.txt", blocks: [{ text: "New words." }] }),
      );
      await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
      const title = useCorpusStore.getState().current!.documents[1]!.title;
      press(`Delete ${title}`);
      press(`Delete for good? ${title}`);
      await waitFor(() => expect(indexed()).toHaveLength(1));
      expect(screen.queryByRole("button", { name: /^Delete The upper/ })).toBeNull(); // the last one stays
      lab.corpora.requireFree = async () => {
        throw new LabError("busy", "another tab trains on it");
      };
      press("bring back running head of The upper valley");
      expect(await screen.findByText("another tab trains on it")).toBeTruthy();
      expect(indexed()[0]!.blocks![0]!.left).toBe("running head");
    });

    test("before a change the runs that could not go on are named; a copy can be changed in their place", async () => {
      const { lab, index, indexed } = await openValley();
      const run = (id: string, changes: Partial<RunRecord>) => {
        const config = configOf({ data: VALLEY.id });
        lab.stored.set(id, { run: runRecord({ id, config, name: id, ...changes }), rows: [], answers: [] });
      };
      run("half", { status: "stopped" });
      run("whole", { status: "finished" });
      run("unbegun", { status: "failed", checkpointId: null });
      run("elsewhere", { status: "stopped", config: configOf({ data: "data/archive" }) });
      const before = index.mock.calls.length;
      const ask = async () => {
        press("bring back running head of The valley");
        return await screen.findByRole("dialog", { name: "1 run is not finished" });
      };
      const asked = await ask();
      expect(within(asked).getAllByRole("listitem")).toHaveLength(1);
      expect(asked.textContent).toMatch(
        /begun on “Valley”.*half.*6 of \d+ cycles.*Finish it first, from Runs/,
      );
      press("Leave it as it is");
      await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
      expect(index.mock.calls.length).toBe(before);
      expect(useCorpusStore.getState().current).toEqual(VALLEY);

      await ask();
      lab.corpora.list = async () => [VALLEY.id];
      press("Change a copy instead");
      await waitFor(() => expect(useCorpusStore.getState().current?.id).toBe("corpus:Valley 2"));
      expect(index.mock.lastCall![0].corpus).toBe("corpus:Valley 2");
      expect(indexed()[0]!.blocks![0]!.left).toBeNull();
      await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
      // No run was begun on the copy: it is changed without a word.
      press("Rename Old notes");
      type("New title of Old notes", "Older notes");
      press("Rename");
      await waitFor(() => expect(indexed()[1]!.title).toBe("Older notes"));
      expect(screen.queryByRole("dialog")).toBeNull();
    });

    test("told to, it is changed all the same", async () => {
      const { lab, indexed } = await openValley();
      const config = configOf({ data: VALLEY.id });
      lab.stored.set("half", { run: runRecord({ status: "paused", config }), rows: [], answers: [] });
      press("bring back running head of The valley");
      await screen.findByRole("dialog");
      press("Change it all the same");
      await waitFor(() => expect(indexed()[0]!.blocks![0]!.left).toBeNull());
      expect(useCorpusStore.getState().current?.id).toBe(VALLEY.id);
    });

    test("files are added to the corpus on the table; the same file again is told and not added", async () => {
      const { indexed } = await openValley();
      drop(["b.txt", "Bo keeps the bridge."], ["b copy.txt", "Bo keeps the bridge."]);
      expect(await screen.findByText(/The same file as b\.txt\./)).toBeTruthy();
      expect(screen.getByText(/1 document, 0 questions to learn/)).toBeTruthy();
      press("Add to “Valley”");
      await waitFor(() => expect(indexed().map(({ id }) => id)).toEqual(["a.pdf", "old.txt", "b.txt"]));
      expect(await screen.findByText("Added to “Valley”.")).toBeTruthy();
      drop(["b again.txt", "Bo keeps the bridge."]);
      expect(await screen.findByText(/The same file as “b” in “Valley”\./)).toBeTruthy();
      expect(screen.queryByRole("button", { name: "Add to “Valley”" })).toBeNull();
    });

    test("a change that cannot be stored is said, and what is stored is on the table", async () => {
      const { index } = await openValley();
      index.mockImplementationOnce(() => {
        throw new LabError("quota-exceeded", "the storage is full");
      });
      press("bring back running head of The valley");
      expect(await screen.findByText("the storage is full")).toBeTruthy();
      expect(useCorpusStore.getState().current).toEqual(VALLEY);
      await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
    });

    test("indexing that was stopped goes on when it is told to", async () => {
      const { index } = await openValley();
      index.mockImplementationOnce(() => {
        throw new LabError("aborted", "stopped at 512 of 900 passages");
      });
      press("bring back running head of The valley");
      expect(await screen.findByText(/stopped at 512 of 900/)).toBeTruthy();
      expect(screen.getByText("Not indexed")).toBeTruthy();
      press("go on");
      await waitFor(() => expect(useCorpusStore.getState().index).not.toBeNull());
      expect(screen.queryByText(/stopped at/)).toBeNull();
    });
  });

  test("text is pasted, reading can be stopped", async () => {
    const lab = scriptedLab();
    await openAt("#/knowledge", lab);
    type("Text", "# The mill\n\nIt stands by the river.");
    press("Take this text");
    expect(await screen.findByText("Markdown · 7 words")).toBeTruthy();
    expect(screen.getByLabelText("Name")).toHaveProperty("value", "The mill");
    const stop = vi.spyOn(lab.documents, "stop");
    lab.documents.ask = () => new Promise(() => {});
    drop(["long.pdf", "x"]);
    expect(await screen.findByText("long.pdf")).toBeTruthy();
    press("Stop");
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test("taking another corpus leaves a run about other documents behind, stored as it is", async () => {
    const lab = scriptedLab();
    lab.corpora.list = async () => ["corpus:Notes"];
    showStoredRun({ run: runRecord({ status: "finished" }), rows: [cycleRow(0)], answers: [] });
    await openAt("#/knowledge", lab);
    act(() => fireEvent.click(screen.getByRole("radio", { name: /The archive/ })));
    expect(useRunStore.getState().runId).toBe("run-1"); // its own
    const other = await screen.findByRole("radio", { name: /Notes/ });
    await act(async () => fireEvent.click(other));
    expect(useRunStore.getState().runId).toBeNull();
    expect(useDraftStore.getState().corpus).toBe("corpus:Notes");
  });

  test("the corpus is fixed while a run is under way", async () => {
    useRunStore.setState({ runId: "run-1", run: runRecord(), live: true });
    await openAt("#/knowledge");
    expect(screen.getByRole("radio", { name: /The archive/ })).toHaveProperty("disabled", true);
  });
});

describe("Runs", () => {
  const withRuns = (): ScriptedLab => {
    const lab = scriptedLab();
    const store = (id: string, objective: "rlag" | "sft", minus: number, updates = 1) => {
      const config = configOf({ objective, seed: objective === "sft" ? 1 : 0 });
      const rows = [0, 1, 2].map((c) => {
        const row = cycleRow(c);
        return { ...row, updates: row.updates * updates, closed_test: row.closed_test! - minus };
      });
      const run = runRecord({ id, name: `run ${id}`, status: "finished", config, createdAt: minus * 100 });
      lab.stored.set(id, { run, rows, answers: [0, 1, 2].map(answersOf) });
    };
    store("a", "rlag", 0);
    store("b", "sft", 0.05);
    store("c", "sft", 0.1, 2);
    return lab;
  };
  const choose = async (...names: string[]) => {
    for (const name of names) {
      const box = await screen.findByRole("checkbox", { name: new RegExp(`^${name}`) });
      act(() => fireEvent.click(box));
    }
  };

  test("none yet: where they come from", async () => {
    await openAt("#/runs");
    expect(await screen.findByText(/No runs yet/)).toBeTruthy();
  });

  test("two over each other: both ends, the difference with its interval, what differs and why it matters", async () => {
    await openAt("#/runs", withRuns());
    await choose("run a", "run b");
    const plot = await screen.findByRole("img", { name: /A: run a; B: run b/ });
    expect(plot.querySelectorAll("g.line")).toHaveLength(4);
    expect(screen.getByText(/A fair comparison/)).toBeTruthy();
    // Same answers in both, so no difference to tell from chance.
    const said = await screen.findByText(/^B and A are level/);
    expect(said.textContent).toContain(
      "(0 to 0), 124 questions, no seed in both: 1 against 1. That may be chance",
    );
    const settings = screen.getByRole("region", { name: "Settings that differ" }).textContent!;
    expect(settings).toContain("Objective");
    expect(settings).toContain("What a step pulls on");
    expect(settings).not.toContain("Seed");
    expect(settings).not.toContain("Rank");
  });

  test("runs on other questions, or on fewer of them, are called no fair comparison", async () => {
    const lab = withRuns();
    const b = lab.stored.get("b")!;
    const few = b.answers.map((a) => ({
      ...a,
      closed_test: a.closed_test.slice(0, 6),
      open_test: a.open_test.slice(0, 6),
    }));
    lab.stored.set("b", { ...b, run: { ...b.run, config: { ...b.run.config, questions: 6 } }, answers: few });
    await openAt("#/runs", lab);
    await choose("run a", "run b");
    expect(await screen.findByText(/^Other questions: A 124, B 6\./)).toBeTruthy();
    expect(screen.queryByText(/points (above|below)|are level/)).toBeNull();
  });

  test("unequal updates are called no fair comparison, with both numbers", async () => {
    await openAt("#/runs", withRuns());
    await choose("run a", "run c");
    expect(await screen.findByText(/Not a fair comparison/)).toBeTruthy();
    expect(
      screen.getByText(/^Unequal updates: A 32, B 64\. Lay the plot along updates: all have 32\./),
    ).toBeTruthy();
  });

  test("opening one puts it on the lab's screen", async () => {
    await openAt("#/runs", withRuns());
    await screen.findByText("run a", { selector: "b" });
    press("Open run a");
    await waitFor(() => expect(useRunStore.getState().run?.id).toBe("a"));
    expect(location.hash).toBe("#/lab");
  });

  test("a run that is under way cannot be deleted, nor another opened over it", async () => {
    const lab = withRuns();
    useRunStore.setState({ runId: "a", run: runRecord({ id: "a" }), live: true });
    await openAt("#/runs", lab);
    await screen.findByText("run b", { selector: "b" });
    expect(screen.getByRole("button", { name: "Delete run a" })).toHaveProperty("disabled", true);
    press("Open run b");
    expect((await screen.findByRole("alert")).textContent).toContain("under way");
    expect(useRunStore.getState().runId).toBe("a");
  });
});
