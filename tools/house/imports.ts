/**
 * Who may import what: folder names promise it, dependency-cruiser holds the code to it. Each rule says what to do instead.
 *
 * test/house.test.ts runs it, and breaks each rule. By hand: `npx depcruise --config tools/house/imports.ts lib lambdas`.
 */
import type { IConfiguration, IRegularForbiddenRuleType } from 'dependency-cruiser';

export const FOLDERS = [
  'bin',
  'examples',
  'lib',
  'lambdas',
  'sim',
  'console',
  'local',
  'cli',
  'bench',
  'tools',
  'test',
] as const;

const OURS = `^(${FOLDERS.join('|')})/`;
const SDK = 'node_modules/(@aws-sdk|@smithy|@aws-lambda-powertools|twilio)/';
const ADAPTERS = '^lambdas/shared/adapters/';
/** Names, without code, that both sides of a seam go by. */
const CONTRACT = '^lambdas/shared/contract/';
const PORTS = '^lambdas/shared/ports/';
const RULES = '^lambdas/shared/rules/';
const WIRING = '^lambdas/[^/]+/index\\.ts$';
/** TwiML is text, which Twilio's builder writes; it asks nobody. */
const TWIML_BUILDER = '^lambdas/incoming-call/twiml\\.ts$';
/** It computes; it asks nobody. */
const CRYPTO = '^(node:)?crypto$';
/** So do these packages: a step that uses one still touches nothing outside. */
const COMPUTING = '/node_modules/(p-map|valibot)/|^node_modules/(p-map|valibot)/';
/** What a call costs, and what was counted for it. */
const PRICES = '^cli/cost/(counted|estimate|month|prices)\\.ts$';
const BROWSER = 'node_modules/(preact|htm|wavesurfer\\.js)/';
/** Steps, and what they share: they know ports, not what fills them. */
const PORTABLE = { path: '^lambdas/', pathNot: [ADAPTERS, WIRING, TWIML_BUILDER] };

type From = IRegularForbiddenRuleType['from'];
type To = IRegularForbiddenRuleType['to'];
const VALUES: Pick<To, 'dependencyTypesNot'> = { dependencyTypesNot: ['type-only'] };

const never = (name: string, comment: string, from: From, to: To): IRegularForbiddenRuleType => {
  return { name, comment, severity: 'error', from, to };
};

const FORBIDDEN: IRegularForbiddenRuleType[] = [
  never(
    'circle',
    'No file imports itself over others, not even for a type: move what both need into a file of its own.',
    {},
    { circular: true },
  ),
  never(
    'unknown',
    'Every import leads to a file: correct the path, or install the package.',
    {},
    { couldNotResolve: true },
  ),
  never('sdk', 'Only adapters and index.ts know an SDK: give the step a port.', PORTABLE, { path: SDK }),
  never('adapter', 'Only index.ts and adapters know an adapter: hand it to the step as a dependency.', PORTABLE, {
    path: ADAPTERS,
  }),
  never(
    'package',
    'Steps and rules use packages as types only, but for those that compute: node:crypto, p-map and valibot.',
    PORTABLE,
    { pathNot: [OURS, CRYPTO, COMPUTING], ...VALUES },
  ),
  never(
    'rules',
    'Rules import rules and the contract of names, and types of the ports.',
    { path: RULES },
    { pathNot: [RULES, CONTRACT, PORTS, CRYPTO] },
  ),
  never(
    'rules-port',
    'Rules know the types of the ports alone: let the step ask, and hand the answer to the rule.',
    { path: RULES },
    { path: PORTS, ...VALUES },
  ),
  never(
    'adapter-step',
    'Adapters know ports and rules, no step.',
    { path: ADAPTERS },
    { path: OURS, pathNot: [ADAPTERS, RULES, CONTRACT, PORTS] },
  ),
  never(
    'other-step',
    'A step imports its own folder and lambdas/shared, no other step.',
    { path: '^lambdas/(?!shared/)([^/]+)/' },
    { path: OURS, pathNot: '^lambdas/(shared|$1)/' },
  ),
  never(
    'deployed',
    'What is deployed imports neither sim/ nor local/ nor cli/ nor tests; the stack takes the files of the page from console/serve/page.ts.',
    { path: '^(lambdas|lib|bin)/' },
    { path: '^(sim|console|local|cli|test|bench|tools)/', pathNot: '^console/serve/page\\.ts$' },
  ),
  never(
    'stack-step',
    'The stack refers to steps by path and shares nothing with them but names: lambdas/shared/contract.',
    { path: '^(lib|bin)/' },
    { path: '^lambdas/', pathNot: CONTRACT },
  ),
  never(
    'example',
    'Examples use the public entry of lib/, as an app of its own does.',
    { path: '^examples/' },
    { path: OURS, pathNot: '^lib/index\\.ts$' },
  ),
  never(
    'step-stack',
    'Steps know nothing of the stack.',
    { path: '^lambdas/' },
    { path: '^(lib|bin)/|node_modules/(aws-cdk-lib|constructs)/' },
  ),
  never(
    'model',
    'Models know neither a machine nor an SDK: they get the time and what is asked.',
    { path: '^sim/' },
    { pathNot: ['^sim/', RULES, CONTRACT, CRYPTO], ...VALUES },
  ),
  never(
    'page',
    'The page runs in a browser: it imports its own files, the contract, rules, and packages for browsers.',
    { path: '^console/(?!serve/)' },
    { pathNot: ['^console/(?!serve/)', RULES, CONTRACT, BROWSER] },
  ),
  never(
    'page-server',
    'The server of the page knows its own folder, the contract, Node and the signer of AWS; its caller passes in the rest.',
    { path: '^console/serve/' },
    {
      pathNot: ['^console/serve/', CONTRACT, '^node:', '^[a-z_]+(/promises)?$', /@smithy\/signature-v4|esbuild/.source],
    },
  ),
  never(
    'command',
    "The operator's commands import what steps share, no step, neither stack nor models nor local mode.",
    { path: '^cli/' },
    { path: OURS, pathNot: ['^cli/', '^lambdas/shared/', '^console/serve/'] },
  ),
  never(
    'of-commands',
    "Nothing but its own folder and tests imports the operator's commands; the benchmark and tools may take its prices.",
    { pathNot: '^(cli|test)/' },
    { path: '^cli/', pathNot: PRICES },
  ),
  never(
    'prices',
    'Prices are for commands, tests, the benchmark and tools.',
    { pathNot: '^(cli|test|bench|tools)/' },
    { path: PRICES },
  ),
  never(
    'of-bench',
    'Nothing but its own folder, tests and tools imports the benchmark.',
    { pathNot: '^(bench|tools|test)/' },
    { path: '^bench/' },
  ),
  never(
    'process',
    'Only lambdas/shared/runtime.ts and cli/main.ts read the environment: take it from there.',
    { path: '^(lambdas|sim|cli)/' },
    { path: '^(node:)?process$' },
  ),
];

const CONFIGURATION = {
  forbidden: FORBIDDEN,
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // A folder of packages may be a link.
    preserveSymlinks: true,
    // Some packages are for `import` alone.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
} satisfies IConfiguration;

// biome-ignore lint/style/noDefaultExport: dependency-cruiser reads its configuration so.
export default CONFIGURATION;
