/** The server that has served the page, on the same machine. It signs, and passes audio on. */
import { ask } from './ask.ts';
import type { AudioWanted, Backend, Session } from './backend.ts';

const KEY = 'console-key';

/** Takes the key out of the address, where a bookmark or a picture of the screen would show it. */
export function takeKey(): void {
  const [, key] = /^#key=([\w-]+)$/.exec(location.hash) ?? [];
  if (key === undefined) return;
  sessionStorage.setItem(KEY, key);
  history.replaceState(null, '', '#/calls');
}

const keyHeader = () => ({ 'x-console-key': sessionStorage.getItem(KEY) ?? '' });

const addressOf = ({ callSid, recordingSid, purpose }: AudioWanted): string =>
  `audio/${callSid}/${recordingSid}${purpose === 'download' ? '?for=download' : ''}`;

/** The server issues the link when the browser asks it for audio, so that the address itself can be known before. */
export const LOOPBACK: Backend = {
  address: (path) => path,
  headers: async () => keyHeader(),
  openSession: () => ask<Session>('session', { method: 'POST' }),
  audio: {
    known: addressOf,
    open: async (wanted) => ({ url: addressOf(wanted) }),
    headers: keyHeader,
    isElsewhere: false,
  },
};
