/** What the GPU bench's numbers say: goals met or missed, a table to read, and the files that are kept. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In the order in which they are measured. */
export const PARTS = ["kernels", "gemm", "model", "torch", "minute"];

/**
 * What is asked of a GPU: value, goal, and whether it is met; null where it was not measured, or not on a GPU.
 * @param {any} whole
 */
export function goalsOf({ adapter, parts, isTry }) {
  const { kernels, gemm, model, torch, minute } = Object.fromEntries(
    PARTS.map((name) => [name, parts[name]?.result ?? null]),
  );
  const why = (/** @type {string[]} */ ...names) =>
    names
      .flatMap((name) => (parts[name]?.result ? [] : [`${name}: ${parts[name]?.error ?? "not run"}`]))
      .join("; ");
  const shares = gemm?.rows.filter((/** @type {any} */ r) => r.weights === "F32") ?? [];
  const most = Math.max(...shares.map((/** @type {any} */ r) => r.M * r.K * r.N));
  const large = shares.filter((/** @type {any} */ r) => r.M * r.K * r.N === most);
  const ours = model?.steps.find((/** @type {any} */ s) => s.projections === "F32");
  const fp32 = torch?.steps.filter(
    (/** @type {any} */ s) =>
      s.type === "fp32" && s.sequences === ours?.sequences && s.tokens === ours?.tokens,
  );
  const theirs = fp32?.length ? Math.min(...fp32.map((/** @type {any} */ s) => s.seconds)) : null;
  const goals = [
    {
      name: "kernels that are wrong",
      value: kernels ? kernels.failed.length : null,
      goal: 0,
      most: true,
      why: why("kernels"),
    },
    {
      name: `share of the FMA ceiling, the lesser of both products${large[0] ? `, ${large[0].M}×${large[0].K}×${large[0].N} F32` : ""}`,
      value: large.length ? Math.min(...large.map((/** @type {any} */ r) => r.share_of_fma)) : null,
      goal: 0.7,
      most: false,
      why: why("gemm"),
    },
    {
      name: "LoRA step, times as fast as PyTorch and PEFT (fp32, eager mode, the faster attention)",
      value: ours && theirs ? theirs / ours.median_seconds : null,
      goal: 1,
      most: false,
      why: why("model", "torch"),
    },
    {
      name: "the visitor's minute, seconds",
      value: minute ? parts.minute.seconds : null,
      goal: 60,
      most: true,
      why: why("minute"),
    },
  ];
  return goals.map(({ most: atMost, why: reason, ...goal }) => {
    const missing = goal.value === null ? reason : isTry ? "a try: small sizes" : null;
    const soft = adapter.isFallbackAdapter ? "a software adapter; the goal is a GPU's" : null;
    const met = (missing ?? soft) ? null : atMost ? goal.value <= goal.goal : goal.value >= goal.goal;
    return { ...goal, at: atMost ? "≤" : "≥", met, reason: missing ?? soft };
  });
}

