/** Decides, as AWS does, what the policy of a resource allows to one of AWS's own services. */
import type { Json } from './synthesized.ts';

/** What a service of AWS asks for. */
export interface ServiceRequest {
  /** The service principal, such as `cloudwatch.amazonaws.com`. */
  readonly service: string;
  /** For example `sns:Publish`. */
  readonly action: string;
  /** The resource's ARN, or what the template has in its place. */
  readonly resource: unknown;
  /** Condition keys and their values. */
  readonly context: { readonly [key: string]: string };
}

/** The account that the template's `AWS::AccountId` stands for. */
export const ACCOUNT_OF_STACK = '111122223333';

const KNOWN = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];
const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
const resolved = (value: Json): Json => (value?.Ref === 'AWS::AccountId' ? ACCOUNT_OF_STACK : value);

/**
 * An explicit Deny outranks every Allow, and what nothing allows is denied.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @throws {Error} for an element of a policy that it cannot judge
 */
export function isAllowed(statements: readonly Json[], request: ServiceRequest): boolean {
  const effects = statements.filter((statement) => covers(statement, request)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function covers(statement: Json, { service, action, resource, context }: ServiceRequest): boolean {
  const unknown = Object.keys(statement).filter((element) => !KNOWN.includes(element));
  if (unknown.length > 0) throw new Error(`not judged here: ${unknown.join(', ')}`);
  return (
    includesService(statement.Principal, service) &&
    listOf<string>(statement.Action).some((pattern) => isLike(action, pattern, 'i')) &&
    listOf<unknown>(statement.Resource).some(
      (one) => one === '*' || JSON.stringify(one) === JSON.stringify(resource),
    ) &&
    meets(statement.Condition ?? {}, context)
  );
}

function includesService(principal: Json, service: string): boolean {
  if (principal === '*') return true;
  return listOf(principal.AWS).includes('*') || listOf(principal.Service).includes(service);
}

/** Whether a text meets a pattern of IAM, in which `*` stands for anything. @param flags of the regular expression */
export function isLike(text: string, pattern: string, flags = ''): boolean {
  const expression = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`, flags).test(text);
}

/** All operators and keys must be met. A key that the request does not have meets none of the operators known here. */
function meets(condition: Json, context: ServiceRequest['context']): boolean {
  return Object.entries<Json>(condition).every(([operator, keys]) => {
    if (operator !== 'StringEquals' && operator !== 'Bool') throw new Error(`not judged here: ${operator}`);
    return Object.entries<Json>(keys).every(([key, values]) => listOf(values).map(resolved).includes(context[key]));
  });
}
