/** The table with calls and recordings, and its indexes. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import type { Encryption } from './encryption.ts';

export function createTable(scope: Construct, retain: boolean, encryption: Encryption): Table {
  const tableKey = encryption.keyFor('table');
  const table = new Table(scope, 'Table', {
    partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
    sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    ...(tableKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: tableKey }),
    deletionProtection: retain,
    // CloudFormation cannot roll back a table under deletion protection. An unused one may stay behind, at no cost.
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  // `sweep` decides by the table itself. The index only finds candidates, so it copies little more than their keys.
  table.addGlobalSecondaryIndex({
    indexName: TABLE.dueIndex,
    partitionKey: { name: TABLE.dueIndexPartitionKey, type: AttributeType.STRING },
    sortKey: { name: TABLE.dueIndexSortKey, type: AttributeType.STRING },
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: ['next', 'completedAt'],
  });
  // Sparse: a row is in it only until its events are published, which takes a minute.
  table.addGlobalSecondaryIndex({
    indexName: TABLE.pendingEventsIndex,
    partitionKey: { name: TABLE.pendingEventsIndexPartitionKey, type: AttributeType.STRING },
    sortKey: { name: TABLE.pendingEventsIndexSortKey, type: AttributeType.STRING },
    projectionType: ProjectionType.KEYS_ONLY,
  });

  // Only `state` is copied, for filters. Other changes of a row cost no write to this index.
  table.addGlobalSecondaryIndex({
    indexName: TABLE.byDayIndex,
    partitionKey: { name: TABLE.byDayIndexPartitionKey, type: AttributeType.STRING },
    sortKey: { name: TABLE.byDayIndexSortKey, type: AttributeType.STRING },
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: ['state'],
  });
  return table;
}
