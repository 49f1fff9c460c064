import { expect, test } from "vitest";
import { chooseVariants, selfTest } from "../../src/gpu/autotune.ts";
import { type Kernel, specialise } from "../../src/gpu/kernel.ts";
import { gemmCandidates, gemmVariants, ROW_CLASSES } from "../../src/gpu/kernels/gemm.ts";
import { canShuffle, testGpu } from "../helpers/gpu.ts";

const gpu = await testGpu();
const PRODUCTS = ["matmulNt", "matmulNn", "matmulTn", "headLse"] as const;

test("every product and class gets a variant, and the choice repeats it", async () => {
  const first = await chooseVariants(gpu);
  expect(Object.keys(first.choice)).toEqual(
    PRODUCTS.flatMap((name) => ROW_CLASSES.map((rows) => `${name} ${rows}`)),
  );
  const again = await chooseVariants(gpu, first.choice);
  expect(again.choice).toEqual(first.choice);
  for (const M of [1, 8, 9, 255, 256, 5000]) {
    expect(again.matmulNt(M).key).toBe(first.matmulNt(M).key);
    expect(again.matmulNn(M).key).toBe(first.matmulNn(M).key);
    expect(again.headLse(M).key).toBe(first.headLse(M).key);
  }
});

test("a software adapter with subgroups gets the shuffles, without them the plain kernel", async () => {
  const { choice } = await chooseVariants(
    gpu,
    { "matmulNt many": "of another machine" },
    {
      layers: ["Q4_1", "Q6_K"],
      head: "Q8_0",
    },
  );
  const { subgroupMinSize: WG, isFallbackAdapter } = gpu.info;
  if (!canShuffle(gpu)) {
    expect(isFallbackAdapter).toBe(true);
    for (const rows of ROW_CLASSES) expect(choice[`matmulNt ${rows}`]).toMatch(/^matmulNt(\(|$)/);
    return;
  }
  expect(choice["matmulNt many"]).toBe(`matmulNtShuffleRows(WG=${WG})`);
  expect(choice["matmulNt one"]).toBe(`matmulNtVector(WG=${WG})`);
  expect(choice["matmulNt few"]).toBe(`matmulNtShuffle${WG > 4 ? "" : "Rows"}(WG=${WG})`);
});

test.for(PRODUCTS)(
  "the self-test passes the plain %s with weights of several types and not a wrong one",
  async (name) => {
    const plain = gemmVariants(gpu)[name][0] as unknown as Kernel;
    const code = plain.code.replace(/fma\(/, "-fma("); // a sign
    expect(code).not.toBe(plain.code);
    const wrong = { ...plain, code, key: `${plain.key} wrong` };
    const types = name === "matmulTn" ? (["F32"] as const) : (["F32", "BF16", "Q4_1", "Q6_K"] as const);
    for (const type of types) expect([...(await selfTest(gpu, name, [plain], type))]).toEqual([plain.key]);
    expect(await selfTest(gpu, name, [wrong], "F32")).toEqual(new Set());
  },
);

test("a kernel that is wrong with one type of the model's is not chosen", async () => {
  const types = { layers: ["F32", "Q5_K"], head: "Q8_0" } as const;
  const broken = new Set<string>();
  const prepare = (kernels: readonly Kernel[]) => {
    const bad = kernels.find(({ key }) => /Nt.*loadQ5_K/.test(key));
    if (!bad) return gpu.prepare(kernels);
    broken.add(bad.name);
    return Promise.reject(new Error("this driver cannot"));
  };
  const odd = new Proxy(gpu, {
    get: (target, name) => {
      if (name === "prepare") return prepare;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await expect(chooseVariants(odd, null, types)).rejects.toMatchObject({
    code: "kernel-failed",
    message: expect.stringMatching(/matmulNt of F32, Q5_K, Q8_0 weights wrongly with matmulNt/),
  });
  expect([...broken]).toHaveLength(1);
});

test("a device without subgroups, or a GPU, has candidates of its own", () => {
  const info = { ...gpu.info, isFallbackAdapter: true, subgroupMinSize: 0 };
  const bare = gemmCandidates({ has: () => false, info }, "many");
  expect(bare.matmulNt.map(({ name }) => name)).toEqual(["matmulNt"]);
  const hardware = { has: () => true, info: { ...gpu.info, isFallbackAdapter: false, subgroupMinSize: 32 } };
  for (const rows of ROW_CLASSES) {
    const lists = gemmCandidates(hardware, rows);
    const first = rows === "one" || rows === "few" ? "matmulNtSmall" : "matmulNtTile";
    expect(lists.matmulNt[0]!.name).toBe(first);
    for (const name of PRODUCTS) expect(lists[name].length).toBeGreaterThan(0);
  }
  expect(() =>
    specialise(gemmCandidates(hardware, "many").matmulTn[1]!, { constants: { WG: 8 } }),
  ).not.toThrow();
});
