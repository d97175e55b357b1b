/** Apps with the construct in them, as an owner may write one. Runs in the process that test files share. */
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { CallRecorder, type CallRecorderProps } from '../../lib/call-recorder.ts';
import { emptySteps } from './templates.ts';

export interface Told {
  /** The errors of the recorder, for which the CLI refuses to deploy. */
  readonly errors: readonly string[];
  /** What the CDK printed. */
  readonly printed: readonly string[];
}

export interface Place {
  /** The region of the stack. Default: it is not told. */
  readonly region?: string;
  /** The region of the user's profile, as the CLI tells it. */
  readonly profileRegion?: string;
}

export function errorsWith(options: CallRecorderProps, { region, profileRegion }: Place): Told {
  const printed: string[] = [];
  const { error } = console;
  console.error = (...given: unknown[]) => void printed.push(given.join(' '));
  try {
    if (profileRegion !== undefined) process.env.CDK_DEFAULT_REGION = profileRegion;
    const props: StackProps = region === undefined ? {} : { env: { account: '111122223333', region } };
    const stack = new Stack(new App(), 'Stack', props);
    new CallRecorder(stack, 'Recorder', { ...options, lambdas: emptySteps() });
    const found = Annotations.fromStack(stack).findError('*', Match.anyValue());
    return { errors: found.map(({ entry }) => String(entry.data)), printed };
  } finally {
    console.error = error;
    delete process.env.CDK_DEFAULT_REGION;
  }
}

/** What the recorder warns of at synthesis, by the words of the CLI. */
export function warningsWith(options: CallRecorderProps): readonly string[] {
  const stack = new Stack(new App(), 'Stack');
  new CallRecorder(stack, 'Recorder', { ...options, lambdas: emptySteps() });
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}

/** All policies of an app that lets a role look calls up. */
export function policiesWithAuditor(): { readonly [logicalId: string]: object } {
  const auditing = new Stack(new App(), 'Auditing');
  const recorder = new CallRecorder(auditing, 'Recorder', { lambdas: emptySteps() });
  recorder.grantLookUps(new Role(auditing, 'Auditor', { assumedBy: new AccountRootPrincipal() }));
  recorder.grantRecordCalls(new Role(auditing, 'Supervisor', { assumedBy: new AccountRootPrincipal() }));
  recorder.grantAudit(new Role(auditing, 'Inspector', { assumedBy: new AccountRootPrincipal() }));
  return Template.fromStack(auditing).findResources('AWS::IAM::Policy');
}
