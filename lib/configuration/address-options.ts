/** Options that are addresses of the owner's choice. */

/** A domain name for one of the APIs, or for the console. */
export interface CustomDomainOption {
  /** Such as `calls.example.com`. */
  readonly name: string;
  /** ARN of a certificate for that name in AWS Certificate Manager, in the region of the stack. */
  readonly certificateArn: string;
}

/** The console for people without AWS credentials, at an address of its own. */
export interface ConsoleOption {
  /**
   * People sign in at `https://<signInPrefix>.auth.<region>.amazoncognito.com`: lowercase letters, digits and hyphens, unique in the region.
   * Default `call-recorder-<stage>-<account>`.
   */
  readonly signInPrefix?: string;
  /** Names of identity providers that the owner has added to the user pool, such as `["Okta"]`. Default: none. */
  readonly identityProviders?: readonly string[];
  /** Domain of the page. Its certificate is in us-east-1, as CloudFront wants it. Default: the address that CloudFront assigns. */
  readonly domain?: CustomDomainOption;
}
