/** The Lambda function of one step, with its own role, log group and code. */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENVIRONMENT_OF_STEP, type EnvironmentName } from '../../lambdas/shared/contract/environment.ts';
import { METRICS_NAMESPACE } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { bundle } from './bundle.ts';

/** How logs are kept. */
export interface LogsProps {
  readonly retentionDays: number;
  readonly encryptionKey?: IKey | undefined;
}

/** By operator and key, as IAM writes them. */
export type Conditions = { readonly [operator: string]: { readonly [key: string]: readonly string[] } };

export interface StepLambdaProps {
  /** What all names of this deployment begin with. */
  readonly prefix: string;
  /** Folder that holds the steps' folders. */
  readonly lambdas: string;
  readonly timeout: Duration;
  /** MB; CPU comes in proportion, a whole one at 1,769. */
  readonly memory: number;
  readonly logs: LogsProps;
  /** Files to lie beside the code, by name. */
  readonly files?: { readonly [name: string]: Uint8Array };
  readonly reservedConcurrency?: number | undefined;
  /** Whether a schedule invokes the function, asynchronously. A failed run is not repeated: the next one does its work. */
  readonly scheduled?: boolean;
}

/**
 * Options of Node.js for steps that its defaults do not suit.
 *
 * Audio comes in buffers that are garbage a moment later. A young generation of 1 MB is collected so often that they never reach
 * the old one. With the default size they do, and collecting them takes a quarter of the CPU time of a copy (`npm run bench`, row 6).
 */
export const NODE_OPTIONS_OF_STEP: { readonly [step in Step]?: { readonly NODE_OPTIONS: string } } = {
  'recording-copy': { NODE_OPTIONS: '--max-semi-space-size=1' },
};

/** A step's function. Its construct id is the step's name. */
export class StepLambda extends Construct {
  readonly step: Step;
  readonly function: LambdaFunction;
  private readonly role: Role;

  constructor(scope: Construct, step: Step, props: StepLambdaProps) {
    super(scope, step);
    this.step = step;
    const name = `${props.prefix}-${step}`;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/${props.prefix}/${step}`,
      retention: props.logs.retentionDays,
      ...(props.logs.encryptionKey && { encryptionKey: props.logs.encryptionKey }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What the step ${step} of the call recorder may do`,
    });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      description: `Call recorder, step ${step}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundle(step, props.lambdas, props.files ?? {}),
      role: this.role,
      logGroup,
      // The steps print JSON themselves; with LoggingFormat.JSON Lambda would wrap each line again.
      loggingFormat: LoggingFormat.TEXT,
      timeout: props.timeout,
      memorySize: props.memory,
      environment: {
        POWERTOOLS_SERVICE_NAME: step,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        ...NODE_OPTIONS_OF_STEP[step],
      },
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.scheduled ? { retryAttempts: 0, maxEventAge: Duration.minutes(1) } : {}),
    });
    this.acknowledgeFindings(props.scheduled ?? false);
  }

  /** Sets the variables that the step's code reads, and no other. */
  setEnvironment(values: { readonly [name in EnvironmentName]: string }): void {
    for (const name of ENVIRONMENT_OF_STEP[this.step]) this.function.addEnvironment(name, values[name]);
  }

  /** Allows actions on resources, each named in full. */
  allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): void {
    this.function.addToRolePolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) }),
    );
  }

  /** Gives cdk-nag the reason why a wildcard in the ARN of a resource is as narrow as possible. */
  acknowledgeResource(arn: string, reason: string): void {
    const resource = asNagWrites(Stack.of(this).resolve(arn));
    Validations.of(this.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }

  private acknowledgeFindings(scheduled: boolean): void {
    Validations.of(this.function).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason: scheduled
          ? 'The next run does the work of a failed one; alarms tell of failures and of silence.'
          : 'An API invokes it, whose caller gets the error; or a queue, which has dead letters of its own; or an event, which Lambda repeats.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          "A call's whole story is in its rows and in log lines with its SID; traces would cost more and need rights on all resources.",
      },
    );
    if (!scheduled) return;
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'The event says nothing but that it is time; the next run does the work of a failed one.',
    });
  }
}

/** A resolved ARN as cdk-nag spells it, with `<LogicalId.Arn>` and `<AWS::Region>` for values of the deployment. */
export function asNagWrites(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const [[intrinsic, argument] = ['', undefined]] = Object.entries(resolved as { [name: string]: unknown });
  switch (intrinsic) {
    case 'Ref':
      return `<${argument}>`;
    case 'Fn::GetAtt':
      return `<${(argument as string[]).join('.')}>`;
    case 'Fn::ImportValue':
      return asNagWrites(argument);
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(asNagWrites).join(separator);
    }
    default:
      return JSON.stringify(resolved);
  }
}
