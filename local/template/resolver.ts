import { type Template, TemplateError } from './assembly.ts';

/** What a created resource answers to `Ref` and `Fn::GetAtt`. */
export interface PhysicalResource {
  readonly ref: string;
  readonly attributes?: { readonly [name: string]: string };
}

export interface ResolverOptions {
  readonly template: Template;
  readonly stackName: string;
  readonly region: string;
  readonly accountId: string;
  /** Resources by logical ID; filled while they are created. */
  readonly physical: ReadonlyMap<string, PhysicalResource>;
}

const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Replaces intrinsic functions by what they stand for: `Ref`, `Fn::GetAtt`, `Fn::Join`, `Fn::Sub`, `Fn::Select`,
 * `Fn::Split` and the pseudo parameters. Anything else is an error, which names the resource: `where` is its logical ID.
 */
export class Resolver {
  readonly #template: Template;
  readonly #physical: ReadonlyMap<string, PhysicalResource>;
  readonly #pseudoParameters: ReadonlyMap<string, unknown>;

  constructor({ template, physical, region, accountId, stackName }: ResolverOptions) {
    this.#template = template;
    this.#physical = physical;
    this.#pseudoParameters = new Map<string, unknown>([
      ['AWS::Region', region],
      ['AWS::AccountId', accountId],
      ['AWS::Partition', 'aws'],
      ['AWS::URLSuffix', 'amazonaws.com'],
      ['AWS::StackName', stackName],
      ['AWS::StackId', `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`],
      ['AWS::NoValue', NO_VALUE],
    ]);
  }

  value(unresolved: unknown, where: string): unknown {
    if (Array.isArray(unresolved)) {
      return unresolved.map((element) => this.value(element, where)).filter((element) => element !== NO_VALUE);
    }
    if (typeof unresolved !== 'object' || unresolved === null) return unresolved;
    const entries = Object.entries(unresolved);
    const [first] = entries;
    if (first !== undefined && entries.length === 1 && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
      return this.#intrinsic(first[0], first[1], where);
    }
    return Object.fromEntries(
      entries.map(([name, inner]) => [name, this.value(inner, where)]).filter(([, inner]) => inner !== NO_VALUE),
    );
  }

  /** As `value`, but the result must be a string (numbers and booleans are spelled out as CloudFormation does). */
  string(unresolved: unknown, where: string): string {
    return toText(this.value(unresolved, where), where);
  }

  #physicalResource(logicalId: string, where: string): PhysicalResource {
    const found = this.#physical.get(logicalId);
    if (found !== undefined) return found;
    const type = this.#template.Resources[logicalId]?.Type;
    throw new TemplateError(
      where,
      type === undefined
        ? `refers to ${logicalId}, which the template does not have.`
        : `refers to ${logicalId} of type ${type}, which local mode does not create.`,
    );
  }

  #reference(name: string, where: string): unknown {
    if (this.#pseudoParameters.has(name)) return this.#pseudoParameters.get(name);
    const parameter = this.#template.Parameters?.[name];
    if (parameter === undefined) return this.#physicalResource(name, where).ref;
    if (parameter.Default === undefined) throw new TemplateError(where, `parameter ${name} has no default value.`);
    return parameter.Default;
  }

  #attribute(logicalId: string, name: string, where: string): string {
    const value = this.#physicalResource(logicalId, where).attributes?.[name];
    if (value === undefined) {
      const type = this.#template.Resources[logicalId]?.Type ?? 'unknown type';
      throw new TemplateError(where, `asks ${logicalId} (${type}) for ${name}, which local mode does not know.`);
    }
    return value;
  }

  #substitute(argument: unknown, where: string): string {
    const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
    if (typeof text !== 'string') throw new TemplateError(where, 'Fn::Sub needs a text.');
    const variables = new Map(Object.entries((given ?? {}) as { [name: string]: unknown }));
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (variables.has(name)) return toText(this.value(variables.get(name), where), where);
      const [logicalId, ...path] = name.split('.');
      if (path.length > 0 && logicalId !== undefined) return this.#attribute(logicalId, path.join('.'), where);
      return toText(this.#reference(name, where), where);
    });
  }

  #list(argument: unknown, where: string): unknown[] {
    const resolved = this.value(argument, where);
    if (!Array.isArray(resolved)) throw new TemplateError(where, `a list is needed, not ${JSON.stringify(argument)}.`);
    return resolved;
  }

  #intrinsic(name: string, argument: unknown, where: string): unknown {
    switch (name) {
      case 'Ref':
        return this.#reference(String(argument), where);
      case 'Fn::GetAtt': {
        const [logicalId, ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
        return this.#attribute(logicalId ?? '', path.join('.'), where);
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return this.#list(parts, where)
          .map((part) => toText(part, where))
          .join(separator);
      }
      case 'Fn::Sub':
        return this.#substitute(argument, where);
      case 'Fn::Select': {
        const [index, from] = argument as [unknown, unknown];
        const selected = this.#list(from, where)[Number(index)];
        if (selected === undefined) throw new TemplateError(where, `Fn::Select finds no element ${String(index)}.`);
        return selected;
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, unknown];
        return toText(this.value(text, where), where).split(separator);
      }
      default:
        throw new TemplateError(where, `local mode does not know the intrinsic function ${name}.`);
    }
  }
}

function toText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(where, `a text is needed where the template has ${JSON.stringify(value)}.`);
}
