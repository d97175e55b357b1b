/** A domain of the owner's for one of the APIs. The owner makes its DNS record. */
import { ApiMapping, DomainName, type IApi, type IStage, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Construct } from 'constructs';
import type { CustomDomainOption } from '../configuration/address-options.ts';
import { checkRegion } from '../configuration/region.ts';

export interface CustomDomainProps extends CustomDomainOption {
  readonly api: IApi;
  /** The stage that the domain leads to. Its name is not part of the address. */
  readonly stage: IStage;
}

export class CustomDomain extends Construct {
  /** What the domain's DNS record must lead to. */
  readonly target: { readonly name: string; readonly hostedZoneId: string };

  constructor(scope: Construct, id: string, { name, certificateArn, api, stage }: CustomDomainProps) {
    super(scope, id);
    const domain = new DomainName(this, 'Name', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'Mapping', { api, domainName: domain, stage });
    this.target = { name: domain.regionalDomainName, hostedZoneId: domain.regionalHostedZoneId };
    checkRegion(this, certificateArn, `certificateArn: the certificate of ${name}`);
  }
}
