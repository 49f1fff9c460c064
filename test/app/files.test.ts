import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { rowsAsCsv } from "../../src/app/panels/runs/exportRun.ts";
import { loadRecordedRuns } from "../../src/app/recorded.ts";
import { unzip } from "../../src/app/unzip.ts";
import { LabError } from "../../src/core/errors.ts";
import { factsOf, type RunFile, readRunFile, writeRunFile } from "../../src/core/runFile.ts";
import { crc32, zip } from "../../src/core/zip.ts";
import { answersOf, cycleRow, runRecord, updateRow } from "./helpers/story.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("zip", () => {
  test("CRC-32 of the standard check string", async () => {
    expect(await crc32(new Blob(["123456789"]))).toBe(0xcbf43926);
    expect(await crc32(new Blob())).toBe(0);
  });

  const entries = [
    { name: "adapter_config.json", bytes: utf8('{"r": 16}') },
    { name: "ordner/ä.bin", bytes: Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255) },
    { name: "empty", bytes: new Uint8Array() },
  ];
  const packed = () => zip(entries.map(({ name, bytes }) => ({ name, content: new Blob([bytes]) })));

  test("every entry is found again through the central directory, byte for byte", async () => {
    expect(await readZip(new Uint8Array(await (await packed()).arrayBuffer()))).toEqual(entries);
  });

  test("the same files make the same archive", async () => {
    const [one, other] = await Promise.all([packed(), packed()]);
    expect(new Uint8Array(await one.arrayBuffer())).toEqual(new Uint8Array(await other.arrayBuffer()));
  });

  test("what is packed is unpacked, names without their folders; no zip, half a zip, a strange one are refused", async () => {
    const archive = new File([await packed()], "a.zip");
    const files = await unzip(archive);
    expect(files.map((file) => file.name)).toEqual(["adapter_config.json", "ä.bin", "empty"]);
    expect(new Uint8Array(await files[1]!.arrayBuffer())).toEqual(entries[1]!.bytes);
    await expect(unzip(new File(["hello"], "b.zip"))).rejects.toThrow("b.zip: it is no .zip");
    await expect(unzip(new File([archive.slice(500)], "c.zip"))).rejects.toThrow(LabError);
    const strange = new Uint8Array(await archive.arrayBuffer());
    const directory = new DataView(strange.buffer).getUint32(strange.length - 6, true);
    strange[directory + 10] = 99;
    await expect(unzip(new File([strange], "d.zip"))).rejects.toThrow(
      /adapter_config\.json is packed by method 99/,
    );
  });
});

/** Reads a stored archive the way tools do: from the end record, through the directory, to the local headers. */
function readZip(archive: Uint8Array<ArrayBuffer>): Promise<{ name: string; bytes: Uint8Array }[]> {
  const view = new DataView(archive.buffer);
  const end = archive.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  let at = view.getUint32(end + 16, true);
  const found = Array.from({ length: view.getUint16(end + 10, true) }, async () => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [crc, size, nameLength, local] = [
      view.getUint32(at + 16, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint32(at + 42, true),
    ];
    const name = new TextDecoder().decode(archive.slice(at + 46, at + 46 + nameLength));
    at += 46 + nameLength;
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    const start = local + 30 + view.getUint16(local + 26, true);
    const bytes = archive.slice(start, start + size);
    expect(await crc32(new Blob([bytes]))).toBe(crc);
    return { name, bytes };
  });
  return Promise.all(found);
}

describe("exports", () => {
  const stored = {
    run: runRecord(),
    rows: [cycleRow(0), updateRow(0), cycleRow(1)],
    answers: [answersOf(0), answersOf(1)],
  };

  test("a CSV has a line per row, and nothing where nothing was measured", () => {
    const lines = rowsAsCsv(stored.rows).trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    const columns = lines[0]!.split(",");
    const cell = (row: number, column: string) => lines[row]!.split(",")[columns.indexOf(column)];
    expect(cell(1, "closed_test")).toBe("0.18");
    expect(cell(1, "reward_train")).toBe("");
    expect(cell(2, "closed_test")).toBe("");
    expect(cell(2, "update")).toBe("0");
    for (const line of lines) expect(line.split(",")).toHaveLength(columns.length);
  });
});

test("a recording that is damaged leaves the others", async () => {
  const file: RunFile = {
    ...factsOf(runRecord()),
    rows: [cycleRow(0)],
    answers: [],
    questions: null,
    adapter: null,
  };
  const whole = await writeRunFile(file);
  const strange = await writeRunFile({ ...file, config: { ...file.config, cycles: -1 } });
  const files: Record<string, () => Response | Promise<Response>> = {
    "index.json": () => Response.json(["cut", "good", "strange", "page", "offline", "gone"]),
    cut: () => new Response(whole.slice(0, 200)),
    good: () => new Response(whole),
    strange: () => new Response(strange),
    page: () => new Response("<!doctype html>"), // what some hosts give for what is not there
    offline: () => Promise.reject(new TypeError("failed to fetch")),
  };
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url) => {
    const name = String(url).replace(/^.*\//, "");
    return files[name]?.() ?? new Response("", { status: 404 });
  });
  const runs = await loadRecordedRuns();
  vi.restoreAllMocks();
  expect(runs).toEqual([file]);
});

test("the site's recorded runs are run files, each whole", async () => {
  const folder = join(import.meta.dirname, "../../public/recorded");
  const names: string[] = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const { config, rows, answers } = await readRunFile(new Blob([readFileSync(join(folder, name))]), name);
    expect(rows.filter(({ type }) => type === "cycle")).toHaveLength(config.cycles + 1);
    expect(answers).toHaveLength(config.cycles + 1);
  }
});
