import { expect, test } from "vitest";
import { chooseVariants, flopsPerSecond, selfTest, TIMED_ROWS } from "../../src/gpu/autotune.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { type Kernel, specialise } from "../../src/gpu/kernel.ts";
import { gemmCandidates, gemmVariants, ROW_CLASSES } from "../../src/gpu/kernels/gemm.ts";
import { canShuffle, testGpu } from "../helpers/gpu.ts";

const gpu = await testGpu();

/** The device with something of its own in place of some of its parts. */
const proxy = (parts: Record<string, unknown>): Gpu =>
  new Proxy(gpu, {
    get: (target, name) => {
      if (typeof name === "string" && Object.hasOwn(parts, name)) return parts[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
const PRODUCTS = ["matmulNt", "matmulNn", "matmulTn", "headLse"] as const;

const TYPES = { layers: ["Q4_K", "Q6_K"], head: "Q8_0" } as const;

test("every product, type and class gets a variant, and the choice repeats it", async () => {
  const first = await chooseVariants(gpu, null, TYPES);
  const classes = (name: string, types: readonly string[]) =>
    types.flatMap((type) => ROW_CLASSES.map((rows) => `${name} ${type} ${rows}`));
  const all = ["Q4_K", "Q6_K", "Q8_0", "F32"]; // the head's is read by the products too, adapters are f32
  expect(Object.keys(first.choice)).toEqual([
    ...classes("matmulNt", all),
    ...classes("matmulNn", all),
    "matmulTn F32 many",
    ...classes("headLse", ["Q8_0"]),
  ]);
  const again = await chooseVariants(gpu, first.choice, TYPES);
  expect(again.choice).toEqual(first.choice);
  for (const M of [1, 8, 9, 255, 256, 5000]) {
    expect(again.matmulNt(M, "Q6_K").key).toBe(first.matmulNt(M, "Q6_K").key);
    expect(again.matmulNn(M, "F32").key).toBe(first.matmulNn(M, "F32").key);
    expect(again.headLse(M, "Q8_0").key).toBe(first.headLse(M, "Q8_0").key);
  }
  expect(first.matmulNt(8, "Q6_K").key).toContain("loadQ6_K");
  expect(() => first.matmulNt(8, "Q5_0")).toThrow("no matmulNt was chosen for weights of type Q5_0");
});

test("types may have different variants, and a choice from before they could holds for all", async () => {
  const { matmulNt, matmulNtTile } = Object.fromEntries(
    gemmVariants(gpu).matmulNt.map((kernel) => [kernel.name, kernel.key]),
  );
  const saved = { "matmulNt many": matmulNt!, "matmulNt Q6_K many": matmulNtTile! };
  const { choice, matmulNt: of } = await chooseVariants(gpu, saved, TYPES);
  expect(choice["matmulNt Q4_K many"]).toBe(matmulNt);
  expect(choice["matmulNt F32 many"]).toBe(matmulNt);
  expect(choice["matmulNt Q6_K many"]).toBe(matmulNtTile);
  expect([of(512, "Q4_K").name, of(512, "Q6_K").name]).toEqual(["matmulNt", "matmulNtTile"]);
});

test("each type is timed by itself", async () => {
  // A GPU on which the plain kernel is the faster one with one type, and the tiles with the others.
  const seconds = (key: string) => (key.includes("loadQ6_K") === key.startsWith("matmulNtTile") ? 0.02 : 0);
  let owed = 0;
  const odd = proxy({
    info: { ...gpu.info, isFallbackAdapter: false },
    run: (kernel: Kernel, bindings: never, params: Record<string, number>) => {
      if (params.M === TIMED_ROWS.some) owed += seconds(kernel.key);
      else gpu.run(kernel, bindings, params); // the self-test's
    },
    idle: async () => {
      await new Promise((done) => setTimeout(done, 1000 * owed));
      owed = 0;
    },
  });
  const settled = PRODUCTS.flatMap((name) => {
    const plain = gemmVariants(gpu)[name][0]!.key;
    return ROW_CLASSES.map((rows) => [`${name} ${rows}`, plain] as const);
  });
  const saved = Object.fromEntries(settled.filter(([key]) => key !== "matmulNt some"));
  const { choice } = await chooseVariants(odd, saved, { layers: ["Q4_K", "Q6_K"], head: "Q4_K" });
  expect(choice["matmulNt Q4_K some"]).toBe("matmulNtTile(SIDE=8)");
  expect(choice["matmulNt Q6_K some"]).toBe("matmulNt()");
  expect(choice["matmulNt F32 some"]).toBe("matmulNtTile(SIDE=8)");
});

test("how fast the chosen product is, is a speed that a machine can have; of a choice without it nothing is timed", async () => {
  const { choice } = await chooseVariants(gpu);
  const [one, two] = [await flopsPerSecond(gpu, choice), await flopsPerSecond(gpu, choice)];
  for (const speed of [one, two]) expect(speed > 1e7 && speed < 1e15).toBe(true); // 10 MFLOP/s to 1 PFLOP/s
  const tile = gemmVariants(gpu).matmulNt.find(({ name }) => name === "matmulNtTile")!.key; // no software adapter's candidate
  const kept = await chooseVariants(gpu, { "matmulNt F32 some": tile });
  expect(kept.choice["matmulNt F32 some"]).toBe(tile);
  expect(await flopsPerSecond(gpu, kept.choice)).toBeGreaterThan(1e7);
  await expect(flopsPerSecond(gpu, {})).rejects.toMatchObject({ code: "kernel-failed" });
});

test("a software adapter with subgroups gets the shuffles, without them the plain kernel", async () => {
  const { choice } = await chooseVariants(
    gpu,
    { "matmulNt Q4_1 many": "of another machine" },
    {
      layers: ["Q4_1", "Q6_K"],
      head: "Q8_0",
    },
  );
  const { subgroupMinSize: WG, isFallbackAdapter } = gpu.info;
  for (const type of ["Q4_1", "Q6_K", "Q8_0", "F32"]) {
    if (!canShuffle(gpu)) {
      expect(isFallbackAdapter).toBe(true);
      for (const rows of ROW_CLASSES) expect(choice[`matmulNt ${type} ${rows}`]).toMatch(/^matmulNt(\(|$)/);
      continue;
    }
    const shape = WG > 4 ? "" : "Rows";
    const large = type === "F32" ? "Rows" : shape;
    expect(choice[`matmulNt ${type} one`]).toBe(`matmulNtVector(WG=${WG})`);
    expect(choice[`matmulNt ${type} few`]).toBe(`matmulNtShuffle(WG=${WG})`);
    for (const rows of ["some", "many"])
      expect(choice[`matmulNt ${type} ${rows}`]).toBe(`matmulNtShuffle${large}(WG=${WG})`);
    for (const rows of ROW_CLASSES) {
      const nn = rows === "one" || rows === "few" ? shape : large;
      expect(choice[`matmulNn ${type} ${rows}`]).toBe(`matmulNnShuffle${nn}(WG=${WG})`);
    }
  }
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
    for (const { name } of kernels) broken.add(name);
    return Promise.reject(new Error("this driver cannot"));
  };
  const odd = proxy({ prepare });
  await expect(chooseVariants(odd, null, types)).rejects.toMatchObject({
    code: "kernel-failed",
    message: expect.stringMatching(/matmulNt of Q5_K weights wrongly with matmulNt/),
  });
  const candidates = ROW_CLASSES.map((rows) => gemmCandidates(gpu, rows, "Q5_K").matmulNt[0]!.name);
  expect(broken).toEqual(new Set(candidates)); // all were tried
});

test.for([
  [8, "F32", "matmulNnShuffleRows", "matmulNnShuffle"],
  [8, "Q4_K", "matmulNnShuffle", "matmulNnShuffle"],
  [4, "F32", "matmulNnShuffleRows", "matmulNnShuffleRows"],
] as const)(
  "of %i lanes, gradients by %s weights go by rows where these are many and no blocks",
  ([subgroupMinSize, type, many, few]) => {
    const software = { has: () => true, info: { ...gpu.info, isFallbackAdapter: true, subgroupMinSize } };
    const names = ROW_CLASSES.map((rows) => gemmCandidates(software, rows, type).matmulNn[0]!.name);
    expect(names).toEqual([few, few, many, many]);
  },
);

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
