/** Apps with the construct in them, as an owner may write one. Runs in the process that test files share. */
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { ArtifactMetadataEntryType } from 'aws-cdk-lib/cloud-assembly-schema';
import { CallRecorder, type CallRecorderProps } from '../../lib/call-recorder.ts';
import { DEFAULT_CONFIGURATION } from '../../lib/configuration/configuration.ts';
import { warnOfLimits, warnOfStart } from '../../lib/configuration/limits.ts';
import { emptySteps } from './templates.ts';

export interface Place {
  /** The region of the stack. Default: it is not told. */
  readonly region?: string;
  /** The region of the user's profile, as the CLI tells it. */
  readonly profileRegion?: string;
}

/** The errors of the recorder, for which the CLI refuses to deploy. */
export const errorsWith = (options: CallRecorderProps, place: Place): readonly string[] =>
  inPlace(options, place, (stack) => annotated(stack, ArtifactMetadataEntryType.ERROR));

/** What the CDK prints as it synthesizes. */
export function printedWith(options: CallRecorderProps, place: Place): readonly string[] {
  const printed: string[] = [];
  const { error } = console;
  console.error = (...given: unknown[]) => void printed.push(given.join(' '));
  try {
    inPlace(options, place, (stack) => Template.fromStack(stack));
  } finally {
    console.error = error;
  }
  return printed;
}

function inPlace<Result>(options: CallRecorderProps, place: Place, look: (stack: Stack) => Result): Result {
  const { region, profileRegion } = place;
  try {
    if (profileRegion !== undefined) process.env.CDK_DEFAULT_REGION = profileRegion;
    const props: StackProps = region === undefined ? {} : { env: { account: '111122223333', region } };
    const stack = new Stack(new App(), 'Stack', props);
    new CallRecorder(stack, 'Recorder', { ...options, lambdas: emptySteps() });
    return look(stack);
  } finally {
    delete process.env.CDK_DEFAULT_REGION;
  }
}

/** What the recorder warns of, by the words of the CLI. */
export function warningsWith(options: CallRecorderProps): readonly string[] {
  const stack = new Stack(new App(), 'Stack');
  new CallRecorder(stack, 'Recorder', { ...options, lambdas: emptySteps() });
  return annotated(stack, ArtifactMetadataEntryType.WARN);
}

/** The same of its limits and of how recordings start alone, without the rest of the recorder. */
export function limitsWarnedOf(options: CallRecorderProps): readonly string[] {
  const stack = new Stack(new App(), 'Stack');
  const configuration = { ...DEFAULT_CONFIGURATION, ...options };
  warnOfLimits(stack, configuration);
  warnOfStart(stack, configuration);
  return annotated(stack, ArtifactMetadataEntryType.WARN);
}

/** What is annotated stands in the tree at once: it need not be synthesized. */
const annotated = (stack: Stack, type: ArtifactMetadataEntryType): readonly string[] =>
  stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter((entry) => entry.type === type)
    .map(({ data }) => String(data));

/** All policies of an app that lets a role look calls up. */
export function policiesWithAuditor(): { readonly [logicalId: string]: object } {
  const auditing = new Stack(new App(), 'Auditing');
  const recorder = new CallRecorder(auditing, 'Recorder', { lambdas: emptySteps() });
  recorder.grantLookUps(new Role(auditing, 'Auditor', { assumedBy: new AccountRootPrincipal() }));
  recorder.grantRecordCalls(new Role(auditing, 'Supervisor', { assumedBy: new AccountRootPrincipal() }));
  recorder.grantAudit(new Role(auditing, 'Inspector', { assumedBy: new AccountRootPrincipal() }));
  return Template.fromStack(auditing).findResources('AWS::IAM::Policy');
}
