/** The secret with Twilio's credentials. */

/** The value of the Secrets Manager secret, as JSON. */
export interface TwilioCredentialsSecret {
  /** `AC` and 32 hex digits. */
  readonly accountSid: string;
  /** Primary auth token: Twilio signs its requests with it. */
  readonly authToken: string;
  /** The token before the rotation in progress; signatures by it are accepted too. */
  readonly previousAuthToken?: string;
  /** `SK` and 32 hex digits. Where it is given, REST requests use the API key instead of the auth token. */
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
}
