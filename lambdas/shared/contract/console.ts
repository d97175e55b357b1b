/** What the deployment tells the page of the hosted console: a file beside the page. Nothing in it is secret. */

export const SETTINGS_FILE = 'settings.json';

export interface PageSettings {
  /** `https://…/console`: before `/calls` and the other routes. */
  readonly api: string;
  /** Cognito's sign-in, `https://…`. */
  readonly signIn: string;
  /** Who `iss` of a token must be. */
  readonly issuer: string;
  readonly clientId: string;
  /** The deployment's name. */
  readonly title: string;
}
