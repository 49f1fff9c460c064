/** A run as a bundle: a zip of its data, its plan and a PyTorch program that trains the same on other machines (public/bundle). */
import { type ZipEntry, zip } from "./zip.ts";

export const BUNDLE_ENDING = ".bundle.zip";

/** The program's files, as they lie in public/bundle and in the zip. */
export const PROGRAM_FILES = [
  "README.md",
  "requirements.txt",
  "train.py",
  "same.py",
  "closedbook/__init__.py",
  "closedbook/answers.py",
  "closedbook/files.py",
  "closedbook/keeping.py",
  "closedbook/losses.py",
  "closedbook/machine.py",
  "closedbook/sameness.py",
  "closedbook/scoring.py",
  "closedbook/words.py",
  "accelerate/ddp.yaml",
  "accelerate/fsdp.yaml",
  "examples/torchrun.sh",
  "examples/slurm.sbatch",
] as const;

export interface BundleParts {
  run: readonly { name: string; text: string }[]; // what is taught, and when (train/bundle.ts)
  data: ReadonlyMap<string, string>; // documents and questions, in the form the lab reads
  rows: readonly object[]; // what the run measured, to compare with
  start: readonly { name: string; content: Blob }[]; // the adapter it began with, in PEFT's form; none: a new one
}

/** @param program reads a file of public/bundle. @throws LabError bad-shape for 4 GiB and more; what `program` throws */
export async function writeBundle(
  { run, data, rows, start }: BundleParts,
  program: (name: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Blob> {
  const text = (name: string, content: string): ZipEntry => ({
    name,
    content: new Blob([content]),
    deflate: true,
  });
  const files = PROGRAM_FILES.map(async (name): Promise<ZipEntry> => {
    return { name, content: new Blob([await program(name)]), deflate: true };
  });
  return zip([
    ...(await Promise.all(files)),
    ...run.map(({ name, text: content }) => text(`run/${name}`, content)),
    text("run/metrics.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join("")),
    ...Array.from(data, ([name, content]) => text(`data/${name}`, content)),
    ...start.map(({ name, content }) => ({ name: `start/${name}`, content })),
  ]);
}
