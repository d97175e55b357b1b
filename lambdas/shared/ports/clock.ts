/**
 * Time and chance. Ports are what the steps need from outside, in the steps' own words: adapters fill them, and so do the models of
 * the simulation.
 */
import type { Instant } from '../rules/values/instant.ts';

export interface Clock {
  now(): Instant;
  sleep(milliseconds: number): Promise<void>;
}

export interface Randomness {
  /** An identifier that nobody else has. */
  id(): string;
  /** From 0 up to, not including, 1. */
  fraction(): number;
}
