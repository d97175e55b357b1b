/** Options that are right one by one, but not together. Each message names them and says which way out there is. */
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { reservedOf } from './limits.ts';
import { type CallRecorderConfiguration, COLD_STORAGE_CLASSES } from './options.ts';
import { SCHEMA } from './schema.ts';

type Configuration = CallRecorderConfiguration;
type Name = keyof Configuration;

type Problems = readonly (string | false | undefined)[];
interface Rule {
  readonly between: readonly Name[];
  readonly find: (configuration: Configuration) => Problems;
}

/** The types see to it that a rule looks at no option but those that it names. */
const rule = <N extends Name>(between: readonly N[], find: (options: Pick<Configuration, N>) => Problems): Rule => ({
  between,
  find,
});

/**
 * @param configuration - with defaults filled in
 * @param wrong - options with a mistake of their own: no rule that they have a part in can be judged
 */
export function conflictsOf(configuration: Configuration, wrong: ReadonlySet<string>): readonly string[] {
  return RULES.filter(({ between }) => !between.some((name) => wrong.has(name)))
    .flatMap(({ find }) => find(configuration))
    .filter((problem) => typeof problem === 'string');
}

/** Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html */
const DAYS_BEFORE_STANDARD_IA = 30;

/** What Lambda keeps for functions without a reservation: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED_MIN = 100;

const RULES: readonly Rule[] = [
  // Lambda refuses the reservation in the middle of the deployment.
  rule(['reservedConcurrency', 'lambdaConcurrency'], ({ reservedConcurrency, lambdaConcurrency }) => {
    const reserved = reservedOf(reservedConcurrency);
    return [
      reserved > Math.max(0, lambdaConcurrency - UNRESERVED_MIN) &&
        `reservedConcurrency: reserves ${reserved} in all, but of ${lambdaConcurrency} concurrent executions Lambda keeps ` +
          `${UNRESERVED_MIN} unreserved; reserve less, or have AWS raise the account's quota and set lambdaConcurrency to it`,
    ];
  }),
  rule(['webhookDomain', 'publicUrl'], ({ webhookDomain, publicUrl }) => [
    webhookDomain && publicUrl && 'publicUrl: webhookDomain gives the address already; leave out one of the two',
  ]),
  rule(['streamDomain', 'streamUrl'], ({ streamDomain, streamUrl }) => [
    streamDomain && streamUrl && 'streamUrl: streamDomain gives the address already; leave out one of the two',
  ]),
  rule(['webhookDomain', 'streamDomain'], ({ webhookDomain, streamDomain }) => [
    webhookDomain &&
      webhookDomain.name === streamDomain?.name &&
      'streamDomain: name is that of webhookDomain, but API Gateway maps no domain to an HTTP and a WebSocket API; give another',
  ]),
  // A call handed back to our own webhook would be asked for its disclaimer again and again.
  rule(['afterDisclaimer', 'publicUrl', 'webhookDomain'], ({ afterDisclaimer, publicUrl, webhookDomain }) => {
    const own = publicUrl ?? (webhookDomain && `https://${webhookDomain.name}`);
    return [
      own !== undefined &&
        afterDisclaimer.kind === 'redirect' &&
        afterDisclaimer.url.startsWith(`${own}${HTTP_PATHS.voice}`) &&
        'afterDisclaimer: url is this recorder itself; name the voice application that answers the call',
    ];
  }),
  rule(['canary'], ({ canary }) => [
    canary?.from === canary?.to &&
      canary !== undefined &&
      'canary: from and to must differ; a number cannot call itself',
  ]),
  // Cognito refuses the address of the sign-in page, in the middle of the deployment.
  rule(['console', 'stage'], ({ console, stage }) => [
    console !== undefined &&
      console.signInPrefix === undefined &&
      /aws|amazon|cognito/.test(stage) &&
      `console: needs signInPrefix, since the default would be call-recorder-${stage}-…, and Cognito refuses "aws", "amazon" and "cognito" in it`,
  ]),
  rule(['twilioRegion', 'twilioEdge'], ({ twilioRegion, twilioEdge }) => [
    twilioRegion &&
      !twilioEdge &&
      `twilioRegion: needs twilioEdge, the edge that leads to ${twilioRegion}, such as "dublin" for "ie1", "sydney" for "au1"`,
    twilioEdge &&
      !twilioRegion &&
      'twilioEdge: needs twilioRegion, the region of the account\'s calls, such as "ie1"; an edge alone is no address',
  ]),
  ...(['coldStorage', 'expireAfterDays', 'objectLock'] as const).map((name) =>
    rule(['bucketName', name], (options) => {
      const { bucketName, [name]: value } = options;
      const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined;
      return [
        bucketName &&
          isSet &&
          `${name}: bucketName names a bucket of your own; set this on the bucket itself, and leave it out here`,
      ];
    }),
  ),
  rule(['kmsKeyFor', 'kmsKeyArn'], ({ kmsKeyFor, kmsKeyArn }) => [
    !kmsKeyArn &&
      kmsKeyFor.join() !== SCHEMA.kmsKeyFor.default.join() &&
      'kmsKeyFor: needs kmsKeyArn, the key that is to encrypt them',
  ]),
  rule(['alarmTopicArn', 'alarmEmail'], ({ alarmTopicArn, alarmEmail }) => [
    alarmTopicArn &&
      alarmEmail &&
      'alarmEmail: alarmTopicArn names a topic of your own; subscribe the address to it, and leave it out here',
  ]),
  rule(['noticeTopicArn', 'noticeEmail'], ({ noticeTopicArn, noticeEmail }) => [
    noticeTopicArn &&
      noticeEmail &&
      'noticeEmail: noticeTopicArn names a topic of your own; subscribe the address to it, and leave it out here',
  ]),
  rule(['alarmTopicArn', 'noticeEmail', 'kmsKeyFor'], ({ alarmTopicArn, noticeEmail, kmsKeyFor }) => [
    alarmTopicArn &&
      !noticeEmail &&
      kmsKeyFor.includes('topic') &&
      'kmsKeyFor: alarmTopicArn names a topic of your own, encrypted as it is; leave out "topic"',
  ]),
  rule(['coldStorage'], ({ coldStorage }) => coldStorage.flatMap((_, index) => transition(coldStorage, index))),
  rule(['coldStorage', 'expireAfterDays'], ({ coldStorage, expireAfterDays }) => {
    const last = coldStorage.at(-1);
    return [
      last &&
        expireAfterDays !== undefined &&
        expireAfterDays <= last.afterDays &&
        `expireAfterDays: recordings would be gone before they move to ${last.storageClass} after ${last.afterDays} days; raise it, or leave out that class`,
    ];
  }),
  // The copy in S3 is verified before the one at Twilio is deleted. Two more days leave time for sweeps and retries.
  rule(['expireAfterDays', 'keepAtTwilioHours', 'deletions'], ({ expireAfterDays, keepAtTwilioHours, deletions }) => {
    const minimum = Math.ceil(keepAtTwilioHours / 24) + 2;
    return [
      expireAfterDays !== undefined &&
        deletions !== 'never' &&
        expireAfterDays < minimum &&
        `expireAfterDays: must be ${minimum} days or more, since Twilio's copy is deleted after ${keepAtTwilioHours} hours only if the one in S3 is still there`,
    ];
  }),
  rule(['objectLock', 'expireAfterDays'], ({ objectLock, expireAfterDays }) => [
    objectLock &&
      expireAfterDays !== undefined &&
      expireAfterDays < objectLock.days &&
      `expireAfterDays: objectLock keeps recordings for ${objectLock.days} days, whatever expires sooner; raise it to ${objectLock.days} or more, or shorten the lock`,
  ]),
  rule(['objectLock', 'removalPolicy'], ({ objectLock, removalPolicy }) => [
    objectLock &&
      removalPolicy === 'destroy' &&
      'removalPolicy: what objectLock protects cannot be destroyed; leave it at "retain", or leave out the lock',
  ]),
];

/** What S3 refuses of one move to colder storage, or of its place after the one before. */
function transition(coldStorage: Configuration['coldStorage'], index: number): Problems {
  const [before, now] = [coldStorage[index - 1], coldStorage[index]];
  if (now === undefined) return [];
  const { storageClass, afterDays } = now;
  const tooSoon =
    storageClass === 'STANDARD_IA' &&
    afterDays < DAYS_BEFORE_STANDARD_IA &&
    `coldStorage: S3 moves nothing to STANDARD_IA before ${DAYS_BEFORE_STANDARD_IA} days; raise afterDays`;
  if (before === undefined) return [tooSoon];
  const isWarmer = COLD_STORAGE_CLASSES.indexOf(storageClass) <= COLD_STORAGE_CLASSES.indexOf(before.storageClass);
  if (isWarmer || afterDays <= before.afterDays) {
    return [
      tooSoon,
      `coldStorage: ${storageClass} after ${afterDays} days cannot follow ${before.storageClass} after ${before.afterDays}; ` +
        `order them by days, and by ${COLD_STORAGE_CLASSES.join(', ')}`,
    ];
  }
  const earliest = before.afterDays + DAYS_BEFORE_STANDARD_IA;
  return [
    tooSoon,
    before.storageClass === 'STANDARD_IA' &&
      afterDays < earliest &&
      `coldStorage: S3 keeps what is in STANDARD_IA there for ${DAYS_BEFORE_STANDARD_IA} days; move it to ${storageClass} after ${earliest} days or later`,
  ];
}
