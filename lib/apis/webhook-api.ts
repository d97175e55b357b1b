/** The HTTP API: the webhooks that Twilio calls, sounds for anyone, and the owner's own requests, which IAM authorizes. */
import { Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import {
  type CfnStage,
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CONSOLE_SCOPE } from '../../lambdas/shared/contract/http.ts';
import type { CustomDomainOption } from '../configuration/address-options.ts';
import type { LogsProps, StepLambda } from '../steps/step-lambda.ts';
import { accessLogGroup, accessLogs, deployAfter } from './api-access.ts';
import { CustomDomain } from './custom-domain.ts';

export interface WebhookApiProps {
  readonly prefix: string;
  readonly logs: LogsProps;
  readonly domain: CustomDomainOption | undefined;
  /**
   * Requests beyond this rate are answered 429 and cost no invocation. A call makes five: for its TwiML, at its stream's start and
   * stop, at its recording's start and completion.
   */
  readonly requestsPerSecond: number;
  /** Origin of the hosted console's page, where there is one: the only page of another site that a browser lets ask. */
  readonly consoleOrigin: string | undefined;
}

/** Webhooks of a call whose recording TwiML starts, the only ones whose disclaimer is fetched: for its TwiML, and two of its recording. */
const REQUESTS_BESIDE_SOUND = 3;

/** These requests come from the owner's people and programs. Too many of them must not slow the webhooks. */
const THROTTLE_AUTHORIZED = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };

export class WebhookApi extends Construct {
  /** `https://…`, without a trailing slash. */
  readonly url: string;
  readonly domain: CustomDomain | undefined;
  readonly accessLogs: LogGroup;
  private readonly api: HttpApi;
  private readonly stage: HttpStage;
  private readonly requestsPerSecond: number;

  constructor(scope: Construct, id: string, props: WebhookApiProps) {
    super(scope, id);
    const { prefix, logs, domain, requestsPerSecond, consoleOrigin } = props;
    this.requestsPerSecond = requestsPerSecond;
    this.api = new HttpApi(this, 'Api', {
      apiName: `${prefix}-webhooks`,
      description: 'Webhooks of the call recorder, called by Twilio, and look-ups',
      createDefaultStage: false,
      ...(consoleOrigin !== undefined && { corsPreflight: corsOf(consoleOrigin) }),
    });
    this.accessLogs = accessLogGroup(this, `${prefix}/webhooks`, logs);
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: 2 * requestsPerSecond },
      accessLogSettings: accessLogs(this.accessLogs, [
        'requestId',
        'requestTime',
        'identity.sourceIp',
        // Of those that IAM has let in or refused: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
        'identity.userArn',
        'httpMethod',
        'routeKey',
        'status',
        'responseLength',
        'integrationLatency',
        'integrationErrorMessage',
        // Who asks from the hosted console, or why their token was refused: a refused request reaches no function.
        ...(consoleOrigin === undefined ? [] : ['authorizer.claims.sub', 'authorizer.error']),
      ]),
    });
    this.domain = domain && new CustomDomain(this, 'Domain', { ...domain, api: this.api, stage: this.stage });
    const { region, urlSuffix } = Stack.of(this);
    this.url =
      domain === undefined
        ? Fn.join('', ['https://', this.api.apiId, '.execute-api.', region, '.', urlSuffix])
        : `https://${domain.name}`;
  }

  /** Routes POST requests of Twilio to a step. */
  post(path: string, step: StepLambda): void {
    for (const route of this.api.addRoutes({ path, methods: [HttpMethod.POST], integration: integration(step) })) {
      deployAfter(this.stage, route);
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: "Twilio cannot sign for IAM: the step checks Twilio's own signature before it does anything else.",
      });
    }
  }

  /**
   * Routes GET requests of anyone to a step: for what Twilio plays, which says nothing of anybody. At most as many as there are calls, in
   * case that Twilio asks for each.
   */
  getOpen(path: string, step: StepLambda): void {
    for (const route of this.api.addRoutes({ path, methods: [HttpMethod.GET], integration: integration(step) })) {
      deployAfter(this.stage, route);
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'Twilio cannot sign for IAM. Everyone who asks gets the same sound.',
      });
    }
    const rateLimit = Math.ceil(this.requestsPerSecond / REQUESTS_BESIDE_SOUND);
    this.throttle([`GET ${path}`], { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: 2 * rateLimit });
  }

  /**
   * Routes requests of principals with the right `execute-api:Invoke` to a step.
   *
   * @param routeKeys such as `GET /calls/{callSid}`
   */
  authorized(routeKeys: readonly string[], step: StepLambda): void {
    this.authorizedBy(new HttpIamAuthorizer(), routeKeys, step);
  }

  /** Routes requests of the hosted console's users to a step: those with an access token of this scope. */
  forUsers(routeKeys: readonly string[], step: StepLambda, authorizer: IHttpRouteAuthorizer): void {
    this.authorizedBy(authorizer, routeKeys, step, [CONSOLE_SCOPE]);
  }

  private authorizedBy(
    authorizer: IHttpRouteAuthorizer,
    routeKeys: readonly string[],
    step: StepLambda,
    authorizationScopes?: string[],
  ): void {
    const behind = { integration: integration(step), authorizer, ...(authorizationScopes && { authorizationScopes }) };
    for (const routeKey of routeKeys) {
      const [path, method] = partsOf(routeKey);
      for (const route of this.api.addRoutes({ path, methods: [method], ...behind })) {
        deployAfter(this.stage, route);
      }
    }
    this.throttle(routeKeys, THROTTLE_AUTHORIZED);
  }

  private throttle(routeKeys: readonly string[], limits: typeof THROTTLE_AUTHORIZED): void {
    const stage = this.stage.node.defaultChild as CfnStage;
    stage.routeSettings = {
      ...(stage.routeSettings as object | undefined),
      ...Object.fromEntries(routeKeys.map((routeKey) => [routeKey, limits])),
    };
  }

  /** Requests that were answered with a status from 500 on. */
  metricServerError(options: MetricOptions): Metric {
    return this.stage.metricServerError(options);
  }

  /**
   * Allows a principal the requests of some routes that IAM authorizes. The CDK's own grant ends at a path's first variable, so that the right
   * to have a call recorded would be one to all that is posted about calls.
   *
   * @param routeKeys of {@link authorized}
   */
  grant(grantee: IGrantable, routeKeys: readonly string[]): void {
    const resourceArns = routeKeys.map((routeKey) => {
      const [path, method] = partsOf(routeKey);
      const resourceName = `${this.stage.stageName}/${method}${path.replaceAll(/\{\w+\}/g, '*')}`;
      return Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName });
    });
    Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }
}

/** Tokens go in a header. No cookie is taken, so that no page can use what a browser holds. */
const corsOf = (origin: string) => ({
  allowOrigins: [origin],
  allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
  allowHeaders: ['authorization', 'content-type'],
  maxAge: Duration.hours(1),
});

const METHODS = [HttpMethod.GET, HttpMethod.POST] as const;

/** Path and method of a route key. */
function partsOf(routeKey: string): [string, HttpMethod] {
  const [name, path = ''] = routeKey.split(' ');
  const method = METHODS.find((one) => one === name);
  if (!method) throw new Error(`The route key ${routeKey} names no method that is routed here.`);
  return [path, method];
}

const integration = (step: StepLambda) =>
  new HttpLambdaIntegration(step.step, step.function, { payloadFormatVersion: PayloadFormatVersion.VERSION_2_0 });
