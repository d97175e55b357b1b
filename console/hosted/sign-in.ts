/** Signs in by Cognito's page: authorization code with PKCE. Tokens are in memory alone: a page that is loaded anew signs in anew. */
import type { PageSettings } from '../../lambdas/shared/contract/console.ts';
import { CONSOLE_SCOPE } from '../../lambdas/shared/contract/http.ts';
import { beginSignIn, challengeOf, takeBegun } from './pkce.ts';
import { SIGN_IN } from './strings.ts';
import { exchangeCode, renewTokens, revoke, SignInProblem, type Tokens } from './tokens.ts';

export interface SignedIn {
  /** A token that is valid for some time yet; renewed where need be. Leaves the page to sign in again where that is refused. */
  readonly accessToken: () => Promise<string>;
  readonly signOut: () => void;
}

/** A request may take as long as this. */
const LEFT_MILLISECONDS = 60_000;

const home = (): string => `${location.origin}/`;

/** Leaves the page. */
export async function goToSignIn({ signIn, clientId }: PageSettings): Promise<never> {
  const { state, nonce, verifier } = beginSignIn(location.hash);
  const query = new URLSearchParams({
    ...{ response_type: 'code', client_id: clientId, redirect_uri: home(), scope: CONSOLE_SCOPE, state, nonce },
    ...{ code_challenge: await challengeOf(verifier), code_challenge_method: 'S256' },
  });
  location.assign(`${signIn}/oauth2/authorize?${query}`);
  // Nothing of the page happens any more.
  return new Promise<never>(() => undefined);
}

/**
 * Who has come back from signing in; everyone else is sent there.
 *
 * @throws {SignInProblem} where it failed
 */
export async function signedIn(settings: PageSettings): Promise<SignedIn> {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('state')) return goToSignIn(settings);
  const begun = takeBegun();
  // The code is out of the address before anything else can read it there.
  history.replaceState(null, '', `${location.pathname}${begun?.view ?? ''}`);
  if (begun === undefined || answer.get('state') !== begun.state) throw new SignInProblem(SIGN_IN.stale);
  const code = answer.get('code');
  if (code === null) {
    throw new SignInProblem(SIGN_IN.refused(answer.get('error_description') ?? answer.get('error') ?? ''));
  }
  const { verifier, nonce } = begun;
  return kept(settings, await exchangeCode(settings, { code, verifier, nonce, redirect: home() }));
}

function kept(settings: PageSettings, first: Tokens): SignedIn {
  let tokens = first;
  let renewing: Promise<void> | undefined;
  const renew = async () => {
    tokens = await renewTokens(settings, tokens).catch((error: unknown) => {
      // Revoked, or the day is over. Another failure is the network's, and the next request tries again.
      if (error instanceof SignInProblem) return goToSignIn(settings);
      throw error;
    });
  };
  return {
    async accessToken() {
      if (tokens.endsAt - Date.now() < LEFT_MILLISECONDS) {
        renewing ??= renew().finally(() => {
          renewing = undefined;
        });
        await renewing;
      }
      return tokens.accessToken;
    },
    signOut: () => void signOut(settings, tokens),
  };
}

async function signOut(settings: PageSettings, tokens: Tokens): Promise<void> {
  // The session at the sign-in page ends all the same.
  await revoke(settings, tokens).catch(() => undefined);
  const query = new URLSearchParams({ client_id: settings.clientId, logout_uri: home() });
  location.assign(`${settings.signIn}/logout?${query}`);
}
