/**
 * The call recorder as a part of a CDK app.
 *
 * {@link CallRecorder} is the construct, {@link CallRecorderStack} a stack with nothing else in it.
 *
 * @packageDocumentation
 */
export type {
  AfterDisclaimer,
  AudioFormat,
  Canary,
  Deletions,
  Events,
  ForeignStreams,
  PlayFromTwilio,
  RedirectMethod,
  StartBy,
  WithoutStream,
} from '../lambdas/shared/contract/settings.ts';
export { STEPS, type Step } from '../lambdas/shared/contract/steps.ts';
export {
  CallRecorder,
  type CallRecorderProps,
  type DomainTarget,
} from './call-recorder.ts';
export { CallRecorderStack, type CallRecorderStackProps } from './call-recorder-stack.ts';
export type { ConsoleOption, CustomDomainOption } from './configuration/address-options.ts';
export {
  ConfigurationError,
  checkConfiguration,
  DEFAULT_CONFIGURATION,
  readConfiguration,
} from './configuration/configuration.ts';
export type {
  CallRecorderConfiguration,
  ColdStorage,
  ColdStorageClass,
  KmsUse,
  ObjectLock,
  PublicStep,
} from './configuration/options.ts';
