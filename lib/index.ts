/**
 * The call recorder as a part of a CDK app.
 *
 * {@link CallRecorder} is the construct, {@link CallRecorderStack} a stack with nothing else in it.
 *
 * @packageDocumentation
 */
export {
  type AfterDisclaimer,
  type AudioFormat,
  type Deletions,
  type Events,
  type ForeignStreams,
  type PlayFromTwilio,
  STEPS,
  type Step,
} from '../lambdas/shared/contract.ts';
export { CallRecorder, type CallRecorderProps, type DomainTarget } from './call-recorder.ts';
export { CallRecorderStack, type CallRecorderStackProps } from './call-recorder-stack.ts';
export {
  type CallRecorderConfiguration,
  type ColdStorage,
  ConfigurationError,
  type CustomDomainOption,
  checkConfiguration,
  DEFAULT_CONFIGURATION,
  type ObjectLock,
  type PublicStep,
  readConfiguration,
} from './configuration.ts';
export type { KmsUse } from './encryption.ts';
export type { ColdStorageClass } from './recordings-bucket.ts';
