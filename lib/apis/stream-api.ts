/** The WebSocket API: the address that Twilio streams a call's audio to. */
import { Fn, Stack, Validations } from 'aws-cdk-lib';
import {
  type CfnStage,
  WebSocketApi,
  type WebSocketRouteIntegration,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration, WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  STREAM_ROUTE_SELECTION,
  STREAM_ROUTES_TO_FUNCTION,
  STREAM_ROUTES_TO_MOCK,
} from '../../lambdas/shared/contract/stream.ts';
import type { CallRecorderConfiguration } from '../configuration/options.ts';
import type { LogsProps, StepLambda } from '../steps/step-lambda.ts';
import { ApiGatewayLogRole, accessLogGroup, accessLogs, deployAfter } from './api-access.ts';
import { CustomDomain } from './custom-domain.ts';

interface StreamApiProps {
  readonly prefix: string;
  readonly logs: LogsProps;
  readonly configuration: CallRecorderConfiguration;
}

/** A stranger can try to connect without a signature, and each attempt costs an invocation. */
const THROTTLE_CONNECTIONS = { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 };

export class StreamApi extends Construct {
  /** For `<Stream url>`: `wss://…/<stage>`, or `wss://<domain>`, which has no stage. */
  readonly url: string;
  readonly domain: CustomDomain | undefined;
  /**
   * `https://…/<stage>`, before `/@connections/{connectionId}`. It is API Gateway's own address even with a custom domain, so it
   * depends neither on the owner's DNS record nor on the certificate.
   */
  readonly connectionsUrl: string;
  readonly accessLogs: LogGroup;
  private readonly api: WebSocketApi;
  private readonly stage: WebSocketStage;

  constructor(scope: Construct, id: string, { prefix, logs, configuration }: StreamApiProps) {
    super(scope, id);
    const { stage: stageName, streamDomain: domain, streamMessagesPerSecond: rateLimit } = configuration;
    this.api = new WebSocketApi(this, 'Api', {
      apiName: `${prefix}-stream`,
      description: 'Media streams of the call recorder, opened by Twilio',
      routeSelectionExpression: STREAM_ROUTE_SELECTION,
    });
    this.accessLogs = accessLogGroup(this, `${prefix}/stream`, logs);
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName,
      autoDeploy: true,
      // Every frame counts: a limit that real calls reach would drop `start` and `mark` along with the frames. The account's own
      // limits have the same proportion.
      throttle: { rateLimit, burstLimit: Math.ceil(rateLimit / 2) },
      accessLogSettings: accessLogs(this.accessLogs, [
        'requestId',
        'requestTime',
        'connectionId',
        'routeKey',
        'status',
        'integrationErrorMessage',
      ]),
    });
    if (configuration.createApiGatewayLogRole) this.stage.node.addDependency(new ApiGatewayLogRole(this, 'LogRole'));
    const { region, urlSuffix } = Stack.of(this);
    const address = ['://', this.api.apiId, '.execute-api.', region, '.', urlSuffix, '/', stageName];
    this.domain = domain && new CustomDomain(this, 'Domain', { ...domain, api: this.api, stage: this.stage });
    this.url = domain === undefined ? Fn.join('', ['wss', ...address]) : `wss://${domain.name}`;
    this.connectionsUrl = Fn.join('', ['https', ...address]);
  }

  /** Routes what matters to the step, and all other messages to a mock that never replies. */
  route(step: StepLambda): void {
    for (const key of STREAM_ROUTES_TO_FUNCTION) {
      const reason =
        key === '$connect'
          ? "Twilio cannot sign for IAM: the step checks Twilio's own signature and refuses the connection otherwise."
          : 'Authorization is decided once, at $connect; a message arrives only over an accepted connection.';
      this.addRoute(key, new WebSocketLambdaIntegration(`${key}-lambda`, step.function), reason);
    }
    for (const key of STREAM_ROUTES_TO_MOCK) {
      // Without a route response the route is one-way: the client never gets the reply of the mock.
      const mock = new WebSocketMockIntegration(`${key}-mock`, {
        requestTemplates: { $default: '{"statusCode":200}' },
        templateSelectionExpression: '\\$default',
      });
      this.addRoute(key, mock, 'Nothing is behind this route; a message arrives only over an accepted connection.');
    }
    (this.stage.node.defaultChild as CfnStage).routeSettings = { $connect: THROTTLE_CONNECTIONS };
  }

  /** @param reason why IAM does not authorize it */
  private addRoute(key: string, integration: WebSocketRouteIntegration, reason: string): void {
    const route = this.api.addRoute(key, { integration });
    Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    deployAfter(this.stage, route);
  }

  /** Allows to send to the client of a connection, and to close it. */
  allowConnections(step: StepLambda): void {
    const stack = Stack.of(this);
    const stage = { service: 'execute-api', resource: this.api.apiId, resourceName: this.stage.stageName };
    for (const method of ['POST', 'DELETE']) {
      const connections = `${stack.formatArn(stage)}/${method}/@connections/*`;
      step.allow(['execute-api:ManageConnections'], [connections]);
      step.acknowledgeResource(connections, 'A connection gets its id when it is opened.');
    }
  }

  /** Messages of all streams, frames included, or connections: what API Gateway bills; and what failed. */
  metric(
    name: 'MessageCount' | 'ConnectCount' | 'ExecutionError' | 'IntegrationError',
    options: MetricOptions,
  ): Metric {
    return this.stage.metric(name, options);
  }
}
