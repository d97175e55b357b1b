/**
 * What may stand behind the last frame of an MP3: tags and bytes of zero, read from the end, where tags say their length.
 *
 * @see https://id3.org for ID3v1, ID3v2 and Lyrics3; https://wiki.hydrogenaudio.org/index.php?title=APEv2_specification
 */
import type { ContainerSlip } from './audio-rejected.ts';

/** Writers pad to a sector or a block. More of nothing may be audio that was never written. */
const PADDING_BYTES_MAX = 64 * 1024;

const ID3V1_BYTES = 128;
const ID3V1_EXTENDED_BYTES = 227;
const APE_END_BYTES = 32;
const APE_HAS_HEADER = 0x80000000;
const ID3V2_END_BYTES = 10;

/** @returns the slips, or `undefined` where there are other bytes. A single ID3v1 tag is no slip. */
export function readMp3Tail(tail: Buffer): ReadonlySet<ContainerSlip> | undefined {
  const slips = new Set<ContainerSlip>();
  let padding = 0;
  for (let left = tail; left.length > 0; ) {
    if (begins(left, left.length - ID3V1_BYTES, 'TAG')) {
      left = left.subarray(0, left.length - ID3V1_BYTES);
      continue;
    }
    const bytes = tagBytes(left);
    if (bytes > 0) {
      slips.add('trailing-tag');
      left = left.subarray(0, left.length - bytes);
      continue;
    }
    // A tag may end in zeros itself: one byte at a time.
    if (left.at(-1) !== 0 || ++padding > PADDING_BYTES_MAX) return undefined;
    slips.add('trailing-padding');
    left = left.subarray(0, left.length - 1);
  }
  return slips;
}

const begins = (bytes: Buffer, at: number, text: string): boolean =>
  at >= 0 && bytes.toString('latin1', at, at + text.length) === text;

/** Bytes of the tag that `left` ends with, or 0. */
function tagBytes(left: Buffer): number {
  const { length } = left;
  if (begins(left, length - ID3V1_EXTENDED_BYTES, 'TAG+')) return ID3V1_EXTENDED_BYTES;
  if (begins(left, length - APE_END_BYTES, 'APETAGEX')) return apeBytes(left);
  if (begins(left, length - 'LYRICS200'.length, 'LYRICS200')) return lyricsBytes(left);
  if (begins(left, length - ID3V2_END_BYTES, '3DI')) return id3v2Bytes(left);
  if (!begins(left, length - 'LYRICSEND'.length, 'LYRICSEND')) return 0;
  const start = left.lastIndexOf('LYRICSBEGIN', undefined, 'latin1');
  return start < 0 ? 0 : length - start;
}

/** Its size counts the items and the end, not the header. */
function apeBytes(left: Buffer): number {
  const end = left.length - APE_END_BYTES;
  const size = left.readUInt32LE(end + 12);
  const hasHeader = left.readUInt32LE(end + 20) >= APE_HAS_HEADER;
  const bytes = size + (hasHeader ? APE_END_BYTES : 0);
  if (size < APE_END_BYTES || bytes > left.length) return 0;
  return !hasHeader || begins(left, left.length - bytes, 'APETAGEX') ? bytes : 0;
}

/** Six digits before the end count from the beginning to themselves. */
function lyricsBytes(left: Buffer): number {
  const digits = left.toString('latin1', Math.max(0, left.length - 15), left.length - 9);
  const bytes = Number(/^\d{6}$/.test(digits) ? digits : 0) + 15;
  return begins(left, left.length - bytes, 'LYRICSBEGIN') ? bytes : 0;
}

/** Seven bits a byte; header and footer come on top. */
function id3v2Bytes(left: Buffer): number {
  const body = left.subarray(-4).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  const bytes = body + 2 * ID3V2_END_BYTES;
  return begins(left, left.length - bytes, 'ID3') ? bytes : 0;
}
