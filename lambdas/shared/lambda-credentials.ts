/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the bundles, see `lib/steps/bundle.ts`.
 *
 * Lambda hands an environment its credentials as variables, once, for all of its life. The SDK's own provider goes on to
 * files, processes, SSO and metadata services: a third of a bundle, loaded at each cold start, and never of use there.
 */
import { awsCredentials } from './runtime.ts';

export const defaultProvider = () => async () => awsCredentials();
