/** The HTTP API: the two addresses that Twilio posts to. */
import { Fn, Stack, Validations } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { accessLogs } from './api-access.ts';
import type { CustomDomainOption } from './configuration.ts';
import { CustomDomain } from './custom-domain.ts';
import type { LogsProps, StepLambda } from './step-lambda.ts';

export interface WebhookApiProps {
  readonly prefix: string;
  readonly logs: LogsProps;
  readonly domain: CustomDomainOption | undefined;
}

/** Two requests a call come here. A flood beyond these rates is answered 429 and costs no invocation. */
const THROTTLE = { rateLimit: 500, burstLimit: 1000 };

export class WebhookApi extends Construct {
  /** `https://…`, without a trailing slash. */
  readonly url: string;
  readonly domain: CustomDomain | undefined;
  private readonly api: HttpApi;

  constructor(scope: Construct, id: string, { prefix, logs, domain }: WebhookApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `${prefix}-webhooks`,
      description: 'Webhooks of the call recorder, called by Twilio',
      createDefaultStage: false,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: accessLogs(this, `${prefix}/webhooks`, logs, [
        'requestId',
        'requestTime',
        'identity.sourceIp',
        'httpMethod',
        'routeKey',
        'status',
        'responseLength',
        'integrationLatency',
        'integrationErrorMessage',
      ]),
    });
    this.domain = domain && new CustomDomain(this, 'Domain', { ...domain, api: this.api, stage });
    const { region, urlSuffix } = Stack.of(this);
    this.url =
      domain === undefined
        ? Fn.join('', ['https://', this.api.apiId, '.execute-api.', region, '.', urlSuffix])
        : `https://${domain.name}`;
  }

  /** Lets Twilio post to a step. */
  post(path: string, step: StepLambda): void {
    const routes = this.api.addRoutes({
      path,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration(step.step, step.function, {
        payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
      }),
    });
    for (const route of routes) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: "Twilio cannot sign for IAM: the step checks Twilio's own signature before it does anything else.",
      });
    }
  }
}
