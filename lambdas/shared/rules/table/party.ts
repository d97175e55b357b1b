/** The other party of a call: known here by an HMAC of its number, never by the number. */
import { createHmac } from 'node:crypto';
import { TABLE } from '../../contract/table.ts';

/**
 * HMAC-SHA-256 of a number, in hex. Without the key nobody can try all numbers until one fits.
 *
 * @param number E.164
 */
export const partyOf = (key: string, number: string): string => createHmac('sha256', key).update(number).digest('hex');

/** The partition of all calls of a party. */
export const partyPartition = (party: string): string => TABLE.partyPrefix + party;
