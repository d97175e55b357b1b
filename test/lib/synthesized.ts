/** The stack, synthesized without any of the steps' code: once for each configuration in a run of the tests. */
import { join } from 'node:path';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { CallRecorderConfiguration } from '../../lib/configuration/options.ts';
import { shared } from '../shared/shared.ts';
import type { SynthesizedTemplate } from './templates.ts';

// biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's; what is not there must fail a test.
export type Json = any;

/** A canary, for tests of what there is only with one. */
export const CANARY = { from: '+14155550100', to: '+14155550101', everyMinutes: 60 };

/** A resource of a template, as far as the tests look into it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Json;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Synthesized {
  /** The cloud assembly's folder, to be read only: other test files have it too. */
  readonly directory: string;
  readonly resources: { readonly [logicalId: string]: Resource };
  readonly outputs: { readonly [name: string]: { readonly Value: Json } };
  /** All resources of a type, by logical id. */
  all(type: string): { readonly [logicalId: string]: Resource };
  /** The one resource of a type that meets a condition. */
  one(type: string, condition?: (properties: Json) => boolean): readonly [string, Resource];
  functionOf(step: Step): readonly [string, Resource];
  /** The statements of the policy of a step's role. */
  statementsOf(step: Step): readonly Json[];
  /** The folder with a step's code, and what lies beside it. */
  codeFolderOf(step: Step): string;
}

const templates = shared<typeof import('./templates.ts')>(join(import.meta.dirname, 'templates.ts'));

/** The cloud assembly with the steps' own code. @returns its folder, to be read only */
export const sharedAssembly = (changes: Partial<CallRecorderConfiguration> = {}): Promise<string> =>
  templates('assembly', changes);

export async function synthesize(changes: Partial<CallRecorderConfiguration> = {}): Promise<Synthesized> {
  return synthesizedFrom(await templates('template', changes));
}

/** With a text after the disclaimer that only the deployment knows. */
export async function synthesizeWithToken(): Promise<Synthesized> {
  return synthesizedFrom(await templates('templateWithToken'));
}

function synthesizedFrom({ directory, template }: SynthesizedTemplate): Synthesized {
  const { Resources: resources, Outputs: outputs } = template as Json;
  const all: Synthesized['all'] = (type) =>
    Object.fromEntries(Object.entries<Resource>(resources).filter(([, { Type }]) => Type === type));
  const one: Synthesized['one'] = (type, condition = () => true) => {
    const found = Object.entries(all(type)).filter(([, resource]) => condition(resource.Properties));
    const [first] = found;
    if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${type}, not one`);
    return first;
  };
  const functionOf: Synthesized['functionOf'] = (step) =>
    one('AWS::Lambda::Function', ({ Environment }) => Environment?.Variables.POWERTOOLS_SERVICE_NAME === step);
  return {
    ...{ directory, resources, outputs, all, one, functionOf },
    statementsOf(step) {
      const role = functionOf(step)[1].Properties.Role['Fn::GetAtt'][0];
      const [, policy] = one('AWS::IAM::Policy', ({ Roles }) => Roles[0].Ref === role);
      return policy.Properties.PolicyDocument.Statement;
    },
    codeFolderOf: (step) => join(directory, `asset.${functionOf(step)[1].Properties.Code.S3Key.replace(/\.zip$/, '')}`),
  };
}
