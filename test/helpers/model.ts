/** Models and adapters of the fixtures, on the GPU under test. */
import { LabError } from "../../src/core/errors.ts";
import { type FileSource, ofBytes } from "../../src/core/files.ts";
import { type CausalLm, type LoadOptions, loadCausalLm } from "../../src/model/causalLm.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { toFloat32 } from "../../src/model/tensor.ts";
import { fixture, publicFile } from "./fixtures.ts";
import { testGpu } from "./gpu.ts";

/** A folder of test/fixtures as the engine reads folders. */
export const fixtureSource =
  (path: string, read = fixture): FileSource =>
  async (name) => {
    try {
      return await read(`${path}/${name}`);
    } catch (cause) {
      throw new LabError("not-found", `${path}/${name} is not there`, { cause });
    }
  };

/** A fixture's model; `pocket` is the one the product ships. */
export async function loadFixtureModel(path: string, options: LoadOptions = {}): Promise<CausalLm> {
  const source = path === "pocket" ? fixtureSource("models/pocket", publicFile) : fixtureSource(path);
  return loadCausalLm(await testGpu(), source, options);
}

/** A safetensors fixture as numbers by name. */
export async function tensorsOf(path: string): Promise<Map<string, Float32Array>> {
  const out = new Map<string, Float32Array>();
  for (const [name, tensor] of await readSafetensors(ofBytes(await fixture(path)), path))
    out.set(name, await toFloat32(tensor));
  return out;
}

/** The gradients in the adapter's arena, by PEFT's parameter names (`infix` ".default") or those of its files (""). */
export async function gradientsOf(lm: CausalLm, infix = ".default"): Promise<Map<string, Float32Array>> {
  const flat = await lm.gpu.readF32(lm.adapter.grads, lm.adapter.size);
  return new Map([...lm.adapter.layout.tensors(flat, infix)].map(([name, t]) => [name, t.data]));
}
