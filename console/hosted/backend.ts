/** The HTTP API itself, asked with the user's token, so that the audit has the user's own address. Audio comes from where links lead. */
import type { PageSettings } from '../../lambdas/shared/contract/console.ts';
import { ALL_TEAMS } from '../../lambdas/shared/contract/http.ts';
import { ask } from '../api/ask.ts';
import type { Backend } from '../api/backend.ts';
import type { SignedIn } from './sign-in.ts';
import { SIGN_IN } from './strings.ts';
import { claimsOf } from './tokens.ts';

/** A link that ends sooner is not used any more. */
const LEFT_MILLISECONDS = 30_000;

interface Link {
  readonly url: string;
  readonly expiresAt: string;
}

export const hostedBackend = ({ api, title }: PageSettings, { accessToken, signOut }: SignedIn): Backend => ({
  address: (path) => path.replace(/^api(?=\/)/, api),
  headers: async () => ({ authorization: `Bearer ${await accessToken()}` }),
  async openSession() {
    const { username, 'cognito:groups': groups } = claimsOf(await accessToken());
    const seesAudit = Array.isArray(groups) && groups.includes(ALL_TEAMS);
    return {
      ...{ place: { kind: 'hosted', title }, theatre: false },
      user: { name: String(username), seesAudit, signOut: { label: SIGN_IN.signOut, act: signOut } },
    };
  },
  audio: {
    async open({ callSid, recordingSid, purpose }) {
      const path = `api/calls/${callSid}/recordings/${recordingSid}/link`;
      const { url, expiresAt } = await ask<Link>(path, { method: 'POST', body: { for: purpose } });
      return { url, expiresAt: Date.parse(expiresAt) - LEFT_MILLISECONDS };
    },
    // The link authorizes.
    headers: () => ({}),
    isElsewhere: true,
  },
});
