/** GPU memory: ranges of buffers, and an arena that hands them out in stack order. */
import { LabError } from "../core/errors.ts";
import { roundUp } from "../core/shape.ts";

/** A piece of a buffer; offset and size in bytes. What kernels are bound to. */
export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** WebGPU's default offset alignment for storage bindings. */
export const ALIGN = 256;

/** Part of a range, in bytes; the offset must keep the binding alignment. */
export function slice(range: Range, offset: number, size: number): Range {
  if (offset % ALIGN !== 0 || offset + size > range.size) {
    throw new LabError(
      "bad-shape",
      `slice ${offset}+${size} of ${range.size} bytes: out of range or not a multiple of ${ALIGN}`,
    );
  }
  return { buffer: range.buffer, offset: range.offset + offset, size };
}

/** Where buffers come from; `Gpu` is one. */
export interface Allocator {
  readonly maxBindingBytes: number;
  allocate(bytes: number, label: string): Range;
  free(range: Range): void;
}

/**
 * Stack-ordered memory in blocks: the same sequence of requests after the same mark gets the same ranges, so bind groups
 * are found in the cache again. Who marks, releases (style.md, habit 6).
 */
export class Arena {
  readonly #from: Allocator;
  readonly #label: string;
  readonly #blockBytes: number;
  readonly #blocks: Range[] = [];
  #block = 0;
  #used = 0; // bytes of the current block
  peakBytes = 0;

  constructor(from: Allocator, label: string, blockBytes = 32 << 20) {
    this.#from = from;
    this.#label = label;
    this.#blockBytes = Math.min(blockBytes, from.maxBindingBytes);
  }

  /** `count` 32-bit words. @throws LabError bad-shape beyond the adapter's binding limit */
  words(count: number): Range {
    const size = Math.max(ALIGN, roundUp(count * 4, ALIGN));
    if (size > this.#from.maxBindingBytes) {
      throw new LabError(
        "bad-shape",
        `${this.#label}: a tensor of ${size} bytes exceeds the ${this.#from.maxBindingBytes} a binding may have; use smaller micro-batches`,
      );
    }
    while (this.#block < this.#blocks.length && this.#used + size > this.#blocks[this.#block]!.size) {
      this.#block++;
      this.#used = 0;
    }
    if (this.#block === this.#blocks.length) {
      this.#blocks.push(
        this.#from.allocate(Math.max(size, this.#blockBytes), `${this.#label}[${this.#block}]`),
      );
      this.#used = 0;
    }
    const block = this.#blocks[this.#block]!;
    const range = { buffer: block.buffer, offset: block.offset + this.#used, size };
    this.#used += size;
    let held = this.#used;
    for (let i = 0; i < this.#block; i++) held += this.#blocks[i]!.size;
    this.peakBytes = Math.max(this.peakBytes, held);
    return range;
  }

  /** The top of the stack, for `release`. */
  mark(): readonly [block: number, used: number] {
    return [this.#block, this.#used];
  }

  /** Gives back everything taken since the mark. Commands already recorded keep their order, so reuse is safe. */
  release(mark: readonly [block: number, used: number]): void {
    [this.#block, this.#used] = mark;
  }

  /** Bytes of all blocks. */
  get bytes(): number {
    return this.#blocks.reduce((n, b) => n + b.size, 0);
  }

  destroy(): void {
    for (const b of this.#blocks) this.#from.free(b);
    this.#blocks.length = 0;
    this.release([0, 0]);
  }
}
