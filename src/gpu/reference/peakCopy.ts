/** The same numbers. */
export const peakCopyReference = (x: ArrayLike<number>): Float64Array => Float64Array.from(x);
