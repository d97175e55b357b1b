/** What the roles of the template allow, with the ARNs that the stand-ins go by. */
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { ACCOUNT_ID, REGION } from '../../local/emulators/aws.ts';
import type { Deployment } from '../../local/system/deployment.ts';
import { type CloudAssembly, resourcesOfType } from '../../local/template/assembly.ts';
import { plannedResources } from '../../local/template/identifiers.ts';
import { type PhysicalResource, Resolver } from '../../local/template/resolver.ts';
import { isLike } from '../lib/policies.ts';
import { arnOf, type NotedRequest } from './requests.ts';

/** One action on one resource, of which either may end in `*`. */
export interface Right {
  readonly action: string;
  readonly resource: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const PLACE = { region: REGION, accountId: ACCOUNT_ID };

/** The rights of each step's role, one by one. */
export function readRights(assembly: CloudAssembly, deployment: Deployment): ReadonlyMap<Step, readonly Right[]> {
  const { template, stackName } = assembly;
  const resolver = new Resolver({ template, stackName, ...PLACE, physical: physicalOf(assembly, deployment) });
  const policies = resourcesOfType(template, 'AWS::IAM::Policy');
  const rightsOfRole = (role: string): Right[] =>
    policies
      .filter(([, { Properties }]) => ((Properties?.Roles ?? []) as { Ref: string }[]).some(({ Ref }) => Ref === role))
      .flatMap(([id, { Properties }]) => {
        const { Statement } = resolver.value(Properties?.PolicyDocument, id) as { Statement: readonly Statement[] };
        return Statement.flatMap(rightsOfStatement);
      });
  return new Map(
    resourcesOfType(template, 'AWS::Lambda::Function').map(([, { Properties = {} }]) => {
      const { Variables } = Properties.Environment as { Variables: { POWERTOOLS_SERVICE_NAME: Step } };
      const { 'Fn::GetAtt': role } = Properties.Role as { 'Fn::GetAtt': string[] };
      return [Variables.POWERTOOLS_SERVICE_NAME, rightsOfRole(role[0] ?? '')];
    }),
  );
}

function rightsOfStatement({ Effect, Action, Resource }: Statement): Right[] {
  if (Effect !== 'Allow') throw new Error(`A role denies ${JSON.stringify(Action)}, which is not judged here.`);
  return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource })));
}

/** What the template's resources answer to `Ref` and `Fn::GetAtt`. */
function physicalOf(assembly: CloudAssembly, deployment: Deployment): ReadonlyMap<string, PhysicalResource> {
  const { template } = assembly;
  const physical = plannedResources(assembly, PLACE);
  const { tableName, bucketName, secretId, partySecretId = '', queues } = deployment;
  const add = (type: string, ref: string, Arn: string) => {
    for (const [id] of resourcesOfType(template, type)) physical.set(id, { ref, attributes: { Arn } });
  };
  add('AWS::DynamoDB::Table', tableName, arnOf('dynamodb', `table/${tableName}`));
  add('AWS::S3::Bucket', bucketName, `arn:aws:s3:::${bucketName}`);
  for (const [id, { Properties }] of resourcesOfType(template, 'AWS::SecretsManager::Secret')) {
    const ref = Properties?.GenerateSecretString === undefined ? secretId : partySecretId;
    physical.set(id, { ref, attributes: { Arn: ref } });
  }
  for (const [id, { name, url }] of queues) physical.set(id, { ref: url, attributes: { Arn: arnOf('sqs', name) } });
  for (const [id] of resourcesOfType(template, 'AWS::Logs::LogGroup')) {
    physical.set(id, { ref: id, attributes: { Arn: arnOf('logs', id) } });
  }
  return physical;
}

/** Whether a right covers a request. */
export const covers = ({ action, resource }: Right, request: Pick<NotedRequest, 'action' | 'resource'>): boolean =>
  isLike(request.action, action) && isLike(request.resource, resource);
