import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A resource as CloudFormation's template states it; values may hold intrinsic functions. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly [name: string]: unknown };
}

export interface Template {
  readonly Resources: { readonly [logicalId: string]: TemplateResource };
  readonly Parameters?: { readonly [name: string]: { readonly Default?: unknown } };
  readonly Outputs?: { readonly [name: string]: { readonly Value?: unknown; readonly Description?: string } };
}

/** What `cdk synth` wrote for one stack. */
export interface CloudAssembly {
  readonly stackName: string;
  readonly template: Template;
  /** Absolute path of the directory with the files of an asset; throws if the template names no known asset. */
  assetDirectory(objectKey: string): string;
}

/** The template asks for something that local mode does not know: it says where, and what to do. */
export class TemplateError extends Error {
  constructor(logicalId: string, problem: string) {
    super(`The template's resource ${logicalId}: ${problem}`);
    this.name = 'TemplateError';
  }
}

interface ManifestArtifact {
  readonly type: string;
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly file?: string };
}

interface AssetManifest {
  readonly files?: {
    readonly [id: string]: {
      readonly source: { readonly path?: string; readonly packaging?: string };
      readonly destinations: { readonly [name: string]: { readonly objectKey: string } };
    };
  };
}

/** Reads the cloud assembly in `directory`, which must hold exactly one stack. */
export function readCloudAssembly(directory: string): CloudAssembly {
  const manifestFile = join(directory, 'manifest.json');
  if (!existsSync(manifestFile)) {
    throw new Error(`${directory} is no cloud assembly: it has no manifest.json. Synthesize the app into it first.`);
  }
  const manifest = readJson<{ artifacts?: { readonly [id: string]: ManifestArtifact } }>(manifestFile);
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const stacks = artifacts.filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`${directory} must hold exactly one stack, it holds ${stacks.length}.`);
  }
  const [artifactId, artifact] = stack;
  const templateFile = artifact.properties?.templateFile ?? `${artifactId}.template.json`;

  const assetPaths = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue;
    const { files } = readJson<AssetManifest>(join(directory, properties.file));
    for (const { source, destinations } of Object.values(files ?? {})) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) assetPaths.set(objectKey, resolve(directory, source.path));
      }
    }
  }

  return {
    stackName: artifact.properties?.stackName ?? artifactId,
    template: readJson<Template>(join(directory, templateFile)),
    assetDirectory(objectKey) {
      const path = assetPaths.get(objectKey);
      if (path === undefined || !existsSync(path)) {
        throw new Error(`No asset ${objectKey} in ${directory}. Remove the directory and synthesize again.`);
      }
      return path;
    },
  };
}

/** All resources of a type, in the template's order. */
export function resourcesOfType(template: Template, type: string): [logicalId: string, resource: TemplateResource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
