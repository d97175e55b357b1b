/** The check of the option `console`. */
import * as v from 'valibot';
import type { ConsoleOption, CustomDomainOption } from './address-options.ts';
import { domainName, listOf, matching, object, orToken } from './checks.ts';

/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const signInPrefix = v.pipe(
  matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a name of at most 63 lowercase letters, digits and hyphens'),
  v.check(
    (name) => !/aws|amazon|cognito/.test(name),
    'must not contain "aws", "amazon" or "cognito": Cognito refuses it',
  ),
);
const identityProvider = matching(
  /^[^_\p{Z}][^_\p{Z}]{1,30}[^_\p{Z}]$/u,
  'the name of an identity provider of the user pool',
);
export const consoleOption = object<ConsoleOption>(
  {
    signInPrefix: v.optional(signInPrefix),
    identityProviders: v.optional(listOf(identityProvider, 'names such as "Okta"')),
    domain: v.optional(
      object<CustomDomainOption>(
        {
          name: domainName,
          certificateArn: orToken(
            matching(
              /^arn:aws(-[a-z]+)*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
              'an ARN in us-east-1, where CloudFront looks, such as "arn:aws:acm:us-east-1:111122223333:certificate/…"',
            ),
          ),
        },
        '{"name": "calls.example.com", "certificateArn": "arn:aws:acm:us-east-1:…"}',
      ),
    ),
  },
  '{} or {"signInPrefix": "example-calls"}',
);
