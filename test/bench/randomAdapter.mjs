/** A PEFT folder for SmolLM2-135M, always the same: A as PEFT begins, B normal, so that it changes what the model says. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `spread` of B's values decides how much changes. */
export const RANDOM_ADAPTER = { r: 8, lora_alpha: 16, spread: 0.15 };

const LAYERS = 30;
/** (out, in). @type {Record<string, [number, number]>} */
const SHAPES = {
  "self_attn.q_proj": [576, 576],
  "self_attn.k_proj": [192, 576],
  "self_attn.v_proj": [192, 576],
  "self_attn.o_proj": [576, 576],
  "mlp.gate_proj": [1536, 576],
  "mlp.up_proj": [1536, 576],
  "mlp.down_proj": [576, 1536],
};

/** @param {string} folder */
export function writeRandomAdapter(folder) {
  const { r, lora_alpha, spread } = RANDOM_ADAPTER;
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  /** @type {Record<string, unknown>} */
  const header = {};
  const parts = [];
  let at = 0;
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const [module, [out, input]] of Object.entries(SHAPES)) {
      const A = Float32Array.from({ length: r * input }, () => (2 * uniform() - 1) / Math.sqrt(input));
      const B = Float32Array.from({ length: out * r }, () => (spread * normal()) / r);
      for (const [part, shape, data] of /** @type {const} */ ([
        ["lora_A", [r, input], A],
        ["lora_B", [out, r], B],
      ])) {
        const name = `base_model.model.model.layers.${layer}.${module}.${part}.weight`;
        header[name] = { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] };
        at += data.byteLength;
        parts.push(Buffer.from(data.buffer));
      }
    }
  }
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  mkdirSync(folder);
  writeFileSync(join(folder, "adapter_model.safetensors"), Buffer.concat([size, json, ...parts]));
  const config = { peft_type: "LORA", r, lora_alpha, target_modules: "all-linear" };
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify(config));
}
