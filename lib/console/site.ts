/** Where the page of the hosted console lies: a private bucket, which only its own distribution of CloudFront reads. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ConsoleOption } from '../configuration/address-options.ts';
import { HEADER_POLICY } from './policy.ts';

interface ConsoleSiteProps {
  readonly prefix: string;
  readonly console: ConsoleOption;
}

export class ConsoleSite extends Construct {
  /** `https://…`, without a trailing slash: the page's origin, as browsers write it. */
  readonly origin: string;
  /** What the DNS record of the owner's domain must lead to; absent where there is none. */
  readonly domainTarget: string | undefined;
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, { prefix, console: { domain } }: ConsoleSiteProps) {
    super(scope, id);
    // It holds nothing that a deployment does not make anew.
    const bucket = new Bucket(this, 'Page', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const distribution = new Distribution(this, 'Distribution', {
      comment: `Console of ${prefix}`,
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket as IBucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        // The files themselves say that they are asked for each time.
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: this.headers(prefix),
        compress: true,
      },
      ...(domain && {
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    this.bucket = bucket as IBucket;
    this.domainTarget = domain && distribution.distributionDomainName;
    this.origin = `https://${domain?.name ?? distribution.distributionDomainName}`;
    this.acknowledgeFindings(distribution, domain !== undefined);
  }

  private headers(prefix: string): ResponseHeadersPolicy {
    const override = true;
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: `${prefix}-console`,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: HEADER_POLICY, override },
        contentTypeOptions: { override },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'cross-origin-opener-policy', value: 'same-origin', override },
          { header: 'cross-origin-resource-policy', value: 'same-origin', override },
          { header: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=()', override },
        ],
      },
    });
  }

  private acknowledgeFindings(distribution: Distribution, hasDomain: boolean): void {
    const ofPage =
      'It serves the files of the page alone, which are the same for everyone and hold nothing of anybody.';
    Validations.of(this.bucket).acknowledge({ id: 'AwsSolutions-S1', reason: ofPage });
    Validations.of(distribution).acknowledge(
      {
        id: 'AwsSolutions-CFR1',
        reason: 'Who may sign in, from wherever, is up to the owner; the page alone tells nothing.',
      },
      { id: 'AwsSolutions-CFR2', reason: `${ofPage} What a firewall would guard is behind the HTTP API's throttles.` },
      { id: 'AwsSolutions-CFR3', reason: `${ofPage} Who looked up what is in the audit, written at the API.` },
    );
    if (hasDomain) return;
    Validations.of(distribution).acknowledge({
      id: 'AwsSolutions-CFR4',
      reason:
        "CloudFront's own domain has CloudFront's own certificate; console.domain gives it another, and TLS 1.2 at least.",
    });
  }
}
