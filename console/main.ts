import { render } from 'preact';
import { takeKey } from './api/client.ts';
import { html } from './html.ts';
import { Shell } from './views/shell.ts';

takeKey();
const place = document.getElementById('console');
if (place !== null) render(html`<${Shell} />`, place);
