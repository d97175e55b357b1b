import { type CloudAssembly, resourcesOfType, TemplateError } from './assembly.ts';
import type { ArnLookup } from './identifiers.ts';
import type { Resolver } from './resolver.ts';

/** A function's own address. */
export interface FunctionUrlModel {
  readonly logicalId: string;
  /** The first part of its host's name. */
  readonly id: string;
  readonly functionId: string;
  /** `iam`: only requests that are signed for AWS reach the function. */
  readonly authorization: 'none' | 'iam';
}

/** Reads `AWS::Lambda::Url`, whether the response is streamed or not: the function's handler decides that here. */
export function readFunctionUrls(
  assembly: CloudAssembly,
  resolver: Resolver,
  functionOf: ArnLookup,
): FunctionUrlModel[] {
  return resourcesOfType(assembly.template, 'AWS::Lambda::Url').map(([logicalId, { Properties = {} }]) => {
    for (const unknown of ['Cors', 'Qualifier']) {
      if (Properties[unknown] !== undefined) throw new TemplateError(logicalId, `local mode does not know ${unknown}.`);
    }
    const type = Properties.AuthType;
    if (type !== 'AWS_IAM' && type !== 'NONE') {
      throw new TemplateError(logicalId, `local mode does not know the authorization ${String(type)}.`);
    }
    const url = resolver.string({ 'Fn::GetAtt': [logicalId, 'FunctionUrl'] }, logicalId);
    return {
      logicalId,
      id: new URL(url).hostname.split('.')[0] ?? '',
      functionId: functionOf(resolver.string(Properties.TargetFunctionArn, logicalId), logicalId),
      authorization: type === 'AWS_IAM' ? 'iam' : 'none',
    };
  });
}
