/** Where `incoming-call` finds what follows the disclaimer: a user may write more than a function's environment takes. */
import { Token } from 'aws-cdk-lib';
import { AFTER_DISCLAIMER_FILE, IN_FILE } from '../../lambdas/shared/contract/environment.ts';
import type { AfterDisclaimer } from '../../lambdas/shared/contract/settings.ts';

/**
 * In a file of the asset. Only what the deployment alone knows, such as a name of the same app, must stand in the environment.
 *
 * @returns the value of the variable, and the files to lie beside the code, by name
 */
export function placeOf(afterDisclaimer: AfterDisclaimer) {
  const json = JSON.stringify(afterDisclaimer);
  if (Token.isUnresolved(json)) return { variable: json, files: {} };
  return { variable: IN_FILE + AFTER_DISCLAIMER_FILE, files: { [AFTER_DISCLAIMER_FILE]: Buffer.from(json) } };
}
