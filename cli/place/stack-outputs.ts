/** The outputs of a deployed stack, asked of CloudFormation: no file of the deployment is needed. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { explain } from '../command/explain.ts';
import { described, Problem } from '../command/problem.ts';
import { REQUESTS } from './clients.ts';

export type DescribedStack = Awaited<ReturnType<typeof describeStack>>;

const HOW_TO =
  'Deploy it, name another one by --stack NAME, choose account and region by AWS_PROFILE and AWS_REGION, ' +
  'or use --local for the system that "npm start" runs on this machine.';

/** @throws {Problem} that says what to do where there is no such stack, or AWS does not tell */
export async function describeStack(name: string, profile: string | undefined) {
  const client = new CloudFormationClient(REQUESTS);
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const outputs = Object.fromEntries(
      (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
    if (Object.keys(outputs).length === 0) {
      throw new Problem(`The stack ${name} has no outputs; its state is ${stack?.StackStatus ?? 'unknown'}. ${HOW_TO}`);
    }
    return { outputs, region: await client.config.region() };
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { name: kind, message } = described(error);
    if (kind === 'ValidationError' && /does not exist/.test(message)) {
      const region = await client.config.region();
      throw new Problem(`There is no stack ${name} in ${region}. ${HOW_TO}`);
    }
    const title = `CloudFormation (asked for the outputs of the stack ${name})`;
    throw explain(error, { title, ifSilent: HOW_TO }, profile);
  } finally {
    client.destroy();
  }
}
