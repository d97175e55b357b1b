/** What stands around every view. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { backend, type Session, type User } from '../api/backend.ts';
import { html } from '../html.ts';
import { Loading, Problem, Unknown } from '../parts/states.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { addressOf, type Route, readRoute } from '../route.ts';
import { T } from '../strings.ts';
import { AuditView } from './audit.ts';
import { CallView } from './call.ts';
import { CallsView } from './calls.ts';
import { TheatreView } from './theatre.ts';

export function Shell() {
  const route = useRoute();
  const { loaded, reload } = useLoaded('session', backend().openSession);
  const main = useRef<HTMLElement>(null);
  const seen = useRef(route.view);
  useEffect(() => {
    document.title = `${TITLES[route.view]} – ${T.product}`;
    // Another view begins at its top, for the eye and for screen readers.
    if (seen.current !== route.view) {
      main.current?.focus();
      scrollTo(0, 0);
    }
    seen.current = route.view;
  }, [route]);
  const session = loaded.state === 'done' ? loaded.value : undefined;
  return html`
    <a class="skip" href="#main" onClick=${skipTo(main)}>${T.skip}</a>
    <header>
      <a class="brand" href=${addressOf('calls')}><img src="icon.svg" alt="" width="24" height="24" />${T.product}</a>
      <${Navigation} view=${route.view} theatre=${session?.theatre === true} audit=${session?.user?.seesAudit !== false} />
      <span class="place">${session && `${T.of[session.place.kind]} · ${session.place.title}`}</span>
      ${session?.user && html`<${SignedIn} user=${session.user} />`}
    </header>
    <main id="main" tabindex="-1" ref=${main}>
      ${(session === undefined || route.view === 'unknown') && html`<h1 class="hidden">${T.product}</h1>`}
      ${loaded.state === 'loading' && html`<${Loading} />`}
      ${loaded.state === 'failed' && html`<${Problem} error=${loaded.error} retry=${reload} />`}
      ${session && html`<${View} route=${route} session=${session} />`}
    </main>`;
}

const TITLES: { readonly [view in Route['view']]: string } = {
  calls: T.calls,
  call: T.calls,
  audit: T.audit,
  theatre: T.theatre,
  unknown: T.problem.notFound,
};

const SignedIn = ({ user: { name, signOut } }: { readonly user: User }) => html`
  <span class="user">${name} <button type="button" class="quiet" onClick=${signOut.act}>${signOut.label}</button></span>`;

interface NavigationProps {
  readonly view: Route['view'];
  readonly theatre: boolean;
  readonly audit: boolean;
}

function Navigation({ view, theatre, audit }: NavigationProps) {
  const link = (path: string, title: string, isHere: boolean) => html`
    <a href=${addressOf(path)} aria-current=${isHere ? 'page' : undefined}>${title}</a>`;
  return html`
    <nav aria-label=${T.nav}>
      ${link('calls', T.calls, view === 'calls' || view === 'call')}
      ${audit && link('audit', T.audit, view === 'audit')}
      ${theatre && link('theatre', T.theatre, view === 'theatre')}
    </nav>`;
}

function View({ route, session }: { readonly route: Route; readonly session: Session }) {
  switch (route.view) {
    case 'calls':
      return html`<${CallsView} filters=${route.filters} session=${session} />`;
    case 'call':
      return html`<${CallView} key=${route.callSid} callSid=${route.callSid} session=${session} />`;
    case 'audit':
      return html`<${AuditView} filters=${route.filters} />`;
    case 'theatre':
      return session.theatre ? html`<${TheatreView} />` : html`<${Unknown} />`;
    default:
      return html`<${Unknown} />`;
  }
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(readRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

const skipTo = (main: { readonly current: HTMLElement | null }) => (event: Event) => {
  // The fragment names the view: it must not change.
  event.preventDefault();
  main.current?.focus();
};
