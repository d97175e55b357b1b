/** Whom the page asks, and with what: set once, before anything is shown. */

export interface Session {
  readonly place: { readonly kind: 'local' | 'stack' | 'hosted'; readonly title: string };
  /** Whether calls can be placed and things can be broken here. */
  readonly theatre: boolean;
  /** Whose page it is, where somebody has signed in. */
  readonly user?: User;
}

export interface User {
  readonly name: string;
  /** Whether the audit may be read: the API decides, this only spares the attempt. */
  readonly seesAudit: boolean;
  readonly signOut: { readonly label: string; readonly act: () => void };
}

export interface AudioWanted {
  readonly callSid: string;
  readonly recordingSid: string;
  readonly purpose: 'play' | 'download';
}

/** Where audio is. */
export interface AudioAddress {
  readonly url: string;
  /** Milliseconds since 1970; absent where it does not end while the page is open. */
  readonly expiresAt?: number;
}

export interface Backend {
  /** @param path such as `api/calls?from=…` */
  readonly address: (path: string) => string;
  /** What authorizes a request. */
  readonly headers: () => Promise<{ readonly [name: string]: string }>;
  readonly openSession: () => Promise<Session>;
  readonly audio: AudioBackend;
}

export interface AudioBackend {
  /** Known before somebody plays, where asking for it is not yet listening. */
  readonly known?: (wanted: AudioWanted) => string;
  /** Asks for it, which the audit counts as listening. */
  readonly open: (wanted: AudioWanted) => Promise<AudioAddress>;
  /** What authorizes a request to that address. */
  readonly headers: () => { readonly [name: string]: string };
  /** The audio is on another host than the page, which allows it to be read. */
  readonly isElsewhere: boolean;
}

let current: Backend | undefined;

export function useBackend(backend: Backend): void {
  current = backend;
}

export function backend(): Backend {
  if (current === undefined) throw new Error('The page has not been told whom to ask.');
  return current;
}
