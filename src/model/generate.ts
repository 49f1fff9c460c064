/**
 * Batched generation with a KV cache. The next token is sampled on the GPU and fed straight back; the CPU only reads every
 * few tokens who is done. A decode step is recorded once and replayed; when half of a batch is done, the rest goes on in a
 * smaller one (the cache stays where it is: every row knows its own start).
 */
import { LabError } from "../core/errors.ts";
import { Arena, type Range } from "../gpu/buffers.ts";
import { advanceDecode } from "../gpu/kernels/advanceDecode.ts";
import { sampleToken } from "../gpu/kernels/sampleToken.ts";
import type { LoraAdapter } from "./adapter.ts";
import { capacityOf, type Decoder, type ForwardPack } from "./decoder.ts";
import type { LayerCache } from "./layers/attentionBlock.ts";
import { NONE, packRequests } from "./pack.ts";
import type { GenerateRequest } from "./policy.ts";

/** Decode steps between two looks at who is done: a wait costs 100 ms in Firefox (anchors.md E1). */
const BLOCK = 16;

const STATE_WORDS = 8; // as sampleToken lays a row's state out

interface Row {
  request: GenerateRequest;
  index: number; // in the caller's order
  cacheStart: number;
  tokens: number[];
}

/** New tokens per request, the stop token included where it came. @throws LabError bad-shape for a prompt that is empty or too long */
export async function generate(
  d: Decoder,
  adapter: LoraAdapter | null,
  requests: readonly GenerateRequest[],
  onProgress?: (done: number) => void,
): Promise<number[][]> {
  const out: number[][] = requests.map(() => []);
  const rowsPerCache = Math.floor(d.limits.cacheBytes / cacheBytesPerToken(d));
  let batch: Row[] = [];
  let cacheRows = 0;
  let done = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    await generateBatch(d, adapter, batch, cacheRows, () => onProgress?.(++done));
    for (const row of batch) out[row.index] = row.tokens;
    batch = [];
    cacheRows = 0;
  };
  for (const [index, request] of requests.entries()) {
    const length = request.prompt.length + request.max_new_tokens;
    if (request.prompt.length === 0) throw new LabError("bad-shape", `request ${index}: the prompt is empty`);
    d.ropeFor(length);
    if (request.max_new_tokens === 0) continue;
    if (cacheRows + length > rowsPerCache || batch.length === d.logitRows) await flush();
    batch.push({ request, index, cacheStart: cacheRows, tokens: [] });
    cacheRows += length;
  }
  await flush();
  return out;
}

const cacheBytesPerToken = ({ config: c }: Decoder) =>
  8 * c.num_hidden_layers * c.num_key_value_heads * c.head_dim;

async function generateBatch(
  d: Decoder,
  adapter: LoraAdapter | null,
  batch: Row[],
  cacheRows: number,
  onDone: () => void,
): Promise<void> {
  const width = d.config.num_key_value_heads * d.config.head_dim;
  const memory = new Arena(d.gpu, "kv cache", 16 << 20);
  const caches = Array.from({ length: d.config.num_hidden_layers }, () => ({
    k: memory.words(cacheRows * width),
    v: memory.words(cacheRows * width),
  }));
  const hidden = memory.words(batch.length * d.config.hidden_size); // the last prompt token of every row, through the final norm
  const marks = [d.arena.mark(), d.tables.mark()] as const;
  try {
    prefill(d, adapter, batch, caches, hidden);
    let rows = batch;
    let first: Range | null = hidden;
    while (rows.length > 0) {
      const inner = [d.arena.mark(), d.tables.mark()] as const;
      await decode(d, adapter, rows, caches, first);
      d.arena.release(inner[0]);
      d.tables.release(inner[1]);
      first = null;
      const left = rows.filter((r) => !isDone(r));
      for (let i = left.length; i < rows.length; i++) onDone();
      rows = left;
    }
  } finally {
    d.arena.release(marks[0]);
    d.tables.release(marks[1]);
    memory.destroy();
  }
}

const isDone = ({ request, tokens }: Row) =>
  tokens.length >= request.max_new_tokens ||
  (tokens.length > 0 && request.stop_ids.includes(tokens[tokens.length - 1]!));

/** Runs the prompts, keeps their keys and values, and gathers every prompt's last output. */
function prefill(
  d: Decoder,
  adapter: LoraAdapter | null,
  batch: readonly Row[],
  caches: readonly { k: Range; v: Range }[],
  hidden: Range,
): void {
  let from = 0;
  while (from < batch.length) {
    let tokens = 0;
    let to = from;
    while (
      to < batch.length &&
      (to === from || tokens + batch[to]!.request.prompt.length <= d.limits.scoreTokens)
    )
      tokens += batch[to++]!.request.prompt.length;
    const part = batch.slice(from, to);
    const marks = [d.arena.mark(), d.tables.mark()] as const;
    // A completion of one token adds no input and one row: the prompt's last token.
    const prompts = part.map((r) => ({ context: r.request.prompt, completions: [[0]] }));
    const pack = d.upload(packRequests(prompts, d.config.sliding_window));
    const cacheRow = part.flatMap((r) => r.request.prompt.map((_, i) => r.cacheStart + i));
    const rows = d.tables.words(pack.capacity);
    d.gpu.write(rows, Uint32Array.from(cacheRow));
    const layers = caches.map((c): LayerCache => ({ ...c, rows, attend: false }));
    const last = d.forwardRows(pack, adapter, null, layers);
    const target = d.tables.words(part.length);
    d.gpu.write(
      target,
      Uint32Array.from(part, (_, i) => from + i),
    );
    d.ops.storeRows(last, target, hidden, part.length, d.config.hidden_size);
    d.arena.release(marks[0]);
    d.tables.release(marks[1]);
    from = to;
  }
}