/** @param {any} whole @returns {string} Markdown */
export function table(whole) {
  const { adapter, gpu, driver, date, isTry, parts } = whole;
  const ms = (/** @type {number} */ seconds) => `${(1000 * seconds).toFixed(1)} ms`;
  const met = (/** @type {boolean | null} */ m) => (m === null ? "–" : m ? "met" : "missed");
  const result = (/** @type {string} */ name) => parts[name]?.result ?? null;
  const lines = [
    `# ${gpu ?? adapter.name}`,
    "",
    `${date}, driver ${driver ?? "(in the name)"}, adapter "${adapter.name}"${isTry ? "; a try with small sizes, no measurement" : ""}`,
    "",
    "| goal | value | asked | |",
    "|---|---|---|---|",
    ...goalsOf(whole).map(
      ({ name, value, goal, at, met: m, reason }) =>
        `| ${name} | ${value === null ? "–" : Number(value.toFixed(3))} | ${at} ${goal} | ${met(m)}${reason ? ` (${reason})` : ""} |`,
    ),
  ];
  const kernels = result("kernels");
  if (kernels) {
    lines.push("", `Kernels: ${kernels.passed} of ${kernels.checked} agree with their references.`);
    for (const { kernel, fault, share } of kernels.failed)
      lines.push(`- ${kernel}: ${fault ?? `${share} of its tolerance`}`);
  }
  const [gemm, torch] = [result("gemm"), result("torch")];
  if (gemm) {
    lines.push(
      "",
      `Ceilings: ${gemm.fma_gflops.toFixed(0)} GFLOP/s multiply-add, ${gemm.copy_gb_per_s.toFixed(1)} GB/s copied.`,
    );
    lines.push(
      "",
      "| product | weights | M×K×N | GFLOP/s | of the ceiling | PyTorch fp32 | bf16 |",
      "|---|---|---|---|---|---|---|",
    );
    for (const row of gemm.rows) {
      const [fp32, bf16] = ["fp32", "bf16"].map((type) => {
        const same = torch?.products.find(
          (/** @type {any} */ p) => p.type === type && p.M === row.M && p.K === row.K && p.N === row.N,
        );
        return same ? same.gflops.toFixed(0) : "–";
      });
      const cells = [row.product, row.weights, `${row.M}×${row.K}×${row.N}`, row.gflops.toFixed(0)];
      lines.push(`| ${[...cells, `${(100 * row.share_of_fma).toFixed(0)} %`, fp32, bf16].join(" | ")} |`);
    }
  }
  const model = result("model");
  if (model || torch)
    lines.push("", "| LoRA step, SmolLM2's shape | tokens | median | tokens/s |", "|---|---|---|---|");
  const step = (/** @type {string} */ who, /** @type {any} */ s, /** @type {number} */ seconds) =>
    lines.push(
      `| ${who} | ${s.sequences} × ${s.tokens} | ${ms(seconds)} | ${((s.sequences * s.tokens) / seconds).toFixed(0)} |`,
    );
  for (const s of model?.steps ?? []) step(`Closed Book, weights ${s.projections}`, s, s.median_seconds);
  for (const s of torch?.steps ?? [])
    step(`PyTorch ${torch.torch}, LoRA: ${torch.lora}, ${s.type}, ${s.attention}`, s, s.seconds);
  if (model)
    lines.push(
      "",
      `Decoding, ${model.decode.projections}: ${model.decode.tokens_per_s?.toFixed(1) ?? "–"} tokens/s; scoring: ${model.score.tokens_per_s.toFixed(0)} tokens/s.`,
    );
  const minute = result("minute");
  if (minute)
    lines.push(
      "",
      `A default run: ${minute.cycles} cycles in ${parts.minute.seconds.toFixed(1)} s; closed book, held out: ${minute.first.closed_test} before, ${minute.last.closed_test} after.`,
    );
  const failed = Object.entries(parts).filter(([, part]) => part.error);
  for (const [name, { error }] of failed) lines.push("", `Not measured: ${name}: ${error}`);
  return `${lines.join("\n")}\n`;
}

/**
 * Puts together what came back and writes gpu.NAME.json and .md.
 * @param {string[]} folders
 * @param {string} into
 * @returns {string} the table
 */
export function writeResults(folders, into) {
  const found = folders.map((folder) => JSON.parse(readFileSync(join(folder, "gpu.json"), "utf8")));
  const last = found.at(-1);
  if (!last) throw new Error("write needs the folders that came back");
  if (found.some(({ adapter, isTry }) => adapter.name !== last.adapter.name || isTry))
    throw new Error("they are of several adapters, or tries");
  /** @type {{ [name: string]: any }} */
  const parts = {};
  for (const one of found)
    for (const [name, part] of Object.entries(one.parts)) if (part.result || !parts[name]) parts[name] = part;
  const whole = { ...last, parts };
  const slug = /llvmpipe/.test(last.adapter.name)
    ? "lavapipe"
    : (last.gpu ?? last.adapter.name).replace(/[^\w.]+/g, "-").toLowerCase();
  const { parts: _, ...about } = whole;
  const file = join(into, `gpu.${slug}`);
  writeFileSync(`${file}.json`, `${JSON.stringify({ ...about, goals: goalsOf(whole), parts }, null, 1)}\n`);
  writeFileSync(`${file}.md`, table(whole));
  return table(whole);
}
