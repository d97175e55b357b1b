/** Prints what is deployed to watch the recorder, as JSON: `kept-deployed.ts` starts it where none is kept. */
import type { Template } from '../../../local/template/assembly.ts';
import { template } from '../../lib/templates.ts';
import { STAGE } from '../world/deployment.ts';
import { deployed } from './deployed.ts';

console.log(JSON.stringify(deployed(template({ stage: STAGE }).template as Template, `call-recorder-${STAGE}`)));
