/**
 * The cases of other people's files in test/fixtures/cases: a folder each with case.json (what to do), expected.json (what a
 * trusted program says) and the input. README.md there says what each `kind` means.
 */
import { LabError } from "../../src/core/errors.ts";
import type { FileSource } from "../../src/core/files.ts";
import { fixture, folder, json } from "./fixtures.ts";

export interface CaseFiles<What, Expected> {
  case: What & { id: string; kind: string };
  expected: Expected;
  /** The absolute path of one of its files. */
  path(name: string): string;
  /** One of its files. */
  bytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** A case's task and right value; the caller names their types. */
export async function readCase<What = Record<string, unknown>, Expected = Record<string, unknown>>(
  id: string,
): Promise<CaseFiles<What, Expected>> {
  const root = `cases/${id}`;
  return {
    case: await json(fixture(`${root}/case.json`)),
    expected: await json<Expected>(fixture(`${root}/expected.json`)),
    path: (name) => `${folder("FIXTURES")}/${root}/${name}`,
    bytes: (name) => fixture(`${root}/${name}`),
  };
}

/** A model as a case names it, a folder or one GGUF file, as the engine reads it. */
export function caseSource({ bytes }: Pick<CaseFiles<unknown, unknown>, "bytes">, model: string): FileSource {
  const gguf = /\.gguf$/i.test(model);
  const source: FileSource = async (name) => {
    try {
      return await bytes(gguf ? name : `${model}/${name}`);
    } catch (cause) {
      throw new LabError("not-found", `${name} is not there`, { cause });
    }
  };
  if (gguf) source.list = async () => [model];
  return source;
}
