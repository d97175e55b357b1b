/** dynalite 4 ships no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** Directory of the database; in memory without it. */
    readonly path?: string;
    /** Milliseconds that a table stays in CREATING. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  // biome-ignore lint/style/noDefaultExport: so does dynalite.
  export default function dynalite(options?: DynaliteOptions): Server;
}
