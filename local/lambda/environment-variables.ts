import type { FunctionModel } from '../template/model.ts';

/** What Lambda puts into an environment, and nothing of this machine's but what Node.js needs to run and to trust. */
export function environmentVariables(
  model: FunctionModel,
  region: string,
  further: { readonly [name: string]: string },
): { [name: string]: string } {
  const ofThisMachine: { [name: string]: string } = {};
  for (const name of ['PATH', 'SystemRoot', 'NODE_EXTRA_CA_CERTS']) {
    const value = process.env[name];
    if (value !== undefined) ofThisMachine[name] = value;
  }
  return {
    ...ofThisMachine,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${model.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: model.directory,
    _HANDLER: model.handler,
    ...model.environment,
    ...further,
  };
}
