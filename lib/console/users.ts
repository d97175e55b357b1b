/** Who may sign in to the hosted console: a user pool, its sign-in page, and the page as its only client. */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import {
  AccountRecovery,
  type CfnUserPoolClient,
  CfnUserPoolGroup,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
  UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { ALL_TEAMS } from '../../lambdas/shared/contract/http.ts';
import type { ConsoleOption } from '../configuration/address-options.ts';
import type { CallRecorderConfiguration } from '../configuration/options.ts';

interface ConsoleUsersProps {
  readonly prefix: string;
  /** The page's, without a trailing slash. */
  readonly origin: string;
  readonly console: ConsoleOption;
  readonly removalPolicy: CallRecorderConfiguration['removalPolicy'];
}

/** A token that was stolen, or whose user was removed, is worth so long. */
const TOKENS = Duration.minutes(5);
/** The page keeps this one in memory alone, and renews the others with it: for a working day, then it asks to sign in again. */
const REFRESH_TOKEN = Duration.hours(8);

export class ConsoleUsers extends Construct {
  readonly pool: UserPool;
  /** Who `iss` of a token must be. */
  readonly issuer: string;
  /** Where people sign in, `https://…`. */
  readonly signInUrl: string;
  readonly clientId: string;
  readonly authorizer: HttpJwtAuthorizer;

  constructor(scope: Construct, id: string, props: ConsoleUsersProps) {
    super(scope, id);
    const { prefix, origin, console: options } = props;
    this.pool = this.createPool(props);
    const domain = this.pool.addDomain('SignIn', {
      cognitoDomain: { domainPrefix: options.signInPrefix ?? `${prefix}-${Stack.of(this).account}` },
    });
    new CfnUserPoolGroup(this, 'AllTeams', {
      userPoolId: this.pool.userPoolId,
      groupName: ALL_TEAMS,
      description: 'Sees the calls of all teams, and who listened',
    });
    this.clientId = this.createClient(origin, options.identityProviders ?? []).userPoolClientId;
    this.issuer = this.pool.userPoolProviderUrl;
    this.signInUrl = domain.baseUrl();
    this.authorizer = new HttpJwtAuthorizer('Users', this.issuer, { jwtAudience: [this.clientId] });
  }

  private createPool({ prefix, origin, removalPolicy }: ConsoleUsersProps): UserPool {
    const retain = removalPolicy === 'retain';
    const pool = new UserPool(this, 'Pool', {
      userPoolName: `${prefix}-console`,
      featurePlan: FeaturePlan.LITE,
      selfSignUpEnabled: false,
      // A user's name is the e-mail address by which `recorder users add` invites: so the access token, and the audit, name a person.
      signInAliases: { username: true },
      signInCaseSensitive: false,
      standardAttributes: { email: { required: true, mutable: true } },
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
        tempPasswordValidity: Duration.days(3),
      },
      userInvitation: {
        emailSubject: 'Your access to recorded calls',
        emailBody: `You can find and listen to recorded calls at ${origin}/<br>Name: {username}<br>Password for the first time: {####}`,
      },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(pool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason:
          'A company that federates has its own second factor; others let each user add an authenticator, or require it in Cognito.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason:
          'The plan Lite has all that is used here; an owner who wants threat protection chooses Plus in Cognito.',
      },
    );
    return pool;
  }

  private createClient(origin: string, identityProviders: readonly string[]): UserPoolClient {
    const client = new UserPoolClient(this, 'Client', {
      userPool: this.pool,
      userPoolClientName: 'console',
      // A page cannot keep a secret: PKCE binds the code to the page that has asked for it.
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: TOKENS,
      idTokenValidity: TOKENS,
      refreshTokenValidity: REFRESH_TOKEN,
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false },
        scopes: [OAuthScope.OPENID],
        callbackUrls: [`${origin}/`],
        logoutUrls: [`${origin}/`],
      },
      supportedIdentityProviders: ['COGNITO', ...identityProviders].map((name) =>
        UserPoolClientIdentityProvider.custom(name),
      ),
    });
    // Without a list Cognito lets users sign in by its API too, past the sign-in page.
    (client.node.defaultChild as CfnUserPoolClient).explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH'];
    return client;
  }
}
