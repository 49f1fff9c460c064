/** Share links: what is said comes back, what a stranger wrote is refused by name. */
import { describe, expect, test } from "vitest";
import { parseRunConfig, RUN_DEFAULTS } from "../../src/core/config.ts";
import { decodeLink, encodeLink, LONGEST_LINK, type SharedLab, sharedSettings } from "../../src/core/link.ts";

const NOTHING: SharedLab = {
  settings: {},
  own: false,
  question: null,
  measure: null,
  step: null,
  hide: [],
  task: null,
};

/** A code of any JSON, as somebody else may write one. */
async function codeOf(value: unknown): Promise<string> {
  const stream = new Blob([typeof value === "string" ? value : JSON.stringify(value)])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return `a${Buffer.from(await new Response(stream).arrayBuffer()).toString("base64url")}`;
}

describe("a link", () => {
  test("of the defaults says nothing, and is short", async () => {
    const code = await encodeLink(sharedSettings(RUN_DEFAULTS));
    expect(code).toMatch(/^a[\w-]{2,6}$/);
    expect(await decodeLink(code)).toEqual(NOTHING);
  });

  test("brings back what is not the default, and the whole settings with it", async () => {
    for (const named of [
      { seed: 3, cycles: 12, learning_rate: 5e-4 },
      { objective: "rlag-paper", questions: 20 },
      { objective: "sft", answers: "both", target_modules: ["q_proj", "v_proj"], order: [[0, 1], [2]] },
    ] as const) {
      const config = parseRunConfig({ ...named });
      const found = await decodeLink(await encodeLink(sharedSettings(config)));
      expect(found.settings).toEqual({ ...named });
      expect(parseRunConfig(found.settings)).toEqual(config);
    }
  });

  test("brings the question, the step, hidden controls and the task, in any language", async () => {
    const shared: SharedLab = {
      settings: { seed: 0, model: "stored:HuggingFaceTB/SmolLM2-135M-Instruct" },
      own: false,
      question: { set: "twohop", index: 16 },
      measure: "explanations",
      step: 0,
      hide: ["settings", "models"],
      task: "Was weiß es nach zwei Zyklen? 本を閉じて。",
    };
    const found = await decodeLink(await encodeLink(shared));
    expect(found).toEqual({ ...shared, settings: { model: shared.settings.model } });
  });

  test("does not carry documents of one's own, nor their name", async () => {
    const code = await encodeLink(sharedSettings({ ...RUN_DEFAULTS, data: "corpus:Patients 2026", seed: 1 }));
    const json = await decodeLink(code);
    expect(json).toEqual({ ...NOTHING, settings: { seed: 1 }, own: true });
    expect(JSON.stringify(json)).not.toContain("Patients");
  });

  test("with a long list is longer than a link may be: it leaves as a file", async () => {
    const order = Array.from({ length: 1500 }, (_, i) => [(i * 7919) % 1009, (i * 104729) % 997]);
    const code = await encodeLink(sharedSettings({ ...RUN_DEFAULTS, order }));
    expect(code.length).toBeGreaterThan(LONGEST_LINK);
    expect((await decodeLink(code)).settings.order).toEqual(order);
  });

  test("of a later version: unknown keys and settings are passed over, the others are taken", async () => {
    const code = await codeOf({ s: { seed: 4, warp: 9 }, zz: { a: 1 }, n: 2, q: ["later", 3], h: ["a", 5] });
    expect(await decodeLink(code)).toEqual({ ...NOTHING, settings: { seed: 4 }, step: 2, hide: ["a"] });
  });

  test("that names something elsewhere is refused: it would be fetched from there", async () => {
    for (const [key, value] of [
      ["model", "https://elsewhere.example/model"],
      ["embedder", "//elsewhere.example/x"],
      ["data", "../../private"],
      ["data", "corpus:mine"],
      ["retain_data", "corpus:mine"],
      ["init_adapter", "/root/adapter"],
    ] as const)
      await expect(decodeLink(await codeOf({ s: { [key]: value } }))).rejects.toThrow(
        new RegExp(`this link's ${key} is .*nothing elsewhere`),
      );
  });

  test("with a wrong setting is refused naming it", async () => {
    const code = await codeOf({ s: { cycles: "many", seed: -1 } });
    await expect(decodeLink(code)).rejects.toThrow(/cycles must be .*"many"; seed must be/);
  });

  test("that is damaged, cut off, foreign or of a later form is refused, with the way out", async () => {
    const good = await encodeLink(sharedSettings({ ...RUN_DEFAULTS, seed: 12345, cycles: 11 }));
    for (const code of [
      "",
      "a",
      "b123",
      "a<script>",
      good.slice(0, -4),
      `${good.slice(0, 6)}%00`,
      "aAAAA",
      await codeOf("[1,"),
    ])
      await expect(decodeLink(code)).rejects.toThrow(/^this link .*ask for it again/);
    expect(await decodeLink(await codeOf([1, 2]))).toEqual(NOTHING);
    expect(await decodeLink(await codeOf({ s: [], q: {}, n: -1, t: 5 }))).toEqual(NOTHING);
    expect(await decodeLink(await codeOf('{"s":{"__proto__":{"seed":9}}}'))).toEqual(NOTHING);
  });

  test("of a few letters that unpack to megabytes is refused", async () => {
    const code = await codeOf(JSON.stringify({ t: "x".repeat(8 << 20) }));
    expect(code.length).toBeLessThan(20_000);
    await expect(decodeLink(code)).rejects.toThrow("damaged or cut off");
  });
});
