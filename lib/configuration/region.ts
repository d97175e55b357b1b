/** Reports at synthesis, where the region is known, which resources are not in the region of the stack. */
import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Reports an error where an ARN and the stack are known to be in different regions.
 *
 * @param what - names what the ARN is of, such as `kmsKeyArn: the key`
 */
export function checkRegion(scope: Construct, arn: string | undefined, what: string): void {
  const { region } = Stack.of(scope);
  if (arn === undefined || Token.isUnresolved(arn) || Token.isUnresolved(region)) return;
  const [, , , found] = arn.split(':');
  if (found === region) return;
  Annotations.of(scope).addError(
    `${what} is in ${found}, but must be in the region of the stack, ${region}; name one there.`,
  );
}
