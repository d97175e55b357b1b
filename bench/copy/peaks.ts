/**
 * What peaks take of a copy's CPU: the meter alone over as much audio as rows 5 and 6 copy, beside what row 6 measured last.
 *
 *     node bench/copy/peaks.ts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PeakMeter } from '../../lambdas/shared/rules/audio/peaks.ts';

const RESULTS = join(import.meta.dirname, '..', 'results', 'latest.json');
/** As they come out of a TLS connection. */
const CHUNK_BYTES = 16_384;
const BYTES = 1_000_000_000;
const RUNS = 5;

function headerOf(dataBytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** CPU seconds of one pass. */
function meter(chunk: Buffer): number {
  const before = process.cpuUsage();
  const peaks = new PeakMeter();
  peaks.read(headerOf(BYTES));
  for (let bytes = 0; bytes < BYTES; bytes += chunk.length) peaks.read(chunk);
  if (peaks.result()?.channels.length !== 2) throw new Error('The meter has read no audio.');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

interface Result {
  readonly row: number;
  readonly ours: string;
}

const chunk = Buffer.from(Array.from({ length: CHUNK_BYTES }, (_, index) => (index * 31) % 251));
const seconds = Array.from({ length: RUNS }, () => meter(chunk)).sort((one, other) => one - other);
const median = seconds[Math.floor(RUNS / 2)] ?? Number.NaN;
const { measurements } = JSON.parse(readFileSync(RESULTS, 'utf8')) as { readonly measurements: readonly Result[] };
const copy = Number.parseFloat(measurements.find(({ row }) => row === 6)?.ours ?? '');
console.log(
  `Peaks take ${median.toFixed(3)} CPU seconds a GB, a copy ${copy.toFixed(2)}: ${((100 * median) / copy).toFixed(1)} % of it.`,
);