/** Decodes until every row is done or at most half of them are left. `hidden`: sample the first token from these rows. */
async function decode(
  d: Decoder,
  adapter: LoraAdapter | null,
  rows: Row[],
  caches: readonly { k: Range; v: Range }[],
  hidden: Range | null,
): Promise<void> {
  const { gpu, tables, arena, config } = d;
  const B = rows.length;
  const V = config.vocab_size;
  const ld = d.logitStride;
  const outStride = rows.reduce((n, r) => Math.max(n, r.request.max_new_tokens), 0);
  const put = (data: Uint32Array<ArrayBuffer>) => {
    const range = tables.words(Math.max(1, data.length));
    if (data.length > 0) gpu.write(range, data);
    return range;
  };
  const stopList = rows.flatMap((r) => r.request.stop_ids);
  let stopAt = 0;
  const state = put(
    Uint32Array.from(
      rows.flatMap((r) => {
        const start = stopAt;
        stopAt += r.request.stop_ids.length;
        const token = r.tokens[r.tokens.length - 1] ?? 0;
        // before the first token, "position" is that of the prompt's last token
        const position = r.request.prompt.length + r.tokens.length - 1;
        return [token, position, 0, r.tokens.length, r.request.max_new_tokens, start, stopAt, 0];
      }),
    ),
  );
  const settings = put(packSettings(rows));
  const stops = put(Uint32Array.from(stopList));
  const cacheStart = put(Uint32Array.from(rows, (r) => r.cacheStart));
  const capacity = capacityOf(B);
  const output = tables.words(B * outStride);
  const reach = tables.words(capacity);
  const local = { spans: tables.words(capacity * 4), reach };
  const pack: ForwardPack = {
    T: B,
    capacity,
    ids: tables.words(capacity),
    positions: tables.words(capacity),
    spans: tables.words(capacity * 4),
    reach, // only the backward pass reads it
    local,
  };
  const cacheRow = tables.words(capacity);
  const logits = arena.words(B * ld);
  const sample = (from: Range) => {
    d.logits(from, 0, B, logits);
    gpu.run(sampleToken, { logits, settings, state, stops, output }, { B, V, ld, outStride });
  };
  if (hidden) sample(hidden);
  const plan = gpu.record("decode step", () => {
    const mark = arena.mark();
    gpu.run(
      advanceDecode,
      {
        state,
        cacheStart,
        ids: pack.ids,
        positions: pack.positions,
        spans: pack.spans,
        local: local.spans,
        cacheRow,
      },
      { B, window: config.sliding_window ?? NONE },
    );
    const x = d.forward(
      pack,
      null,
      adapter,
      null,
      caches.map((c): LayerCache => ({ ...c, rows: cacheRow, attend: true })),
    );
    const y = arena.words(capacity * config.hidden_size);
    const rstd = arena.words(capacity);
    d.ops.rmsNorm(x, d.weights.norm, y, rstd, B, config.hidden_size, config.rms_norm_eps);
    sample(y);
    arena.release(mark);
  });
  try {
    for (let steps = hidden ? 1 : 0; ; ) {
      for (let i = 0; i < BLOCK && steps < outStride; i++, steps++) gpu.replay(plan);
      const [stateBytes, outputBytes] = await gpu.read(
        { ...state, size: B * STATE_WORDS * 4 },
        { ...output, size: B * outStride * 4 },
      );
      const words = new Uint32Array(stateBytes!);
      const tokens = new Uint32Array(outputBytes!);
      let active = 0;
      rows.forEach((row, b) => {
        const generated = words[b * STATE_WORDS + 3]!;
        for (let i = row.tokens.length; i < generated; i++) row.tokens.push(tokens[b * outStride + i]!);
        if (words[b * STATE_WORDS + 2] === 0) active++;
      });
      if (active <= B / 2 || steps >= outStride) return;
    }
  } finally {
    gpu.discard(plan);
  }
}

function packSettings(rows: readonly Row[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4 * rows.length);
  const floats = new Float32Array(words.buffer);
  rows.forEach(({ request }, b) => {
    floats[4 * b] = request.temperature;
    words[4 * b + 1] = request.top_k;
    floats[4 * b + 2] = request.top_p;
    words[4 * b + 3] = request.seed;
  });
  return words;
}
