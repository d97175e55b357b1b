/** How long jobs waited, and whether what came last waited longer than what came before. */

/** Seconds of waiting; the share is of calls. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
  readonly maximum: number;
}

export function waits(from: Float64Array, to: Float64Array): Waits {
  const sorted = Float64Array.from(to, (at, index) => Math.max(0, at - (from[index] ?? 0))).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), maximum: at(1) };
}

/** Waits differ by so many seconds also where no backlog grows. */
const UNREMARKABLE = 60;

/** Seconds by which the last tenth of the jobs waited longer than the first half, at the least; 0 where that is unremarkable. */
export function growth(from: Float64Array, to: Float64Array): number {
  const order = Uint32Array.from(from, (_, index) => index).sort((a, b) => (from[a] ?? 0) - (from[b] ?? 0));
  const middleOf = (jobs: Uint32Array) => {
    const sorted = Float64Array.from(jobs, (index) => (to[index] ?? 0) - (from[index] ?? 0)).sort();
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  const [before, last] = [
    order.subarray(0, Math.ceil(order.length / 2)),
    order.subarray(Math.floor(order.length * 0.9)),
  ];
  return remarkable(middleOf(last) - middleOf(before));
}

export const remarkable = (seconds: number): number => (seconds > UNREMARKABLE ? seconds : 0);
