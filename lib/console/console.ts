/**
 * The console for people without AWS credentials: its page, its users, and what the page is told. It is made in two parts, since the APIs and
 * the bucket must know the page's origin, and the page must know their addresses.
 */
import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { buildPage } from '../../console/serve/page.ts';
import { type PageSettings, SETTINGS_FILE } from '../../lambdas/shared/contract/console.ts';
import { CONSOLE_PREFIX } from '../../lambdas/shared/contract/http.ts';
import type { ConsoleOption } from '../configuration/address-options.ts';
import type { CallRecorderConfiguration } from '../configuration/options.ts';
import type { LogsProps } from '../steps/step-lambda.ts';
import { acknowledgeDeployment } from './deployment-findings.ts';
import { type PageHosts, pagePolicy } from './policy.ts';
import { ConsoleSite } from './site.ts';
import { ConsoleUsers } from './users.ts';

export interface ConsoleProps {
  readonly prefix: string;
  readonly console: ConsoleOption;
  readonly removalPolicy: CallRecorderConfiguration['removalPolicy'];
  readonly logs: LogsProps;
}

export class Console extends Construct {
  readonly site: ConsoleSite;
  readonly users: ConsoleUsers;
  readonly authorizer: HttpJwtAuthorizer;
  private readonly prefix: string;
  private readonly logs: LogsProps;

  constructor(scope: Construct, id: string, { prefix, console: options, removalPolicy, logs }: ConsoleProps) {
    super(scope, id);
    this.prefix = prefix;
    this.logs = logs;
    this.site = new ConsoleSite(this, 'Site', { prefix, console: options });
    const { origin } = this.site;
    this.users = new ConsoleUsers(this, 'Users', { prefix, origin, console: options, removalPolicy });
    this.authorizer = this.users.authorizer;
  }

  /**
   * Deploys the page.
   *
   * @param api `https://…` of the HTTP API
   * @param audio where links to audio lead, each `https://…`
   */
  deployPage({ api, audio }: Pick<PageHosts, 'api' | 'audio'>): void {
    const { signInUrl, issuer, clientId } = this.users;
    const settings: PageSettings = {
      api: api + CONSOLE_PREFIX,
      ...{ signIn: signInUrl, issuer, clientId, title: this.prefix },
    };
    const files = [...buildPage('hosted')].map(([path, { body }]) => {
      const text = Buffer.from(body).toString();
      return path === '/'
        ? Source.data('index.html', withPolicy(text, pagePolicy({ api, signIn: signInUrl, audio })))
        : Source.data(path.slice(1), text);
    });
    const deployment = new BucketDeployment(this, 'Files', {
      destinationBucket: this.site.bucket,
      sources: [...files, Source.jsonData(SETTINGS_FILE, settings)],
      // Asked for at each visit, and answered in a few bytes where nothing has changed.
      cacheControl: [CacheControl.noCache()],
      retainOnDelete: false,
      memoryLimit: 512,
      logGroup: this.deploymentLogs(),
    });
    acknowledgeDeployment(deployment, this.site.bucket);
  }

  private deploymentLogs(): LogGroup {
    const { retentionDays, encryptionKey } = this.logs;
    return new LogGroup(this, 'Logs', {
      logGroupName: `/${this.prefix}/console-page`,
      retention: retentionDays,
      ...(encryptionKey && { encryptionKey }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

/** Before anything else that the page loads. */
const withPolicy = (page: string, policy: string): string =>
  page.replace(
    '<meta charset="utf-8">',
    (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`,
  );

/** Origin of a function URL, which ends with a slash. */
export const originOf = (url: string): string => Fn.join('', ['https://', Fn.select(2, Fn.split('/', url))]);
