/** A stack with the call recorder, and nothing else in it. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { CallRecorder, prefixOf } from './call-recorder.ts';
import type { CallRecorderConfiguration } from './configuration/options.ts';

/** Options of {@link CallRecorderStack}. */
export interface CallRecorderStackProps extends StackProps {
  /** As {@link readConfiguration} returns it. */
  readonly configuration: CallRecorderConfiguration;
  /** Folder that holds the steps' folders. Default: `lambdas/` of this package. */
  readonly lambdas?: string;
}

/** The thinnest user of {@link CallRecorder}. Its name is `call-recorder-<stage>`, unless another is given. */
export class CallRecorderStack extends Stack {
  /** All that is in the stack. */
  readonly recorder: CallRecorder;

  constructor(scope: Construct, id: string, props: CallRecorderStackProps) {
    const { configuration, lambdas, ...stackProps } = props;
    super(scope, id, {
      stackName: prefixOf(configuration),
      description: 'Records Twilio calls and keeps the recordings',
      ...stackProps,
    });
    this.recorder = new CallRecorder(this, 'Recorder', {
      ...configuration,
      ...(lambdas !== undefined && { lambdas }),
    });
    this.recorder.addOutputs();
  }
}
